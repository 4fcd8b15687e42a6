package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.DatabaseSettings;
import dev.zoetrope.server.config.JobSettings;
import dev.zoetrope.server.config.ServerSettings;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several servers on one PostgreSQL: any of them answers for all. */
@Timeout(600)
class SharedDatabaseTest {
    private static final EngineOptions TINY = EngineOptions.defaults().withModelFolder(TinyModel.folder());
    private static final Map<String, String> SMALL =
            Map.of("prompt", "a red ball", "size", "32x32", "num_frames", "1", "num_inference_steps", "1");
    private static final Map<String, String> ENDLESS =
            Map.of("prompt", "a red ball", "size", "128x128", "num_frames", "33", "num_inference_steps", "1000");

    /**
     * Within which a server notices what was done at another. It asks twice a second, and takes a job over from a dead one after
     * more than ten; between the two there is room for a machine that is busy.
     */
    private static final long NOTICED_NANOS = 5_000_000_000L;

    @TempDir
    static Path folder;

    private static PostgresServer postgres;
    private static ZoetropeServer first;
    private static ZoetropeServer second;
    private static ServiceClient one;
    private static ServiceClient two;

    @BeforeAll
    @SuppressWarnings("MustBeClosed") // stop() closes them
    static void start() throws Exception {
        postgres = PostgresServer.start();
        // At once: both find no tables.
        CompletableFuture<ZoetropeServer> other = CompletableFuture.supplyAsync(() -> open("data"));
        first = open("data");
        second = other.join();
        one = new ServiceClient(first.address());
        two = new ServiceClient(second.address());
    }

    @AfterAll
    static void stop() throws Exception {
        if (postgres != null) {
            first.close();
            second.close();
            postgres.close();
        }
    }

    /** A test that fails leaves no job that holds up the next. */
    @AfterEach
    void removeAll() throws Exception {
        for (JsonNode video : one.get("/v1/videos?limit=100").json().path("data")) {
            one.delete("/v1/videos/" + video.path("id").asText());
        }
    }

    @MustBeClosed
    private static ZoetropeServer open(String data) {
        return ZoetropeServer.start(
                ServerSettings.in(folder.resolve(data))
                        .withPort(0)
                        .withWorkers(1)
                        .withJobs(
                                JobSettings.defaults().withDatabase(DatabaseSettings.parse(postgres.url(), Map.of()))),
                TINY);
    }

    @Test
    void aVideoAskedForAtOneServerIsThereAtTheOther() throws Exception {
        String id = one.create(SMALL);
        assertEquals("completed", two.awaitEnd(id).path("status").asText());
        assertEquals(
                200, two.get("/v1/videos/" + id + "/content?variant=thumbnail").status());
        assertEquals(
                one.get("/v1/videos/" + id + "/content").body().length,
                two.get("/v1/videos/" + id + "/content").body().length);
        assertTrue(two.get("/v1/videos?limit=100")
                .json()
                .path("data")
                .findValuesAsText("id")
                .contains(id));
        assertEquals(200, two.delete("/v1/videos/" + id).status());
        assertEquals(404, one.get("/v1/videos/" + id).status());
        Eventually.holds(
                "its files are gone",
                () -> Files.notExists(folder.resolve("data/videos").resolve(id)));
    }

    @Test
    void manyJobsAreSharedOutAndEachIsMadeOnce() throws Exception {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            ids.add((i % 2 == 0 ? one : two).create(SMALL));
        }
        Set<Integer> sizes = new HashSet<>();
        for (String id : ids) {
            assertEquals("completed", one.awaitEnd(id).path("status").asText());
            sizes.add(two.get("/v1/videos/" + id + "/content").body().length);
        }
        assertFalse(sizes.contains(0));
        assertEquals(10, new HashSet<>(ids).size());
    }

    @Test
    void aJobIsCancelledAndWatchedFromAServerThatDoesNotRunIt() throws Exception {
        // One worker each, so that of two jobs each server runs one.
        List<String> ids = List.of(one.create(ENDLESS), one.create(ENDLESS));
        for (String id : ids) {
            awaitProgress(id);
            assertNotEquals("", one.video(id).path("progress").asText());
        }
        for (String id : ids) {
            for (ServiceClient client : List.of(one, two)) {
                Eventually.holds(
                        "progress on any server",
                        () -> client.video(id).path("progress").asInt() > 0);
            }
        }
        // Both streams from the same server: one of the two jobs is not its own.
        List<List<String>> told = new ArrayList<>();
        List<Thread> readers = new ArrayList<>();
        for (String id : ids) {
            var stream = two.open("/v1/videos/" + id + "/events");
            List<String> lines = new CopyOnWriteArrayList<>();
            told.add(lines);
            readers.add(Thread.ofPlatform().daemon().start(() -> read(stream.body(), lines)));
        }
        Eventually.holds(
                told::toString,
                () -> told.stream().allMatch(lines -> Collections.frequency(lines, "event: step") >= 2));
        for (String id : ids) {
            assertEquals(200, two.post("/v1/videos/" + id + "/cancel").status());
        }
        long start = System.nanoTime();
        for (String id : ids) {
            while (Files.exists(folder.resolve("data/videos").resolve(id).resolve("run-1"))) {
                assertTrue(System.nanoTime() - start < NOTICED_NANOS, "the worker stops within a second or so");
                Thread.sleep(10);
            }
            assertEquals("cancelled", one.video(id).path("status").asText());
        }
        for (int i = 0; i < 2; i++) {
            readers.get(i).join(60_000);
            assertTrue(told.get(i).contains("event: step"), told.get(i)::toString);
            assertTrue(told.get(i).contains("event: cancelled"), told.get(i)::toString);
        }
    }

    @Test
    void aFolderBelongsToOneDatabase() {
        String refused = String.valueOf(withoutDatabase().getMessage());
        assertTrue(refused.startsWith("data folder: expected the files of this database (h2), found"), refused);
    }

    private static OutputException withoutDatabase() {
        ServerSettings settings = ServerSettings.in(folder.resolve("data")).withPort(0);
        return assertThrows(
                OutputException.class,
                () -> ZoetropeServer.start(settings, TINY).close());
    }

    private static void read(java.io.InputStream body, List<String> lines) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
            reader.lines().forEach(lines::add);
        } catch (java.io.IOException | java.io.UncheckedIOException e) {
            lines.add(e.toString());
        }
    }

    private static void awaitProgress(String id) throws Exception {
        Eventually.holds("progress of " + id, () -> {
            JsonNode video = one.video(id);
            assertNotEquals("failed", video.path("status").asText(), video::toString);
            return video.path("progress").asInt() > 0;
        });
    }
}
