package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.sample.StepCounters;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.ServerSettings;
import dev.zoetrope.service.ServiceClient.Answer;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many jobs on one server: who waits for whom, what is refused, and that nobody's pixels depend on it. */
@Timeout(600)
class SharedServerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int WORKERS = 8;

    @TempDir
    Path data;

    private static Map<String, String> with(Map<String, String> fields, String... more) {
        Map<String, String> all = new TreeMap<>(fields);
        for (int i = 0; i < more.length; i += 2) {
            all.put(more[i], more[i + 1]);
        }
        return all;
    }

    private static final Map<String, String> SMALL =
            Map.of("prompt", "a red ball", "size", "32x32", "num_frames", "5", "num_inference_steps", "2", "seed", "1");

    /** Runs until it is cancelled, in a sequence of its own: it is larger than what shares one. */
    private static final Map<String, String> ENDLESS =
            with(SMALL, "size", "128x128", "num_frames", "33", "num_inference_steps", "1000", "guidance_scale", "2");

    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // handed on
    private ZoetropeServer start(ServerSettings settings) throws InterruptedException {
        ZoetropeServer server = ZoetropeServer.start(
                settings.withPort(0),
                EngineOptions.defaults().withModelFolder(TinyModel.folder()).withRenders(settings.workers()));
        awaitSteps(server, 3); // those by which it measures
        return server;
    }

    private static void awaitSteps(ZoetropeServer server, long steps) throws InterruptedException {
        long start = System.nanoTime();
        while (server.steps().steps() < steps || (steps == 3 && server.steps().running() > 0)) {
            assertTrue(System.nanoTime() - start < ServiceClient.LONGEST.toNanos(), "no steps");
            Thread.sleep(5);
        }
    }

    /** Counted in steps, not in time. */
    @Test
    void aRequestThatComesIsInTheNextStep() throws Exception {
        try (ZoetropeServer server = start(ServerSettings.in(data).withWorkers(WORKERS))) {
            ServiceClient client = new ServiceClient(server.address());
            String large = client.create(ENDLESS);
            awaitSteps(server, server.steps().steps() + 2);
            for (int i = 0; i < 3; i++) {
                String small = client.create(with(SMALL, "seed", "" + i));
                assertEquals("completed", client.awaitEnd(small).path("status").asText());
            }
            StepCounters counters = server.steps();
            assertEquals(1, counters.running(), "the large one is still under way");
            assertEquals(1, counters.mostStepsWaited(), "the step under way, and no other");
            client.post("/v1/videos/" + large + "/cancel");
        }
    }

    @Test
    void aSeedGivesTheSameFileAloneAndInCompany() throws Exception {
        Map<String, String> video = Map.of(
                "prompt",
                "a red ball bounces over the sea",
                "num_frames",
                "17",
                "num_inference_steps",
                "6",
                "seed",
                "5");
        ServerSettings settings = ServerSettings.in(data).withWorkers(WORKERS).withPort(0);
        try (ZoetropeServer server =
                ZoetropeServer.start(settings, EngineOptions.defaults().withRenders(WORKERS))) {
            ServiceClient client = new ServiceClient(server.address());
            byte[] alone = file(client, client.create(video));
            StepCounters before = server.steps();
            List<String> others = new ArrayList<>();
            others.add(client.create(with(video, "size", "96x64", "num_frames", "9", "seed", "6")));
            others.add(client.create(with(video, "size", "48x48", "guidance_scale", "1", "num_inference_steps", "9")));
            String again = client.create(video);
            others.add(client.create(with(video, "size", "128x96", "num_frames", "33", "num_inference_steps", "3")));
            others.add(client.create(with(video, "num_frames", "1", "prompt", "a blue boat in the rain")));
            assertArrayEquals(alone, file(client, again));
            for (String other : others) {
                assertEquals("completed", client.awaitEnd(other).path("status").asText());
            }
            StepCounters company = server.steps().since(before);
            assertTrue(company.segments() > 2 * company.steps(), "steps were made together: " + company);
        }
    }

    private static byte[] file(ServiceClient client, String id) throws Exception {
        assertEquals("completed", client.awaitEnd(id).path("status").asText());
        return client.get("/v1/videos/" + id + "/content").body();
    }

    @Test
    void urgentJobsAreBegunFirstAndEachIsToldWhen() throws Exception {
        try (ZoetropeServer server = start(ServerSettings.in(data))) {
            ServiceClient client = new ServiceClient(server.address());
            String running = client.create(ENDLESS);
            awaitSteps(server, server.steps().steps() + 2);
            String low = client.create(with(SMALL, "priority", "low"));
            String normal = client.create(SMALL);
            String high = client.create(with(SMALL, "priority", "high"));
            assertEquals("high", client.video(high).path("priority").asText());
            assertEquals(1, firstEvent(client, high).path("position").asInt());
            assertEquals(2, firstEvent(client, normal).path("position").asInt());
            JsonNode last = firstEvent(client, low);
            assertEquals(3, last.path("position").asInt());
            assertTrue(
                    last.path("wait_seconds").asDouble()
                            > firstEvent(client, high).path("wait_seconds").asDouble(),
                    last::toString);
            client.post("/v1/videos/" + running + "/cancel");
            List<Long> ends = new ArrayList<>();
            for (String id : List.of(high, normal, low)) {
                assertEquals("completed", client.awaitEnd(id).path("status").asText());
                ends.add(Files.getLastModifiedTime(
                                data.resolve("videos").resolve(id).resolve("video.mp4"))
                        .toMillis());
            }
            assertEquals(ends.stream().sorted().toList(), ends, "made in this order");

            Answer refused = client.form("/v1/videos", with(SMALL, "priority", "first"));
            assertEquals(400, refused.status());
            assertEquals("priority", refused.error().path("param").asText());
        }
    }

    private static JsonNode firstEvent(ServiceClient client, String id) throws Exception {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                client.open("/v1/videos/" + id + "/events").body(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("data: ")) {
                    return JSON.readTree(line.substring("data: ".length()));
                }
            }
        }
        throw new AssertionError("no event of " + id);
    }

    @Test
    void whatWouldTakeTooLongIsRefusedBeforeWorkAndWhatIsNamedInsteadFits() throws Exception {
        ServerSettings limited = ServerSettings.in(data);
        try (ZoetropeServer server = start(limited.withWork(limited.work().withTime(Duration.ofSeconds(3))))) {
            ServiceClient client = new ServiceClient(server.address());
            long steps = server.steps().steps();
            Answer refused = client.form(
                    "/v1/videos", with(SMALL, "size", "256x128", "num_frames", "2000", "num_inference_steps", "50"));
            assertEquals(422, refused.status());
            assertEquals("too_large", refused.error().path("code").asText());
            String message = refused.error().path("message").asText();
            assertTrue(message.startsWith("video: expected to take at most 3 s, found about "), message);
            Matcher shorter = Pattern.compile("256x128 with (\\d+) frames").matcher(message);
            assertTrue(shorter.find(), message);
            int fits = Integer.parseInt(shorter.group(1));
            assertTrue(fits > 0 && fits < 2000, message);
            assertEquals(steps, server.steps().steps(), "nothing was made");
            Answer taken = client.form(
                    "/v1/videos",
                    with(
                            SMALL,
                            "size",
                            "256x128",
                            "num_frames",
                            "" + Math.max(1, fits / 2),
                            "num_inference_steps",
                            "50"));
            assertEquals(200, taken.status(), () -> taken.json().toString());
            client.delete("/v1/videos/" + taken.json().path("id").asText());
        }
    }

    @Test
    void whatWouldTakeTooMuchMemoryIsRefused() throws Exception {
        ServerSettings limited = ServerSettings.in(data);
        try (ZoetropeServer server = start(limited.withWork(limited.work().withMemory(64L << 20)))) {
            ServiceClient client = new ServiceClient(server.address());
            Answer refused = client.form("/v1/videos", with(SMALL, "size", "1024x1024", "num_frames", "97"));
            assertEquals(422, refused.status());
            assertTrue(
                    refused.error()
                            .path("message")
                            .asText()
                            .startsWith("video: expected to take at most 64 MiB of memory"),
                    () -> refused.json().toString());
            assertEquals(200, client.form("/v1/videos", SMALL).status());
        }
    }

    @Test
    void aFullQueueSaysWhenToAskAgain() throws Exception {
        ServerSettings few = ServerSettings.in(data);
        try (ZoetropeServer server = start(few.withLimits(few.limits().withUnfinishedJobs(2)))) {
            ServiceClient client = new ServiceClient(server.address());
            String running = client.create(ENDLESS);
            String waiting = client.create(SMALL);
            awaitSteps(server, server.steps().steps() + 2);
            Answer refused = client.form("/v1/videos", SMALL);
            assertEquals(429, refused.status());
            int seconds = Integer.parseInt(refused.header("Retry-After"));
            assertTrue(seconds >= 1 && seconds <= 3600, "" + seconds);
            client.post("/v1/videos/" + running + "/cancel");
            assertEquals("completed", client.awaitEnd(waiting).path("status").asText());
        }
    }
}
