package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.ServerSettings;
import dev.zoetrope.server.http.ConnectionGuard;
import dev.zoetrope.server.http.Routes;
import dev.zoetrope.server.job.Jobs;
import dev.zoetrope.server.telemetry.Telemetry;
import dev.zoetrope.service.ServiceClient.Answer;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Route;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The document that is served, and what is served. */
class OpenApiTest {
    private static final EngineOptions TINY = EngineOptions.defaults().withModelFolder(TinyModel.folder());
    /** The web page is no part of the API, nor is how it signs in. */
    private static final Set<String> OF_THE_PAGE = Set.of(
            "GET /",
            "HEAD /",
            "GET /assets/{name}",
            "HEAD /assets/{name}",
            "GET /session",
            "POST /session",
            "DELETE /session");

    private static final Set<String> METHODS = Set.of("get", "head", "post", "put", "patch", "delete");

    @TempDir
    Path data;

    @Test
    void everyRouteIsInTheDocumentAndTheOtherWayRound() throws Exception {
        ServerSettings settings = ServerSettings.in(data).withPort(0);
        Set<String> described = new TreeSet<>();
        try (ZoetropeServer server = ZoetropeServer.start(settings, TINY)) {
            Answer answer = new ServiceClient(server.address()).get("/openapi.json");
            assertEquals(200, answer.status());
            assertEquals("3.1.1", answer.json().path("openapi").asText());
            for (var path : answer.json().path("paths").properties()) {
                for (var operation : path.getValue().properties()) {
                    if (METHODS.contains(operation.getKey())) {
                        described.add(operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey());
                        assertDescribed(operation.getValue());
                    }
                }
            }
        }
        Set<String> routed = new TreeSet<>();
        Vertx vertx = Vertx.vertx();
        ConnectionGuard guard = new ConnectionGuard(vertx, settings.limits().connections(), 1);
        try (Zoetrope engine = Zoetrope.open(TINY);
                Telemetry telemetry = Telemetry.of(engine);
                Jobs jobs = Jobs.open(engine, settings, telemetry)) {
            for (Route route :
                    Routes.of(vertx, jobs, settings, telemetry, guard).getRoutes()) {
                if (route.getPath() != null && route.methods() != null) {
                    String path = route.getPath().replaceAll(":(\\w+)", "{$1}");
                    route.methods().forEach(method -> routed.add(method.name() + " " + path));
                }
            }
        } finally {
            vertx.close();
        }
        assertTrue(routed.contains("POST /v1/videos"), routed::toString);
        routed.removeAll(OF_THE_PAGE);
        assertEquals(routed, described);
    }

    private static void assertDescribed(JsonNode operation) {
        assertTrue(operation.hasNonNull("operationId"), operation::toString);
        assertTrue(operation.hasNonNull("summary"), operation::toString);
        assertTrue(operation.path("responses").size() > 0, operation::toString);
    }
}
