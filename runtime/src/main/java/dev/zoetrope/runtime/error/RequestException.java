package dev.zoetrope.runtime.error;

/** The request cannot be rendered as asked: the caller's input is at fault. */
public final class RequestException extends ZoetropeException {
    private static final long serialVersionUID = 1L;

    public RequestException(String message) {
        super(message);
    }

    public RequestException(String message, Throwable cause) {
        super(message, cause);
    }

    /** A reader's words for a file that is at fault, where the request named that file. */
    public static RequestException ofInput(OutputException failure) {
        return new RequestException(String.valueOf(failure.getMessage()), failure);
    }
}
