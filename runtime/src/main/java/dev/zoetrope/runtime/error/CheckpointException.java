package dev.zoetrope.runtime.error;

/** A checkpoint cannot be written, read or resumed here. */
public final class CheckpointException extends ZoetropeException {
    private static final long serialVersionUID = 1L;

    public CheckpointException(String message) {
        super(message);
    }

    public CheckpointException(String message, Throwable cause) {
        super(message, cause);
    }
}
