package dev.zoetrope.server.job;

import java.util.Locale;

/** Where a video stands. */
public enum VideoStatus {
    QUEUED,
    IN_PROGRESS,
    COMPLETED,
    FAILED,
    CANCELLED;

    /** As clients and the database spell it. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    static VideoStatus of(String id) {
        return valueOf(id.toUpperCase(Locale.ROOT));
    }

    /** Whether nothing more will happen. */
    public boolean isFinal() {
        return this != QUEUED && this != IN_PROGRESS;
    }
}
