package dev.zoetrope.server.job;

import java.time.Duration;

/** Somebody has had what one may have of this server. */
public final class QuotaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String code;
    private final Duration retry;

    /**
     * A quota.
     *
     * @param code one word for programs
     * @param retry about when there will be more
     */
    QuotaException(String code, Duration retry, String message) {
        super(message);
        this.code = code;
        this.retry = retry;
    }

    /** One word for programs. */
    public String code() {
        return code;
    }

    /** About when there will be more. */
    public Duration retry() {
        return retry;
    }
}
