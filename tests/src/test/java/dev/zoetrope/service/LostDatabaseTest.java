package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.ServerSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The folders say which videos there are: a database that lost rows, or all of them, loses none. */
class LostDatabaseTest {
    private static final EngineOptions TINY = EngineOptions.defaults().withModelFolder(TinyModel.folder());
    private static final Map<String, String> JOB =
            Map.of("prompt", "a red ball", "size", "32x32", "num_frames", "1", "num_inference_steps", "1");

    @TempDir
    Path data;

    @Test
    void whatWasAskedForIsThereWithoutItsRows() throws Exception {
        String done;
        String deleted;
        String waiting;
        String cancelled;
        try (ZoetropeServer server = start()) {
            ServiceClient client = new ServiceClient(server.address());
            done = client.create(JOB);
            client.awaitEnd(done);
            deleted = client.create(JOB);
            client.delete("/v1/videos/" + deleted);
            client.create(Map.of("prompt", "a red ball", "num_frames", "200", "num_inference_steps", "300"));
            cancelled = client.create(JOB);
            assertEquals(200, client.post("/v1/videos/" + cancelled + "/cancel").status());
            waiting = client.create(JOB);
        }
        byte[] before = Files.readAllBytes(video(done));
        assertTrue(Files.deleteIfExists(data.resolve("zoetrope.mv.db")));

        try (ZoetropeServer server = start()) {
            ServiceClient client = new ServiceClient(server.address());
            for (JsonNode video : client.get("/v1/videos").json().path("data")) {
                if (video.path("num_frames").asInt() == 200) {
                    client.post("/v1/videos/" + video.path("id").asText() + "/cancel");
                }
            }
            assertEquals("completed", client.awaitEnd(done).path("status").asText());
            assertEquals("completed", client.awaitEnd(waiting).path("status").asText());
            assertEquals("cancelled", client.video(cancelled).path("status").asText(), "what was cancelled stays so");
            assertEquals(4, client.get("/v1/videos").json().path("data").size());
            assertEquals(404, client.get("/v1/videos/" + deleted).status());
        }
        assertTrue(Arrays.equals(before, Files.readAllBytes(video(done))), "not rendered again");
    }

    @Test
    void aRowWithoutItsFolderIsNoVideo() throws Exception {
        String id;
        try (ZoetropeServer server = start()) {
            ServiceClient client = new ServiceClient(server.address());
            id = client.create(JOB);
            client.awaitEnd(id);
        }
        Files.delete(video(id).resolveSibling("request.json"));
        try (ZoetropeServer server = start()) {
            assertEquals(
                    404,
                    new ServiceClient(server.address()).get("/v1/videos/" + id).status());
        }
        assertTrue(Files.notExists(video(id)));
    }

    @MustBeClosed
    private ZoetropeServer start() {
        return ZoetropeServer.start(ServerSettings.in(data).withPort(0), TINY);
    }

    private Path video(String id) {
        return data.resolve("videos").resolve(id).resolve("video.mp4");
    }
}
