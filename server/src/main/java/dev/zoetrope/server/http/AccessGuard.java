package dev.zoetrope.server.http;

import dev.zoetrope.server.config.ApiKeys;
import io.vertx.core.Handler;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Lets in who may come in, and says whose requests they are. */
final class AccessGuard implements Handler<RoutingContext> {
    private static final String OWNER = "owner";
    private static final String SCHEME = "bearer ";

    /** The name that the protocol's own clients use for this. */
    private static final String KEY_PROTOCOL = "openai-insecure-api-key.";

    private static final Set<String> OWN_NAMES = Set.of("localhost", "127.0.0.1", "[::1]", "::1");

    private final ApiKeys keys;
    private final BrowserSessions sessions;

    AccessGuard(ApiKeys keys, BrowserSessions sessions) {
        this.keys = keys;
        this.sessions = sessions;
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
        Optional<String> key = header(context).or(() -> subprotocol(context));
        Optional<String> signedIn = key.isEmpty() ? sessions.owner(context) : Optional.empty();
        if (signedIn.isPresent()) {
            refuseForeignPages(context);
            return signedIn.get();
        }
        return keys.owner(key.orElseThrow(() -> new ApiException(
                        401,
                        null,
                        "invalid_api_key",
                        "API key: expected a header Authorization: Bearer KEY, found none")))
                .orElseThrow(() -> new ApiException(
                        401, null, "invalid_api_key", "API key: expected one of this server's, found another"));
    }

    private static Optional<String> header(RoutingContext context) {
        return Optional.ofNullable(context.request().getHeader("Authorization"))
                .filter(header -> header.toLowerCase(Locale.ROOT).startsWith(SCHEME))
                .map(header -> header.substring(SCHEME.length()).strip());
    }

    /** A page cannot set headers of a WebSocket, but name subprotocols: one of them may be the key. */
    private static Optional<String> subprotocol(RoutingContext context) {
        return context.request().headers().getAll("Sec-WebSocket-Protocol").stream()
                .flatMap(names -> Arrays.stream(names.split(",", -1)))
                .map(String::strip)
                .filter(name -> name.startsWith(KEY_PROTOCOL))
                .map(name -> name.substring(KEY_PROTOCOL.length()))
                .findFirst();
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

    /**
     * A browser sends its cookies also for pages of other ports and names of this host, which count as the same site. So a
     * page that asks has to come from here. Browsers say that themselves ({@code Sec-Fetch-Site}) where the connection can
     * be trusted; on others, origin and host are compared, without the scheme, which a proxy changes.
     */
    static void refuseForeignPages(RoutingContext context) {
        String site = context.request().getHeader("Sec-Fetch-Site");
        String origin = context.request().getHeader("Origin");
        boolean foreign = site != null
                ? !site.equals("same-origin") && !site.equals("none")
                : origin != null
                        && !origin.replaceFirst("^https?://", "")
                                .equalsIgnoreCase(context.request().getHeader("Host"));
        if (foreign) {
            throw new ApiException(
                    403, null, "wrong_origin", "Origin: expected this server's own pages, found another site's");
        }
    }
}
