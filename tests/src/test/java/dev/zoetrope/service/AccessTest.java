package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.ApiKeys;
import dev.zoetrope.server.config.ServerSettings;
import dev.zoetrope.service.ServiceClient.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may use a server, and how much of it. */
class AccessTest {
    private static final String ALICE = "alice-has-this-long-key";
    private static final String BOB = "bob-has-another-long-key";
    private static final String BODY = "{\"prompt\":\"a red ball\",\"num_frames\":1,\"num_inference_steps\":1}";
    private static final EngineOptions TINY = EngineOptions.defaults().withModelFolder(TinyModel.folder());

    @TempDir
    Path data;

    @Test
    void everyKeySeesItsOwnVideosAndNobodyWithoutOneSeesAny() throws Exception {
        ApiKeys keys = ApiKeys.of(List.of(ALICE, BOB));
        try (ZoetropeServer server = ZoetropeServer.start(
                ServerSettings.in(data).withAccess("127.0.0.1", keys).withPort(0), TINY)) {
            ServiceClient client = new ServiceClient(server.address());
            Answer none = client.get("/v1/videos");
            assertEquals(401, none.status());
            assertEquals("invalid_api_key", none.error().path("code").asText());
            assertEquals(401, as(client, "a-key-of-somebody-else", "/v1/videos").status());

            Answer created = client.send(client.request("/v1/videos")
                    .header("Authorization", "Bearer " + ALICE)
                    .header("Content-Type", "application/json")
                    .POST(java.net.http.HttpRequest.BodyPublishers.ofString(BODY)));
            assertEquals(200, created.status(), () -> created.json().toString());
            String path = "/v1/videos/" + created.json().path("id").asText();
            assertEquals(200, as(client, ALICE, path).status());
            assertEquals(1, as(client, ALICE, "/v1/videos").json().path("data").size());
            assertEquals(404, as(client, BOB, path).status(), "another's is like none");
            assertEquals(404, as(client, BOB, path + "/events").status());
            assertEquals(0, as(client, BOB, "/v1/videos").json().path("data").size());
            assertEquals(200, client.get("/health/ready").status(), "health needs no key");
        }
        String database = new String(Files.readAllBytes(data.resolve("zoetrope.mv.db")), StandardCharsets.ISO_8859_1);
        assertFalse(database.contains(ALICE), "keys are kept as hashes");
    }

    @Test
    void moreThanTheServerWantsToHaveWaitingIsSentAway() throws Exception {
        ServerSettings settings = ServerSettings.in(data).withPort(0);
        try (ZoetropeServer server =
                ZoetropeServer.start(settings.withLimits(settings.limits().withUnfinishedJobs(1)), TINY)) {
            ServiceClient client = new ServiceClient(server.address());
            String id = client.json(
                            "/v1/videos", "{\"prompt\":\"a red ball\",\"num_frames\":200,\"num_inference_steps\":1000}")
                    .json()
                    .path("id")
                    .asText();
            Answer full = client.json("/v1/videos", BODY);
            assertEquals(429, full.status());
            assertEquals("rate_limit_error", full.error().path("type").asText());
            assertFalse(full.header("Retry-After").isEmpty());
            client.post("/v1/videos/" + id + "/cancel");
            assertEquals(200, client.json("/v1/videos", BODY).status());
        }
    }

    @Test
    void aPortForOthersNeedsKeys() {
        RequestException refused = assertThrows(
                RequestException.class, () -> ServerSettings.in(data).withAccess("0.0.0.0", ApiKeys.none()));
        assertTrue(String.valueOf(refused.getMessage()).contains("--api-key-file"), refused.getMessage());
        assertEquals(
                "0.0.0.0",
                ServerSettings.in(data)
                        .withAccess("0.0.0.0", ApiKeys.of(List.of(ALICE)))
                        .host());
    }

    @Test
    void aFolderAndAPortHaveOneServer(@TempDir Path other) throws IOException {
        try (ZoetropeServer server =
                ZoetropeServer.start(ServerSettings.in(data).withPort(0), TINY)) {
            OutputException folder = assertThrows(OutputException.class, () -> startAndClose(data, 0));
            assertTrue(String.valueOf(folder.getMessage()).startsWith("data folder: "), folder.getMessage());
            OutputException port = assertThrows(
                    OutputException.class,
                    () -> startAndClose(other, server.address().getPort()));
            assertTrue(String.valueOf(port.getMessage()).startsWith("port: "), port.getMessage());
        }
        startAndClose(data, 0); // free again
    }

    private static void startAndClose(Path folder, int port) {
        try (ZoetropeServer server =
                ZoetropeServer.start(ServerSettings.in(folder).withPort(port), TINY)) {
            assertTrue(server.address().getPort() > 0);
        }
    }

    private static Answer as(ServiceClient client, String key, String path) throws Exception {
        return client.send(client.request(path).header("Authorization", "Bearer " + key));
    }
}
