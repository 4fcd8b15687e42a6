package dev.zoetrope.runtime.error;

/** A failure with a one-line message that says what was expected, what was found and what helps. */
public abstract sealed class ZoetropeException extends RuntimeException
        permits RequestException, ModelException, OutputException, CheckpointException, RenderCancelledException {
    private static final long serialVersionUID = 1L;

    ZoetropeException(String message) {
        super(message);
    }

    ZoetropeException(String message, Throwable cause) {
        super(message, cause);
    }
}
