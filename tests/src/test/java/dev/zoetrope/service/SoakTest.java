package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.zoetrope.law.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two hundred clients at once, half of them slow or vanishing, for a minute ({@code -Dsoak.seconds=N}; 600 in Maven's
 * profile {@code soak}): the server's process keeps its size, every job ends, and it answers all the time.
 */
class SoakTest {
    private static final int CLIENTS = 200;
    private static final int WATCHED = CLIENTS / 2;

    /**
     * Of the resident memory in the last quarter against the second one. The heap is touched at the start, so what grows is
     * native: a leaked picture, connection or sequence, thousands of times, is far more.
     */
    private static final double MOST_GROWTH = 1.10;

    /** Of direct buffers after everybody is gone, above those when idle: what the network's pools keep for next time. */
    private static final long MOST_MORE_BUFFER_KIB = 48 * 1024;

    /** Handles that may stay open after everybody is gone: each event loop opens three when it is first used. */
    private static final int MOST_MORE_HANDLES = 24;

    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(5);

    @TempDir
    Path folder;

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "memory and handles are read from /proc")
    void slowAndVanishingClientsLeaveNothingBehind() throws Exception {
        long seconds = Long.getLong("zoetrope.soak.seconds", 60);
        try (ServedProcess server = ServedProcess.start(
                        folder,
                        List.of(
                                "-Xms256m",
                                "-Xmx256m",
                                "-XX:+AlwaysPreTouch",
                                "-XX:NativeMemoryTracking=summary",
                                "-XX:ErrorFile="
                                        + Path.of(
                                                System.getProperty("zoetrope.root"), "tests/target/hs_err_pid%p.log")),
                        "--model",
                        TinyModel.folder().toString());
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            ServiceClient client = server.client();
            ProcessSize idle = warm(server);
            long idleBuffers = ProcessSize.bufferKib(server.pid());
            AtomicBoolean over = new AtomicBoolean();
            SoakClients clients = new SoakClients(server.address(), over);
            for (int number = 0; number < CLIENTS; number++) {
                int who = number;
                threads.execute(() -> {
                    if (who < WATCHED) {
                        clients.patient(who);
                    } else {
                        clients.troublesome(who);
                    }
                });
            }
            List<ProcessSize> sizes = new ArrayList<>();
            List<Long> answerMillis = new ArrayList<>();
            try {
                long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
                while (System.nanoTime() < end) {
                    long asked = System.nanoTime();
                    assertEquals(200, health(client, server));
                    answerMillis.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - asked));
                    sizes.add(ProcessSize.of(server.pid()));
                    Thread.sleep(Math.max(250, seconds * 1000 / 400));
                }
            } finally {
                over.set(true); // also where the server no longer answers
            }
            threads.shutdown();
            assertTrue(threads.awaitTermination(180, TimeUnit.SECONDS), "clients end");
            clients.hangUp();
            String unfinished = awaitEnd(client);
            ProcessSize left = awaitHandles(server, idle);
            long leftBuffers = ProcessSize.bufferKib(server.pid());

            int quarter = sizes.size() / 4;
            ProcessSize early = ProcessSize.median(sizes.subList(quarter, 2 * quarter));
            ProcessSize late = ProcessSize.median(sizes.subList(3 * quarter, sizes.size()));
            answerMillis.sort(null);
            System.out.printf(
                    Locale.ROOT,
                    "soak %d s: %s%n idle %s%n second quarter %s%n last quarter %s%n afterwards %s%n buffers %d KiB, afterwards %d KiB%n health: median %d ms,"
                            + " most %d ms%n",
                    seconds,
                    clients.counts(),
                    idle,
                    early,
                    late,
                    left,
                    idleBuffers,
                    leftBuffers,
                    answerMillis.get(answerMillis.size() / 2),
                    answerMillis.getLast());
            assertEquals("", unfinished, "jobs that did not end");
            assertEquals(
                    List.of(),
                    server.terminate()
                            .err()
                            .lines()
                            .filter(line -> line.contains(" ERROR "))
                            .limit(5)
                            .toList(),
                    "clients that vanish are no errors of the server's");
            clients.check();
            assertTrue(
                    late.residentKib() <= MOST_GROWTH * early.residentKib(),
                    () -> "resident memory grew from " + early + " to " + late);
            assertTrue(
                    leftBuffers <= idleBuffers + MOST_MORE_BUFFER_KIB,
                    () -> "direct buffers, KiB: " + idleBuffers + " before, " + leftBuffers + " after");
            assertTrue(
                    left.handles() <= idle.handles() + MOST_MORE_HANDLES,
                    () -> "file handles: " + idle + " before, " + left + " after");
            assertTrue(
                    answerMillis.getLast() < LONGEST_ANSWER.toMillis(),
                    () -> "an answer took " + answerMillis.getLast());
        }
    }

    private static int health(ServiceClient client, ServedProcess server) throws IOException, InterruptedException {
        try {
            return client.get("/health/live").status();
        } catch (IOException e) {
            throw new IOException(server.state(), e);
        }
    }

    /** Everything was used once, then nobody is there. */
    private static ProcessSize warm(ServedProcess server) throws Exception {
        ServiceClient client = server.client();
        for (int seed = 0; seed < 3; seed++) {
            String id = client.create(SoakClients.job(seed));
            client.awaitEnd(id);
            client.get("/v1/videos/" + id + "/content");
            client.get("/v1/videos/" + id + "/stream");
            client.delete("/v1/videos/" + id);
        }
        Thread.sleep(500);
        return ProcessSize.of(server.pid());
    }

    /** -> what waits or runs after a minute without clients */
    private static String awaitEnd(ServiceClient client) throws Exception {
        List<String> unfinished = new ArrayList<>();
        long start = System.nanoTime();
        do {
            unfinished.clear();
            String after = "";
            JsonNode page;
            do {
                page = client.get("/v1/videos?limit=100&order=asc" + after).json();
                for (JsonNode video : page.path("data")) {
                    String status = video.path("status").asText();
                    if (status.equals("queued") || status.equals("in_progress")) {
                        unfinished.add(video.path("id").asText() + " " + status);
                    }
                }
                after = "&after=" + page.path("last_id").asText();
            } while (page.path("has_more").asBoolean());
            Thread.sleep(200);
        } while (!unfinished.isEmpty() && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(60));
        return String.join(", ", unfinished);
    }

    /** Connections of clients that vanished without a word are closed by the kernel, or by the server's own limits, in a while. */
    private static ProcessSize awaitHandles(ServedProcess server, ProcessSize idle) throws Exception {
        long start = System.nanoTime();
        ProcessSize now = ProcessSize.of(server.pid());
        while (now.handles() > idle.handles() + MOST_MORE_HANDLES
                && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(30)) {
            Thread.sleep(200);
            now = ProcessSize.of(server.pid());
        }
        return now;
    }
}
