package dev.zoetrope.runtime.error;

/** A clip could not be written or read. */
public final class OutputException extends ZoetropeException {
    private static final long serialVersionUID = 1L;

    public OutputException(String message) {
        super(message);
    }

    public OutputException(String message, Throwable cause) {
        super(message, cause);
    }
}
