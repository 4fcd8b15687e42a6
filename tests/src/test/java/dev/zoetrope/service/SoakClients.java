package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.zoetrope.service.ServiceClient.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/**
 * Clients as a server meets them: patient ones that ask, wait, fetch and delete, and others that read a few bytes a second, close in
 * the middle of an upload, of a stream or of events, or never look at an answer. Each runs on a thread of its own until all is over.
 */
final class SoakClients {
    private static final int SLOW_SECONDS = 20;
    private static final int UPLOAD_BYTES = 400_000;

    private final URI address;
    private final ServiceClient polite;
    private final AtomicBoolean over;
    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();

    SoakClients(URI address, AtomicBoolean over) {
        this.address = address;
        this.polite = new ServiceClient(address);
        this.over = over;
    }

    /** A small video. */
    static Map<String, String> job(int seed) {
        return Map.of(
                "prompt", "a red ball",
                "size", "32x32",
                "num_frames", "9",
                "num_inference_steps", "4",
                "seed", "" + seed);
    }

    /** What was done, by kind. */
    String counts() {
        return new TreeMap<>(counts).toString();
    }

    /** Nobody who was patient was let down, and everybody was there. */
    void check() {
        assertEquals("", String.join("\n", failures.stream().limit(5).toList()), () -> failures.size() + " failures");
        for (String kind : new String[] {
            "videos fetched",
            "slow events",
            "slow downloads",
            "vanished in a stream",
            "vanished in an upload",
            "never read"
        }) {
            assertTrue(counts.containsKey(kind), () -> kind + ": none of " + counts);
        }
    }

    /** Closes the connections that patient clients keep for their next request. */
    void hangUp() {
        polite.close();
    }

    private void count(String kind) {
        counts.computeIfAbsent(kind, _ -> new LongAdder()).increment();
    }

    /** Asks for a video, waits for it, fetches it and deletes it, again and again. */
    void patient(int number) {
        Random random = new Random(number);
        while (!over.get()) {
            try {
                pause(random.nextInt(4000));
                Answer created = polite.form("/v1/videos", job(number));
                if (created.status() == 429) {
                    count("sent away");
                    pause(1000L * Long.parseLong(created.header("Retry-After")));
                    continue;
                }
                assertEquals(200, created.status(), () -> created.json().toString());
                fetch(created.json().path("id").asText());
            } catch (IOException | AssertionError e) {
                failures.add("patient client " + number + ": " + e);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void fetch(String id) throws IOException, InterruptedException {
        JsonNode video = polite.video(id);
        long start = System.nanoTime();
        while (!video.path("status").asText().equals("completed")) {
            assertTrue(
                    System.nanoTime() - start < ServiceClient.LONGEST.toNanos()
                            && !video.path("status").asText().equals("failed"),
                    video::toString);
            Thread.sleep(
                    500); // also when all is over: a hundred clients that ask without a pause would hold up the rest
            video = polite.video(id);
        }
        Answer content = polite.get("/v1/videos/" + id + "/content");
        assertEquals(200, content.status());
        assertEquals("ftyp", new String(content.body(), 4, 4, StandardCharsets.US_ASCII));
        assertEquals(200, polite.delete("/v1/videos/" + id).status());
        count("videos fetched");
    }

    /** One of the other kinds, by number. A server that hangs up on it is in its right. */
    void troublesome(int number) {
        Random random = new Random(number);
        while (!over.get()) {
            try {
                pause(random.nextInt(2000));
                switch (number % 5) {
                    case 0 -> slowEvents(random);
                    case 1 -> slowDownload(random);
                    case 2 -> vanishInStream(random);
                    case 3 -> vanishInUpload(random);
                    default -> neverRead(random);
                }
            } catch (IOException e) {
                count("hung up on");
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** An id, or nothing where too many wait. */
    private String ask(Random random, String steps) throws IOException, InterruptedException {
        Answer created = polite.json(
                "/v1/videos",
                "{\"prompt\":\"a red ball\",\"size\":\"32x32\",\"num_frames\":17,\"num_inference_steps\":" + steps
                        + ",\"seed\":" + random.nextInt(1000) + "}");
        if (created.status() != 200) {
            pause(1000);
            return "";
        }
        return created.json().path("id").asText();
    }

    private void slowEvents(Random random) throws IOException, InterruptedException {
        String id = ask(random, "60");
        if (!id.isEmpty()) {
            read("/v1/videos/" + id + "/events", 8, SLOW_SECONDS);
            polite.delete("/v1/videos/" + id);
            count("slow events");
        }
    }

    private void slowDownload(Random random) throws IOException, InterruptedException {
        String id = ask(random, "4");
        if (!id.isEmpty()) {
            polite.awaitEnd(id);
            read("/v1/videos/" + id + (random.nextBoolean() ? "/content" : "/stream"), 4, SLOW_SECONDS);
            polite.delete("/v1/videos/" + id);
            count("slow downloads");
        }
    }

    private void vanishInStream(Random random) throws IOException, InterruptedException {
        String id = ask(random, "8");
        if (!id.isEmpty()) {
            read("/v1/videos/" + id + (random.nextBoolean() ? "/stream" : "/events"), 100 + random.nextInt(400), 1);
            if (random.nextBoolean()) {
                polite.delete("/v1/videos/" + id); // also while it runs
            } else {
                polite.post("/v1/videos/" + id + "/cancel");
            }
            count("vanished in a stream");
        }
    }

    private void vanishInUpload(Random random) throws IOException, InterruptedException {
        try (Socket socket = open()) {
            OutputStream out = socket.getOutputStream();
            out.write(("POST /v1/videos HTTP/1.1\r\nHost: " + address.getAuthority()
                            + "\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: " + UPLOAD_BYTES
                            + "\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na ball\r\n"
                            + "--b\r\nContent-Disposition: form-data; name=\"input_reference\"; filename=\"a.png\"\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            byte[] piece = new byte[1 + random.nextInt(20_000)];
            for (int i = 0; i < 10 && !over.get(); i++) {
                out.write(piece);
                pause(random.nextInt(500));
            }
            count("vanished in an upload");
        }
    }

    /** Asks for a video and for its events and is gone before the answer. */
    private void neverRead(Random random) throws IOException, InterruptedException {
        String body = "{\"prompt\":\"a red ball\",\"size\":\"32x32\",\"num_frames\":1,\"num_inference_steps\":2}";
        try (Socket socket = open()) {
            socket.getOutputStream()
                    .write(("POST /v1/videos HTTP/1.1\r\nHost: " + address.getAuthority()
                                    + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                                    + "\r\n\r\n"
                                    + body + "GET /v1/videos?limit=100 HTTP/1.1\r\nHost: " + address.getAuthority()
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            pause(random.nextInt(2000));
            count("never read");
        }
    }

    /** Reads so many bytes a second, and resets the connection. */
    private void read(String path, int bytesASecond, int seconds) throws IOException, InterruptedException {
        try (Socket socket = open()) {
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: " + address.getAuthority() + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            for (int second = 0; second < seconds && !over.get(); second++) {
                if (in.readNBytes(bytesASecond).length == 0) {
                    return;
                }
                pause(1000);
            }
            socket.setSoLinger(true, 0);
        }
    }

    private Socket open() throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(1024); // before it connects, so that the window is as small
        socket.setSoTimeout(30_000);
        socket.connect(new InetSocketAddress(address.getHost(), address.getPort()), 10_000);
        return socket;
    }

    private void pause(long millis) throws InterruptedException {
        long end = System.nanoTime() + millis * 1_000_000;
        while (!over.get() && System.nanoTime() < end) {
            Thread.sleep(Math.min(250, millis));
        }
    }
}
