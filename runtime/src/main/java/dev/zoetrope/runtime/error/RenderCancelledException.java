package dev.zoetrope.runtime.error;

/** The render was cancelled by its caller; nothing was written. */
public final class RenderCancelledException extends ZoetropeException {
    private static final long serialVersionUID = 1L;

    public RenderCancelledException(String message) {
        super(message);
    }

    public RenderCancelledException(String message, Throwable cause) {
        super(message, cause);
    }
}
