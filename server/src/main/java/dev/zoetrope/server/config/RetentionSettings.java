package dev.zoetrope.server.config;

import dev.zoetrope.runtime.error.RequestException;
import java.time.Duration;

/**
 * How long videos are kept, and how much of the disk they may have.
 *
 * @param expiry from a video's end until it is removed; zero: never
 * @param budgetBytes most bytes of the data folder; the oldest completed videos go when there are more; 0: no limit
 * @param reserveBytes free bytes of the disk below which no video is taken
 */
public record RetentionSettings(Duration expiry, long budgetBytes, long reserveBytes) {
    public static final Duration USUAL_EXPIRY = Duration.ofDays(30);
    private static final long USUAL_RESERVE_BYTES = 256L << 20;

    public RetentionSettings {
        if (expiry.isNegative()) {
            throw new RequestException("--expire-after: expected a time such as 7d, or 0s for never, found " + expiry);
        }
        if (budgetBytes < 0) {
            throw new RequestException("--disk-budget: expected 0 or more MiB, found " + (budgetBytes >> 20));
        }
        if (reserveBytes < 0) {
            throw new RequestException("--disk-reserve: expected 0 or more MiB, found " + (reserveBytes >> 20));
        }
    }

    public static RetentionSettings defaults() {
        return new RetentionSettings(USUAL_EXPIRY, 0, USUAL_RESERVE_BYTES);
    }

    public RetentionSettings withExpiry(Duration value) {
        return new RetentionSettings(value, budgetBytes, reserveBytes);
    }

    public RetentionSettings withBudget(long bytes) {
        return new RetentionSettings(expiry, bytes, reserveBytes);
    }

    public RetentionSettings withReserve(long bytes) {
        return new RetentionSettings(expiry, budgetBytes, bytes);
    }
}
