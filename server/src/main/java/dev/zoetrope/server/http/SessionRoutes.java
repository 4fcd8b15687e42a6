package dev.zoetrope.server.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.Optional;

/** {@code /session}: the web page signs in with an API key, and out. */
final class SessionRoutes {
    private static final String PATH = "/session";
    private static final int LONGEST_BODY = 4096;

    private final BrowserSessions sessions;

    SessionRoutes(BrowserSessions sessions) {
        this.sessions = sessions;
    }

    void addTo(Router router) {
        router.get(PATH).handler(this::get);
        router.post(PATH)
                .handler(BodyHandler.create(false).setBodyLimit(LONGEST_BODY))
                .handler(this::signIn);
        router.delete(PATH).handler(this::signOut);
    }

    /** Whether keys are asked for, and whether this browser has given one. A session that is used goes on. */
    private void get(RoutingContext context) {
        Optional<String> owner = sessions.owner(context);
        owner.ifPresent(known -> sessions.begin(context, known));
        answer(context, owner.isPresent());
    }

    private void signIn(RoutingContext context) {
        AccessGuard.refuseForeignPages(context); // else another's page could sign its visitors in as somebody else
        String owner = sessions.ownerOfKey(key(context).strip())
                .orElseThrow(() -> new ApiException(
                        401, "key", "invalid_api_key", "API key: expected one of this server's, found another"));
        sessions.begin(context, owner);
        answer(context, true);
    }

    private static String key(RoutingContext context) {
        try {
            String body = Optional.ofNullable(context.body().asString()).orElse("");
            return Answers.JSON.readTree(body).path("key").asText();
        } catch (JsonProcessingException _) {
            throw new ApiException(400, null, "invalid_json", "body: expected {\"key\": \"…\"}, found no JSON");
        }
    }

    private void signOut(RoutingContext context) {
        AccessGuard.refuseForeignPages(context);
        sessions.end(context);
        answer(context, false);
    }

    private void answer(RoutingContext context, boolean signedIn) {
        context.response().putHeader("Cache-Control", "no-store");
        Answers.json(
                context,
                200,
                Answers.JSON
                        .createObjectNode()
                        .put("needs_key", sessions.areNeeded())
                        .put("signed_in", signedIn));
    }
}
