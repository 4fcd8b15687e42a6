package dev.zoetrope.server.http;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * So many requests a minute for every key, or for this machine where there are no keys; says in each answer how many are
 * left, by the names that the official clients know.
 */
final class RequestRate implements Handler<RoutingContext> {
    private final int requestsPerMinute;

    /** One for each key: strangers add none, for they do not come this far. */
    private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();

    /** @param requestsPerMinute 0 = no limit */
    RequestRate(int requestsPerMinute) {
        this.requestsPerMinute = requestsPerMinute;
    }

    @Override
    public void handle(RoutingContext context) {
        if (requestsPerMinute > 0) {
            ConsumptionProbe probe = buckets.computeIfAbsent(
                            AccessGuard.owner(context).orElse(""), _ -> bucket())
                    .tryConsumeAndReturnRemaining(1);
            MultiMap headers = context.response().headers();
            headers.set("x-ratelimit-limit-requests", String.valueOf(requestsPerMinute))
                    .set("x-ratelimit-remaining-requests", String.valueOf(probe.getRemainingTokens()))
                    .set("x-ratelimit-reset-requests", seconds(probe.getNanosToWaitForReset()) + "s");
            if (!probe.isConsumed()) {
                headers.set(ErrorAnswers.RETRY_AFTER, String.valueOf(seconds(probe.getNanosToWaitForRefill())));
                throw new ApiException(
                        429,
                        null,
                        "rate_limit_exceeded",
                        "requests: expected at most " + requestsPerMinute + " a minute with one key, found more");
            }
        }
        context.next();
    }

    private Bucket bucket() {
        return Bucket.builder()
                .addLimit(limit ->
                        limit.capacity(requestsPerMinute).refillGreedy(requestsPerMinute, Duration.ofMinutes(1)))
                .build();
    }

    /** Rounded up: who asks again then must not be too early. */
    private static long seconds(long nanos) {
        return Math.max(1, Duration.ofNanos(nanos).plusMillis(999).toSeconds());
    }
}
