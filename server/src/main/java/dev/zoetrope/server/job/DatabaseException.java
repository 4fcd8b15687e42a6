package dev.zoetrope.server.job;

/** The database gives no answer. Says nothing of what was asked: the same may work a moment later. */
public final class DatabaseException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DatabaseException(String message, Throwable cause) {
        super(message, cause);
    }
}
