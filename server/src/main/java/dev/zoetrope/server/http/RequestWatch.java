package dev.zoetrope.server.http;

import dev.zoetrope.server.log.LogContext;
import dev.zoetrope.server.telemetry.Telemetry;
import dev.zoetrope.server.telemetry.Traces;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.RoutingContext;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Takes down each request when it is over: a log line, a figure, a span. Neither bodies nor queries are looked at. */
final class RequestWatch implements Handler<RoutingContext> {
    private static final Logger LOGGER = System.getLogger("dev.zoetrope.server.access");
    private static final String TRACE = "trace";
    private static final String ROUTE = "route";

    /** Enough to tell keys apart, too little to be one. */
    private static final int KEY_DIGITS = 8;

    /** Asked for every few seconds, by machines. */
    private static final Set<String> OFTEN = Set.of("/health/live", "/health/ready", "/metrics");

    private static final Set<HttpMethod> METHODS = Set.of(
            HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST, HttpMethod.DELETE, HttpMethod.PUT, HttpMethod.OPTIONS);

    private final Telemetry telemetry;

    RequestWatch(Telemetry telemetry) {
        this.telemetry = telemetry;
    }

    @Override
    public void handle(RoutingContext context) {
        long start = System.nanoTime();
        String method = METHODS.contains(context.request().method())
                ? context.request().method().name()
                : "other";
        Traces.Request trace = telemetry
                .traces()
                .request(method, Optional.ofNullable(context.request().getHeader("traceparent")));
        trace.parent().ifPresent(parent -> context.put(TRACE, parent));
        telemetry.metrics().requestBegan();
        context.addEndHandler(_ -> {
            Duration time = Duration.ofNanos(System.nanoTime() - start);
            String route = route(context);
            int status = context.response().getStatusCode();
            telemetry.metrics().requestEnded(method, route, status, time);
            trace.end(method, route, status);
            log(context, method, route, status, time);
        });
        context.next();
    }

    /** What log lines of work for a request carry. */
    static Map<String, String> fields(RoutingContext context) {
        Map<String, String> fields = new HashMap<>();
        fields.put(LogContext.REQUEST, context.response().headers().get(RequestId.HEADER));
        AccessGuard.owner(context).ifPresent(hash -> fields.put(LogContext.KEY, hash.substring(0, KEY_DIGITS)));
        String trace = context.get(TRACE);
        if (trace != null) {
            fields.put(LogContext.TRACE, trace);
        }
        return fields;
    }

    private static void log(RoutingContext context, String method, String route, int status, Duration time) {
        Level level = OFTEN.contains(route) ? Level.DEBUG : Level.INFO;
        if (!LOGGER.isLoggable(level)) {
            return;
        }
        String path = String.valueOf(context.request().path());
        long bytes = context.response().bytesWritten();
        Map<String, String> fields = fields(context);
        Optional.ofNullable(context.pathParam("id")).ifPresent(id -> fields.put(LogContext.VIDEO, id));
        fields.put("method", method);
        fields.put("path", path);
        fields.put("route", route);
        fields.put("status", String.valueOf(status));
        fields.put("duration_ms", String.valueOf(time.toMillis()));
        fields.put("bytes", String.valueOf(bytes));
        LogContext.run(
                fields,
                () -> LOGGER.log(
                        level,
                        method + " " + path + " " + status + ", " + time.toMillis() + " ms, " + bytes + " bytes"));
    }

    /** Says by which operation a request is answered: what is refused later still belongs to it. */
    static void reached(RoutingContext context, String path) {
        context.put(ROUTE, path);
    }

    /** The address of the operation, or of a page, as the document of the API writes it; what came to none is one. */
    private static String route(RoutingContext context) {
        String reached = context.get(ROUTE);
        if (reached != null) {
            return reached;
        }
        Route route = context.currentRoute();
        String path = route == null ? null : route.getPath();
        return path == null || context.failed() ? "other" : path;
    }
}
