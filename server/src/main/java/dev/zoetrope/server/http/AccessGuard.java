package dev.zoetrope.server.http;

import dev.zoetrope.server.config.ApiKeys;
import io.vertx.core.Handler;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Lets in who may come in, and says whose requests they are. */
final class AccessGuard implements Handler<RoutingContext> {
    private static final String OWNER = "owner";
    private static final String SCHEME = "bearer ";
    private static final Set<String> OWN_NAMES = Set.of("localhost", "127.0.0.1", "[::1]", "::1");

    private final ApiKeys keys;

    AccessGuard(ApiKeys keys) {
        this.keys = keys;
    }

    /** Whose request it is: the hash of the key, or nobody's in particular where there are no keys. */
    static Optional<String> owner(RoutingContext context) {
        return Optional.ofNullable(context.get(OWNER));
    }

    @Override
    public void handle(RoutingContext context) {
        if (keys.isEmpty()) {
            refuseOtherSites(context);
        } else {
            context.put(OWNER, owned(context));
        }
        context.next();
    }

    private String owned(RoutingContext context) {
        String header = context.request().getHeader("Authorization");
        if (header == null || !header.toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
            throw new ApiException(
                    401, null, "invalid_api_key", "API key: expected a header Authorization: Bearer KEY, found none");
        }
        return keys.owner(header.substring(SCHEME.length()).strip())
                .orElseThrow(() -> new ApiException(
                        401, null, "invalid_api_key", "API key: expected one of this server's, found another"));
    }

    /**
     * Without keys, whoever reaches the port may use it. That must not be every web page which a browser on this machine
     * has open: one could post a form here, or let its own name point here. So the address asked for has to be this
     * machine's, and a page that asks has to come from it.
     */
    private static void refuseOtherSites(RoutingContext context) {
        HostAndPort asked = context.request().authority();
        if (asked == null || !OWN_NAMES.contains(asked.host().toLowerCase(Locale.ROOT))) {
            throw new ApiException(
                    403,
                    null,
                    "wrong_host",
                    "Host: expected this machine's own name, found another (a server without"
                            + " API keys is for this machine alone)");
        }
        String origin = context.request().getHeader("Origin");
        if (origin != null
                && !origin.equalsIgnoreCase("http://" + context.request().getHeader("Host"))) {
            throw new ApiException(
                    403, null, "wrong_origin", "Origin: expected this server's own pages, found another site's");
        }
    }
}
