package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.encode.ClipReader;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.ServerSettings;
import dev.zoetrope.service.ServiceClient.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pictures and videos for clients that wait for them, and what becomes of them when the client goes. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class WaitingClientsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Takes minutes, where nobody stops it. */
    private static final String ENDLESS = "{\"prompt\":\"a ball\",\"size\":\"512x512\",\"num_inference_steps\":1000%s}";

    private static final String SMALL = "\"prompt\":\"a ball\",\"size\":\"32x32\",\"num_inference_steps\":3,\"seed\":1";

    @TempDir
    Path data;

    private ZoetropeServer server;
    private ServiceClient client;

    @BeforeEach
    @SuppressWarnings("MustBeClosed") // stop() closes it
    void start() {
        ServerSettings settings = ServerSettings.in(data).withPort(0);
        server = ZoetropeServer.start(
                settings.withLimits(settings.limits().withUnfinishedJobs(3)),
                EngineOptions.defaults().withModelFolder(TinyModel.folder()));
        client = new ServiceClient(server.address());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({"png, \u0089PNG", "jpeg, \u00ff\u00d8\u00ff", "webp, RIFF"})
    void picturesAreMade(String format, String beginning) throws Exception {
        Answer answer =
                client.json("/v1/images/generations", "{" + SMALL + ",\"n\":2,\"output_format\":\"" + format + "\"}");
        assertEquals(200, answer.status(), () -> answer.json().toString());
        assertEquals("32x32", answer.json().path("size").asText());
        assertEquals(format, answer.json().path("output_format").asText());
        JsonNode data = answer.json().path("data");
        assertEquals(2, data.size());
        byte[] first = picture(data.get(0));
        byte[] second = picture(data.get(1));
        String head = new String(first, 0, 4, StandardCharsets.ISO_8859_1);
        assertTrue(head.startsWith(beginning), head);
        assertFalse(Arrays.equals(first, second), "of two seeds");
        JsonNode next = client.json(
                        "/v1/images/generations",
                        "{" + SMALL.replace("\"seed\":1", "\"seed\":2") + ",\"output_format\":\"" + format + "\"}")
                .json();
        assertArrayEquals(second, picture(next.path("data").get(0)), "the second has the next seed");
        try (Stream<Path> left = Files.list(this.data.resolve("videos"))) {
            assertEquals(0, left.count(), "nothing is kept");
        }
    }

    @Test
    void aStreamShowsPicturesOnTheWay() throws Exception {
        Answer answer = client.json(
                "/v1/images/generations",
                "{" + SMALL.replace("_steps\":3", "_steps\":9") + ",\"stream\":true,\"partial_images\":2}");
        assertTrue(answer.header("Content-Type").startsWith("text/event-stream"), answer.header("Content-Type"));
        List<JsonNode> events = new String(answer.body(), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> json(line.substring("data: ".length())))
                .toList();
        assertEquals(
                List.of(
                        "image_generation.partial_image",
                        "image_generation.partial_image",
                        "image_generation.completed"),
                events.stream().map(event -> event.path("type").asText()).toList());
        assertEquals(0, events.get(0).path("partial_image_index").asInt());
        assertEquals(1, events.get(1).path("partial_image_index").asInt());
        assertFalse(Arrays.equals(picture(events.get(0)), picture(events.get(1))), "it changes");
        assertArrayEquals(
                picture(client.json("/v1/images/generations", "{" + SMALL.replace("_steps\":3", "_steps\":9") + "}")
                        .json()
                        .path("data")
                        .get(0)),
                picture(events.get(2)),
                "watched or not, the same picture");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"n\":11|n|400",
                "\"n\":0|n|400",
                "\"response_format\":\"url\"|response_format|400",
                "\"output_format\":\"svg\"|output_format|400",
                "\"size\":\"1x1\"|size|400",
                "\"partial_images\":1|partial_images|422",
                "\"stream\":true,\"n\":2|n|422",
                "\"seconds\":1|seconds|400"
            })
    void whatCannotBeMadeIsRefused(String fields, String param, int status) throws Exception {
        Answer answer = client.json("/v1/images/generations", "{\"prompt\":\"x\"," + fields + "}");
        assertEquals(status, answer.status(), () -> answer.json().toString());
        assertEquals(
                param,
                answer.error().path("param").asText(),
                () -> answer.json().toString());
    }

    @Test
    void aClientThatGoesTakesItsPicturesWithIt() throws Exception {
        boolean taken = false;
        for (int attempt = 0; attempt < 100 && !taken; attempt++) {
            try (Socket socket = ask("/v1/images/generations", ENDLESS.formatted(",\"n\":3"))) {
                taken = isTaken(socket);
            }
        }
        assertTrue(taken, "three of three are made");
        awaitStatus(200, "there is room again");
    }

    /**
     * Whether there is no room beside a request: then it is being made. One that comes while the question itself has a place is
     * refused, and is to be asked again.
     */
    private boolean isTaken(Socket socket) throws Exception {
        while (socket.getInputStream().available() == 0) {
            if (client.json("/v1/images/generations", "{" + SMALL + "}").status() == 429) {
                return true;
            }
            Thread.sleep(20);
        }
        return false;
    }

    @Test
    void aClientThatWaitsForAVideoGetsItsFile() throws Exception {
        Answer answer = client.json("/v1/videos/sync", "{" + SMALL + ",\"num_frames\":5}");
        assertEquals(200, answer.status(), () -> new String(answer.body(), StandardCharsets.UTF_8));
        assertEquals("video/mp4", answer.header("Content-Type"));
        String id = answer.header("x-video-id");
        assertArrayEquals(client.get("/v1/videos/" + id + "/content").body(), answer.body());
        assertEquals("completed", client.video(id).path("status").asText());
        assertEquals(
                200,
                client.form("/v1/videos/sync", Map.of("prompt", "x", "num_frames", "1", "size", "32x32"))
                        .status());
        assertEquals(
                400,
                client.json("/v1/videos/sync", "{\"prompt\":\"x\",\"seconds\":-1}")
                        .status());
    }

    @Test
    void aClientThatGoesTakesItsVideoWithIt() throws Exception {
        String id;
        try (Socket socket = ask("/v1/videos/sync", ENDLESS.formatted(",\"num_frames\":5"))) {
            assertTrue(socket.isConnected());
            JsonNode videos = client.get("/v1/videos").json().path("data");
            long start = System.nanoTime();
            while (!videos.path(0).path("status").asText().equals("in_progress")) {
                assertTrue(System.nanoTime() - start < ServiceClient.LONGEST.toNanos(), videos::toString);
                Thread.sleep(20);
                videos = client.get("/v1/videos").json().path("data");
            }
            id = videos.get(0).path("id").asText();
        }
        long start = System.nanoTime();
        while (client.get("/v1/videos/" + id).status() != 404
                || Files.exists(data.resolve("videos").resolve(id))) {
            assertTrue(System.nanoTime() - start < ServiceClient.LONGEST.toNanos(), "it is still there");
            Thread.sleep(20);
        }
    }

    /** Sends a request and does not wait for its answer. */
    private Socket ask(String path, String body) throws IOException {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), server.address().getPort());
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        socket.getOutputStream()
                .write(("POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                                + "Content-Length: " + bytes.length + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return socket;
    }

    private void awaitStatus(int status, String what) throws Exception {
        long start = System.nanoTime();
        Answer answer = client.json("/v1/images/generations", "{" + SMALL + "}");
        while (answer.status() != status) {
            assertTrue(System.nanoTime() - start < ServiceClient.LONGEST.toNanos(), what);
            Thread.sleep(20);
            answer = client.json("/v1/images/generations", "{" + SMALL + "}");
        }
    }

    private byte[] picture(JsonNode holder) throws IOException {
        byte[] file = Base64.getDecoder().decode(holder.path("b64_json").asText());
        try (ClipReader reader = ClipReader.open(Files.write(data.resolve("picture"), file))) {
            assertEquals(32, reader.info().widthPx());
            assertEquals(32, reader.info().heightPx());
        }
        return file;
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
