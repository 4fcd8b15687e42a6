package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.JobSettings;
import dev.zoetrope.server.config.RetentionSettings;
import dev.zoetrope.server.config.ServerSettings;
import dev.zoetrope.service.ServiceClient.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Videos go when their time is over or the disk is needed, and a full disk ends no server. */
@Timeout(600)
class RetentionTest {
    private static final EngineOptions TINY = EngineOptions.defaults().withModelFolder(TinyModel.folder());
    private static final Map<String, String> JOB =
            Map.of("prompt", "a red ball", "size", "32x32", "num_frames", "9", "num_inference_steps", "1");
    private static final RetentionSettings USUAL = RetentionSettings.defaults().withReserve(0);

    @TempDir
    Path folder;

    @MustBeClosed
    private ZoetropeServer start(Path data, RetentionSettings retention) {
        return ZoetropeServer.start(
                ServerSettings.in(data)
                        .withPort(0)
                        .withJobs(JobSettings.defaults().withRetention(retention)),
                TINY);
    }

    @Test
    void aVideoExpires() throws Exception {
        try (ZoetropeServer server = start(folder.resolve("data"), USUAL.withExpiry(Duration.ofSeconds(4)))) {
            ServiceClient client = new ServiceClient(server.address());
            String id = client.create(JOB);
            assertTrue(client.video(id).path("expires_at").isNull(), "not before it is done");
            JsonNode done = client.awaitEnd(id);
            long left =
                    done.path("expires_at").asLong() - done.path("completed_at").asLong();
            assertEquals(4, left);
            awaitGone(client, id);
            Eventually.holds(
                    "its files are gone",
                    () -> Files.notExists(folder.resolve("data/videos").resolve(id)));
            assertEquals(404, client.get("/v1/videos/" + id + "/content").status());
        }
    }

    @Test
    void withoutATimeAVideoStays() throws Exception {
        try (ZoetropeServer server = start(folder.resolve("data"), USUAL.withExpiry(Duration.ZERO))) {
            ServiceClient client = new ServiceClient(server.address());
            assertTrue(client.awaitEnd(client.create(JOB)).path("expires_at").isNull());
        }
    }

    @Test
    void theOldestMakesRoomAndWhatIsBeingReadIsReadToItsEnd() throws Exception {
        Path data = folder.resolve("data");
        String first;
        byte[] whole;
        try (ZoetropeServer server = start(data, USUAL)) {
            ServiceClient client = new ServiceClient(server.address());
            // Larger than what the connection holds, so that the rest is sent after the file has gone.
            first = client.create(
                    Map.of("prompt", "a red ball", "size", "256x256", "num_frames", "150", "num_inference_steps", "1"));
            assertEquals("completed", client.awaitEnd(first).path("status").asText());
            whole = client.get("/v1/videos/" + first + "/content").body();
        }
        long used = bytesOf(data);
        try (ZoetropeServer server = start(data, USUAL.withBudget(used - whole.length / 2))) {
            ServiceClient client = new ServiceClient(server.address());
            var reading = client.open("/v1/videos/" + first + "/content");
            try (var body = reading.body()) {
                byte[] beginning = body.readNBytes(1000);
                String second = client.create(JOB);
                assertEquals("completed", client.awaitEnd(second).path("status").asText());
                assertEquals(404, client.get("/v1/videos/" + first).status());
                assertFalse(Files.exists(data.resolve("videos").resolve(first)));
                byte[] rest = body.readAllBytes();
                assertEquals(whole.length, beginning.length + rest.length, "no half answer");
                byte[] end = java.util.Arrays.copyOfRange(whole, 1000, whole.length);
                assertArrayEquals(end, rest);
            }
        }
    }

    @Test
    void withoutRoomAVideoIsRefused() throws Exception {
        try (ZoetropeServer server = start(folder.resolve("data"), USUAL.withReserve(Long.MAX_VALUE))) {
            ServiceClient client = new ServiceClient(server.address());
            Answer refused = client.form("/v1/videos", JOB);
            assertEquals(507, refused.status());
            assertEquals("storage_full", refused.error().path("code").asText());
            assertEquals("false", refused.header("x-should-retry"));
            assertTrue(refused.error().path("message").asText().startsWith("disk: expected at least"));
            Answer pictures = client.json("/v1/images/generations", "{\"prompt\":\"a ball\"}");
            assertEquals(507, pictures.status());
            Answer ready = client.get("/health/ready");
            assertEquals(503, ready.status());
            assertTrue(
                    ready.json().toString().contains("storage"),
                    () -> ready.json().toString());
            assertEquals(200, client.get("/v1/videos").status(), "what is there can be looked at");
        }
        try (var videos = Files.list(folder.resolve("data/videos"))) {
            assertEquals(0, videos.count(), "nothing half taken in");
        }
    }

    /** On a file system of a few megabytes; mounting one takes root, and the right to. */
    @Test
    void aDiskThatFillsUpFailsTheJobAndNotTheServer() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        boolean mounted = run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk.toString());
        assumeTrue(mounted, "no right to mount a small file system");
        try (ZoetropeServer server = start(disk, USUAL.withReserve(2 << 20))) {
            ServiceClient client = new ServiceClient(server.address());
            String fits = client.create(JOB);
            assertEquals("completed", client.awaitEnd(fits).path("status").asText());
            String tooLarge = client.create(
                    Map.of("prompt", "a red ball", "size", "256x256", "num_frames", "400", "num_inference_steps", "1"));
            JsonNode failed = client.awaitEnd(tooLarge);
            assertEquals("failed", failed.path("status").asText(), failed::toString);
            assertTrue(
                    failed.path("error").path("message").asText().contains("space"),
                    () -> failed.path("error").toString());
            assertFalse(failed.path("error").path("message").asText().contains(disk.toString()));
            Eventually.holds("its files went", () -> client.get("/health/ready").status() == 200);
            String next = client.create(JOB);
            assertEquals("completed", client.awaitEnd(next).path("status").asText(), "there is room again");
        } finally {
            assertTrue(run("umount", "-l", disk.toString()));
        }
    }

    private static boolean run(String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return process.waitFor() == 0;
    }

    private static long bytesOf(Path folder) throws Exception {
        try (var files = Files.walk(folder)) {
            long bytes = 0;
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
            return bytes;
        }
    }

    private static void awaitGone(ServiceClient client, String id) throws Exception {
        Eventually.holds("it has expired", () -> client.get("/v1/videos/" + id).status() == 404);
    }
}
