package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.zoetrope.law.TinyModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Servers killed at random times while clients ask, cancel and delete: nothing acknowledged is lost, nothing is made twice,
 * every file is whole. Two kills each, or as many as {@value #KILLS} says; the profile {@code soak} says 20.
 */
@Timeout(600)
class KilledUnderLoadTest {
    static final String KILLS = "zoetrope.kills";

    private static final String[] OPTIONS = {
        "--model", TinyModel.folder().toString(), "--max-jobs", "100000", "--threads", "2"
    };

    /** Certainly not done before its first checkpoint. */
    private static final Map<String, String> LONG = ClientLoad.fields(7, 33, 1000);

    /** From a worker's last sign of life until another has its job. */
    private static final long TAKEOVER_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(4);

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @TempDir
    Path folder;

    @Test
    void onAFileInTheDataFolder() throws Exception {
        ClientLoad load = new ClientLoad(random.nextLong());
        for (int kill = 0; kill < kills(); kill++) {
            try (ServedProcess server = ServedProcess.start(folder, OPTIONS)) {
                load.runOn(server.client());
                Thread.sleep(300 + random.nextInt(2500));
                server.kill();
                load.stop();
            }
        }
        try (ServedProcess server = ServedProcess.start(folder, OPTIONS)) {
            check(load, server.client());
        }
    }

    @Test
    void onAPostgreSqlThatTwoServersShare() throws Exception {
        try (PostgresServer postgres = PostgresServer.start()) {
            ClientLoad load = new ClientLoad(random.nextLong());
            List<ServedProcess> servers = new ArrayList<>(startBoth(postgres));
            try {
                for (int kill = 0; kill < kills(); kill++) {
                    load.runOn(servers.get(0).client(), servers.get(1).client());
                    Thread.sleep(300 + random.nextInt(2500));
                    int killed = random.nextInt(2);
                    servers.get(killed).kill();
                    load.stop();
                    servers.set(killed, start(postgres, 4));
                }
                check(load, servers.get(0).client());
            } finally {
                servers.forEach(ServedProcess::close);
            }
        }
    }

    @Test
    void theJobOfAKilledServerIsFinishedByTheOther() throws Exception {
        try (PostgresServer postgres = PostgresServer.start()) {
            List<ServedProcess> servers = startBoth(postgres, 1);
            try {
                ServiceClient survivor = servers.get(1).client();
                long start = System.nanoTime();
                String reference = survivor.create(LONG);
                survivor.awaitEnd(reference);
                long renderNanos = System.nanoTime() - start;

                List<String> ids = List.of(survivor.create(LONG), survivor.create(LONG)); // one each
                for (String id : ids) {
                    awaitFile(folder.resolve("data/videos").resolve(id).resolve("run-1/checkpoint"));
                }
                servers.get(0).kill();
                start = System.nanoTime();
                for (String id : ids) {
                    assertEquals(
                            "completed", survivor.awaitEnd(id).path("status").asText());
                }
                long tookNanos = System.nanoTime() - start;
                assertTrue(
                        tookNanos < TAKEOVER_NANOS + 2 * renderNanos,
                        "took " + tookNanos / 1_000_000 + " ms, a render " + renderNanos / 1_000_000);
                System.out.printf(
                        "took over and finished %.1f s after the kill; a render takes %.1f s%n",
                        tookNanos / 1e9, renderNanos / 1e9);
                for (String id : ids) {
                    assertArrayEquals(content(survivor, reference), content(survivor, id));
                }
            } finally {
                servers.forEach(ServedProcess::close);
            }
        }
    }

    /** Takes a minute: only with the profile {@code soak}. */
    @Test
    @EnabledIfSystemProperty(named = KILLS, matches = "\\d\\d+", disabledReason = "takes a minute; -Psoak")
    void aServerThatWakesAfterItsJobWasTakenOverLeavesItAlone() throws Exception {
        try (PostgresServer postgres = PostgresServer.start()) {
            List<ServedProcess> servers = startBoth(postgres, 1);
            try {
                ServiceClient awake = servers.get(1).client();
                String reference = awake.create(LONG);
                awake.awaitEnd(reference);
                List<String> ids = List.of(awake.create(LONG), awake.create(LONG));
                for (String id : ids) {
                    awaitFile(folder.resolve("data/videos").resolve(id).resolve("run-1/checkpoint"));
                }
                servers.get(0).signal("STOP");
                for (String id : ids) {
                    awake.awaitEnd(id);
                }
                String next = awake.create(LONG);
                servers.get(0).signal("CONT");
                assertEquals("completed", awake.awaitEnd(next).path("status").asText());
                Thread.sleep(3000); // for what the other may still do
                ServiceClient woken = servers.get(0).client();
                for (String id : List.of(ids.get(0), ids.get(1), next)) {
                    assertEquals("completed", woken.video(id).path("status").asText());
                    assertArrayEquals(content(awake, reference), content(woken, id));
                    assertEquals(List.of("spritesheet.png", "thumbnail.png", "video.mp4"), filesOf(id));
                }
                String after = woken.create(LONG);
                assertEquals("completed", woken.awaitEnd(after).path("status").asText(), "and works again");
            } finally {
                servers.forEach(ServedProcess::close);
            }
        }
    }

    private static int kills() {
        return Integer.getInteger(KILLS, 2);
    }

    private List<ServedProcess> startBoth(PostgresServer postgres) throws Exception {
        return startBoth(postgres, 4);
    }

    private List<ServedProcess> startBoth(PostgresServer postgres, int workers) throws Exception {
        CompletableFuture<ServedProcess> other = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                other.complete(start(postgres, workers));
            } catch (Exception e) {
                other.completeExceptionally(e);
            }
        });
        ServedProcess first = start(postgres, workers);
        return List.of(first, other.get(2, TimeUnit.MINUTES));
    }

    private ServedProcess start(PostgresServer postgres, int workers) throws Exception {
        List<String> all = new ArrayList<>(List.of(OPTIONS));
        all.addAll(List.of("--database", postgres.url(), "--workers", "" + workers));
        return ServedProcess.start(folder, all.toArray(String[]::new));
    }

    /** Waits for everything and holds it against what the clients were told. */
    private void check(ClientLoad load, ServiceClient client) throws Exception {
        long start = System.nanoTime();
        while (load.unfinished(client) > 0) {
            assertTrue(System.nanoTime() - start < LONGEST_NANOS, () -> "not all done, seed " + seed);
            Thread.sleep(200);
        }
        ClientLoad.Found found = load.compare(client);
        assertEquals(List.of(), found.lost(), () -> "acknowledged and lost, seed " + seed);
        assertEquals(List.of(), found.doubled(), () -> "more than one of a request, seed " + seed);
        assertEquals(List.of(), found.wrong(), () -> "not as they were left, seed " + seed);
        int whole = 0;
        for (JsonNode video : found.completed()) {
            String id = video.path("id").asText();
            Path file = folder.resolve("data/videos").resolve(id).resolve("video.mp4");
            assertEquals(video.path("num_frames").asInt(), VideosApiTest.countFrames(file), id);
            // A run tidies up after its row says that it is completed.
            Eventually.holds(
                    () -> id + " has no unfinished files, seed " + seed,
                    () -> filesOf(id).stream().noneMatch(name -> name.startsWith("run-") || name.endsWith(".part")));
            whole++;
        }
        for (String id : found.deleted()) {
            // What was being made when it was deleted goes with its run, which another server may have to end.
            Eventually.holds(
                    () -> id + " has no files, seed " + seed,
                    () -> Files.notExists(folder.resolve("data/videos").resolve(id)));
        }
        assertTrue(whole > kills(), "there was something to lose");
        System.out.printf(
                "%d kills: %d acknowledged, %d completed and whole, %d cancelled, %d deleted, 0 lost, 0 doubled%n",
                kills(),
                load.acknowledged(),
                whole,
                found.cancelled().size(),
                found.deleted().size());
    }

    private static byte[] content(ServiceClient client, String id) throws Exception {
        ServiceClient.Answer answer = client.get("/v1/videos/" + id + "/content");
        assertEquals(200, answer.status());
        return answer.body();
    }

    private static void awaitFile(Path file) throws Exception {
        Eventually.holds(file::toString, () -> Files.exists(file));
    }

    private List<String> filesOf(String id) throws Exception {
        try (Stream<Path> files = Files.list(folder.resolve("data/videos").resolve(id))) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }
}
