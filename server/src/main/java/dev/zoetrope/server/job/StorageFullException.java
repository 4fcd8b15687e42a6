package dev.zoetrope.server.job;

/** There is no room for another video. */
public final class StorageFullException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StorageFullException(String message) {
        super(message);
    }
}
