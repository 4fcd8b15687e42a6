package dev.zoetrope.server.job;

/** A video that would take more than the server gives one. */
public final class TooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooLargeException(String message) {
        super(message);
    }
}
