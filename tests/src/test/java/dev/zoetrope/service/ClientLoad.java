package dev.zoetrope.service;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Clients that ask for videos, cancel and delete some, and note what they were told. Each request has a seed of its own. */
final class ClientLoad {
    private static final int CLIENTS = 3;

    /** What a client was told last of a video it asked for; nothing was told where an answer did not come. */
    private enum Told {
        ACCEPTED,
        CANCELLED,
        DELETED,
        /** Whether the server has heard of the last wish is not known. */
        UNKNOWN
    }

    private final Random random;
    private final AtomicInteger nextSeed = new AtomicInteger();
    private final Map<String, Told> told = new ConcurrentHashMap<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean running;

    ClientLoad(long seed) {
        this.random = new Random(seed);
    }

    /** A request. */
    static Map<String, String> fields(int seed, int frames, int steps) {
        return Map.of(
                "prompt", "a red ball",
                "size", "32x32",
                "num_frames", "" + frames,
                "num_inference_steps", "" + steps,
                "seed", "" + seed);
    }

    /** Begins to ask these servers. */
    void runOn(ServiceClient... servers) {
        running = true;
        for (int i = 0; i < CLIENTS; i++) {
            ServiceClient server = servers[i % servers.length];
            Random own = new Random(random.nextLong());
            threads.add(Thread.ofPlatform().daemon().start(() -> ask(server, own)));
        }
    }

    /** Waits until no client asks any more. */
    void stop() throws InterruptedException {
        running = false;
        for (Thread thread : threads) {
            thread.join(60_000);
            if (thread.isAlive()) {
                throw new AssertionError("a client hangs");
            }
        }
        threads.clear();
    }

    private void ask(ServiceClient server, Random own) {
        try {
            while (running) {
                boolean large = own.nextInt(6) == 0;
                String id = server.create(fields(
                        nextSeed.incrementAndGet(),
                        large ? 33 : 1 + own.nextInt(9),
                        large ? 100 + own.nextInt(300) : 2 + own.nextInt(20)));
                told.put(id, Told.ACCEPTED);
                Thread.sleep(own.nextInt(300));
                int wish = own.nextInt(10);
                if (wish == 0) {
                    told.put(id, Told.UNKNOWN);
                    boolean cancelled =
                            server.post("/v1/videos/" + id + "/cancel").status() == 200;
                    told.put(id, cancelled ? Told.CANCELLED : Told.ACCEPTED);
                } else if (wish == 1) {
                    told.put(id, Told.UNKNOWN);
                    if (server.delete("/v1/videos/" + id).status() == 200) {
                        told.put(id, Told.DELETED);
                    }
                }
                Thread.sleep(own.nextInt(300));
            }
        } catch (IOException _) {
            // The server was killed: what is not known is not noted.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    int acknowledged() {
        return told.size();
    }

    /** How many videos wait or run. */
    int unfinished(ServiceClient server) throws Exception {
        return (int) all(server).stream()
                .filter(video -> Set.of("queued", "in_progress")
                        .contains(video.path("status").asText()))
                .count();
    }

    /**
     * What the server says against what it said before.
     *
     * @param lost ids that were acknowledged and are not there
     * @param doubled seeds of which there is more than one video
     * @param wrong videos that do not stand where they were left
     */
    record Found(
            List<String> lost,
            List<String> doubled,
            List<String> wrong,
            List<JsonNode> completed,
            List<String> cancelled,
            List<String> deleted) {}

    Found compare(ServiceClient server) throws Exception {
        Map<String, JsonNode> there = new HashMap<>();
        Set<String> seeds = new HashSet<>();
        Found found = new Found(
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>());
        for (JsonNode video : all(server)) {
            there.put(video.path("id").asText(), video);
            if (!seeds.add(video.path("seed").asText())) {
                found.doubled().add(video.path("seed").asText());
            }
            if (video.path("status").asText().equals("completed")) {
                found.completed().add(video);
            } else if (!video.path("status").asText().equals("cancelled")) {
                found.wrong().add(video.toString());
            }
        }
        told.forEach((id, last) -> {
            JsonNode video = there.get(id);
            String status = video == null ? "" : video.path("status").asText();
            switch (last) {
                case ACCEPTED -> {
                    if (video == null) {
                        found.lost().add(id);
                    } else if (!status.equals("completed")) {
                        found.wrong().add(id + " " + status + ", was accepted");
                    }
                }
                case CANCELLED -> {
                    found.cancelled().add(id);
                    if (!status.equals("cancelled")) {
                        found.wrong().add(id + " " + status + ", was cancelled");
                    }
                }
                case DELETED -> {
                    found.deleted().add(id);
                    if (video != null) {
                        found.wrong().add(id + " " + status + ", was deleted");
                    }
                }
                case UNKNOWN -> {}
            }
        });
        return found;
    }

    private static List<JsonNode> all(ServiceClient server) throws Exception {
        List<JsonNode> all = new ArrayList<>();
        String after = "";
        while (true) {
            JsonNode page = server.get("/v1/videos?limit=100&order=asc" + after).json();
            page.path("data").forEach(all::add);
            if (!page.path("has_more").asBoolean()) {
                return all;
            }
            after = "&after=" + page.path("last_id").asText();
        }
    }
}
