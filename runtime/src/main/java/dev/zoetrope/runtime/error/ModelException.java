package dev.zoetrope.runtime.error;

/** The model folder, one of its files or the native library that runs it is at fault. */
public final class ModelException extends ZoetropeException {
    private static final long serialVersionUID = 1L;

    public ModelException(String message) {
        super(message);
    }

    public ModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
