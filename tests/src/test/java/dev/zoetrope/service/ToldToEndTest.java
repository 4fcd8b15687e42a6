package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.endtoend.CommandLineProcess.Result;
import dev.zoetrope.law.TinyModel;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A server that is told to end does so in order, at whatever moment, and the next makes what it would have made. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class ToldToEndTest {
    private static final String MODEL = TinyModel.folder().toString();

    /** Denoised at once and decoded in a second or more, on two cores that have nothing else to do. */
    private static final Map<String, String> LONG_TO_DECODE = Map.of(
            "prompt", "a red ball",
            "size", "128x128",
            "num_frames", "257",
            "num_inference_steps", "1",
            "guidance_scale", "1",
            "seed", "1");

    private static final Map<String, String> LONG_TO_DENOISE = Map.of(
            "prompt", "a red ball",
            "size", "32x32",
            "num_frames", "33",
            "num_inference_steps", "500",
            "seed", "2");

    @TempDir
    Path folder;

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void decodingIsInterruptedAtTheDeadlineOrASecondSignalAndCompletedWithinIt() throws Exception {
        String id;
        // The deadline passes while the process stands still, so that no decoding is quick enough for it.
        try (ServedProcess server = start("--shutdown-deadline", "1s")) {
            id = server.client().create(LONG_TO_DECODE);
            await(() -> isDecoding(id, 1));
            server.signal("TERM");
            await(() -> server.client().get("/health/ready").status() == 503);
            server.signal("STOP");
            Thread.sleep(1200);
            server.signal("CONT");
            assertEnded(server.awaitEnd());
            assertFalse(Files.exists(result(id)), "interrupted while decoding");
        }
        try (ServedProcess server = start()) {
            await(() -> isDecoding(id, 2));
            server.signal("TERM");
            await(() -> server.client().get("/health/ready").status() == 503);
            server.signal("TERM");
            assertEnded(server.awaitEnd());
            assertFalse(Files.exists(result(id)), "ended at once");
        }
        String waiting;
        try (ServedProcess server = start("--workers", "1");
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            waiting = server.client().create(LONG_TO_DENOISE);
            var ofDecoded = CompletableFuture.supplyAsync(() -> lastEvent(server, id), threads);
            var ofWaiting = CompletableFuture.supplyAsync(() -> lastEvent(server, waiting), threads);
            await(() -> isDecoding(id, 3));
            server.signal("TERM");
            await(() -> server.client().get("/health/ready").status() == 503);
            var refused = server.client().form("/v1/videos", LONG_TO_DENOISE);
            assertEquals(503, refused.status(), () -> refused.json().toString());
            assertFalse(refused.header("Retry-After").isEmpty());
            assertEquals(200, server.client().get("/v1/videos/" + id).status(), "answers while it ends");
            assertEnded(server.awaitEnd());
            assertTrue(Files.exists(result(id)), "completed within the deadline");
            assertEquals("completed", ofDecoded.get(60, TimeUnit.SECONDS));
            assertEquals("stopping", ofWaiting.get(60, TimeUnit.SECONDS));
        }
        try (ServedProcess server = start()) {
            String again = server.client().create(LONG_TO_DECODE);
            assertSameVideo(server.client(), again, id);
            assertEquals(
                    "completed",
                    server.client().awaitEnd(waiting).path("status").asText());
        }
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void denoisingGoesOnFromItsCheckpoint() throws Exception {
        String id;
        try (ServedProcess server = start()) {
            id = server.client().create(LONG_TO_DENOISE);
            await(() -> server.client().video(id).path("progress").asInt() > 0);
            assertEnded(server.terminate());
            assertTrue(Files.exists(files(id).resolve("run-1/checkpoint")), "kept");
            assertFalse(isDecoding(id, 1), "ended before");
        }
        try (ServedProcess server = start()) {
            assertSameVideo(server.client(), server.client().create(LONG_TO_DENOISE), id);
        }
    }

    private ServedProcess start(String... options) throws Exception {
        String[] all = new String[options.length + 2];
        all[0] = "--model";
        all[1] = MODEL;
        System.arraycopy(options, 0, all, 2, options.length);
        return ServedProcess.start(folder, all);
    }

    private Path files(String id) {
        return folder.resolve("data/videos").resolve(id);
    }

    /** Whether the job's run of this number has begun to decode. */
    private boolean isDecoding(String id, int run) throws IOException {
        Path live = files(id).resolve("run-" + run + "/live.mp4");
        return Files.exists(live) && Files.size(live) > 0;
    }

    private Path result(String id) {
        return files(id).resolve("video.mp4");
    }

    private static void assertEnded(Result ended) {
        assertEquals(143, ended.status(), ended.err());
        assertEquals(
                List.of(),
                ended.err().lines().filter(line -> !line.contains(" INFO ")).toList(),
                "nothing is wrong");
    }

    private static void assertSameVideo(ServiceClient client, String expected, String found) throws Exception {
        for (String id : new String[] {expected, found}) {
            assertEquals("completed", client.awaitEnd(id).path("status").asText());
        }
        assertArrayEquals(
                client.get("/v1/videos/" + expected + "/content").body(),
                client.get("/v1/videos/" + found + "/content").body());
    }

    /** The name of the last event of a stream that ends in order. */
    private static String lastEvent(ServedProcess server, String id) {
        try {
            HttpResponse<InputStream> events = server.client().open("/v1/videos/" + id + "/events");
            try (InputStream body = events.body()) {
                return new String(body.readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .filter(line -> line.startsWith("event: "))
                        .reduce("", (_, line) -> line.substring("event: ".length()));
            }
        } catch (Exception e) {
            throw new AssertionError("events of " + id + " end in order", e);
        }
    }

    private static void await(Eventually.Condition condition) throws Exception {
        Eventually.holds("what was waited for", condition);
    }
}
