package dev.zoetrope.server.http;

import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import java.util.UUID;
import java.util.regex.Pattern;

/** Gives every request an id and every answer the same: the client's own if it sent one, else a new one. */
final class RequestId implements Handler<RoutingContext> {
    static final String HEADER = "x-request-id";

    /** What may go into a log line. */
    private static final Pattern HARMLESS = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    @Override
    public void handle(RoutingContext context) {
        String given = context.request().getHeader(HEADER);
        boolean usable = given != null && HARMLESS.matcher(given).matches();
        context.response().putHeader(HEADER, usable ? given : fresh());
        context.next();
    }

    static String fresh() {
        return "req_" + UUID.randomUUID().toString().replace("-", "");
    }
}
