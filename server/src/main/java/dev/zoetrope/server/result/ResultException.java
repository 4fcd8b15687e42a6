package dev.zoetrope.server.result;

/** The store of results gives no answer, or another than was expected. The same may work later. */
public final class ResultException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ResultException(String message, Throwable cause) {
        super(message, cause);
    }
}
