package dev.zoetrope.server.http;

import dev.zoetrope.server.config.ConnectionLimits;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Closes connections that bring nothing, or too slowly. Vert.x has one timeout for a connection that is silent, which would
 * end live events too and be kept awake by a byte now and then; so here are clocks of our own, for what a client has to
 * bring and not for what it waits for.
 */
public final class ConnectionGuard {
    private static final long NO_TIMER = -1;

    private final Vertx vertx;
    private final ConnectionLimits limits;
    private final long largestBody;
    private final Map<HttpConnection, Clock> clocks = new ConcurrentHashMap<>();

    /** The clock of one connection; used on its own thread alone. */
    private static final class Clock {
        private long timer = NO_TIMER;
    }

    /** @param largestBody most bytes of a body, for one that does not say how long it is */
    public ConnectionGuard(Vertx vertx, ConnectionLimits limits, long largestBody) {
        this.vertx = vertx;
        this.limits = limits;
        this.largestBody = largestBody;
    }

    /** A new connection. */
    public void opened(HttpConnection connection) {
        if (clocks.size() >= limits.connections()) {
            connection.close();
            return;
        }
        Clock clock = new Clock();
        clocks.put(connection, clock);
        connection.closeHandler(_ -> {
            stop(clock);
            clocks.remove(connection);
        });
        start(clock, limits.headerTime(), connection::close);
    }

    /** Comes before all else a request goes through. */
    Handler<RoutingContext> requests() {
        return context -> {
            HttpConnection connection = context.request().connection();
            @Nullable Clock clock = clocks.get(connection);
            if (clock != null) {
                start(clock, bodyTime(context), () -> tooSlow(context));
                context.addEndHandler(_ -> ended(context, connection, clock));
            }
            context.next();
        };
    }

    private void ended(RoutingContext context, HttpConnection connection, Clock clock) {
        if (context.response().getStatusCode() == 101 || !clocks.containsKey(connection)) {
            stop(clock); // a WebSocket has no more requests, and what is closed neither
        } else {
            start(clock, limits.headerTime(), connection::close);
        }
    }

    private Duration bodyTime(RoutingContext context) {
        long bytes = largestBody;
        String length = context.request().getHeader("Content-Length");
        if (length != null && length.matches("\\d{1,18}")) {
            bytes = Math.min(bytes, Long.parseLong(length));
        }
        return limits.bodyTime().plusSeconds(bytes / limits.bytesPerSecond());
    }

    private static void tooSlow(RoutingContext context) {
        if (context.request().isEnded() || context.response().headWritten()) {
            return; // what takes time now is the answer
        }
        context.response().putHeader("Connection", "close");
        context.response().endHandler(_ -> context.request().connection().close());
        context.fail(new ApiException(
                408,
                null,
                "body_too_slow",
                "body: expected all of it in the time that its size takes, found only a part"));
    }

    private void start(Clock clock, Duration time, Runnable action) {
        stop(clock);
        clock.timer = vertx.setTimer(Math.max(1, time.toMillis()), _ -> action.run());
    }

    private void stop(Clock clock) {
        if (clock.timer != NO_TIMER) {
            vertx.cancelTimer(clock.timer);
            clock.timer = NO_TIMER;
        }
    }
}
