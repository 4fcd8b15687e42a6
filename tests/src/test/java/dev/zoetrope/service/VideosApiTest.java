package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.zoetrope.endtoend.FrameCollector;
import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.ClipRecord;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.encode.ClipReader;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.ServerSettings;
import dev.zoetrope.service.ServiceClient.Answer;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The videos API with the shipped model. */
class VideosApiTest {
    private static final Map<String, String> SMALL =
            Map.of("prompt", "a red ball", "seconds", "1", "num_inference_steps", "2", "seed", "7");

    @TempDir
    static Path data;

    private static ZoetropeServer server;
    private static ServiceClient client;

    @BeforeAll
    @SuppressWarnings("MustBeClosed") // stop() closes it
    static void start() {
        System.setProperty("java.awt.headless", "true");
        server = ZoetropeServer.start(ServerSettings.in(data).withPort(0), EngineOptions.defaults());
        client = new ServiceClient(server.address());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void aVideoIsAskedForPolledDownloadedListedAndDeleted() throws Exception {
        Answer created = client.form("/v1/videos", SMALL);
        assertEquals(200, created.status());
        JsonNode video = created.json();
        String id = video.path("id").asText();
        assertEquals("video", video.path("object").asText());
        assertEquals("queued", video.path("status").asText());
        assertEquals("1", video.path("seconds").asText(), "seconds are a text in this protocol");
        assertEquals("64x64", video.path("size").asText());
        assertEquals(7, video.path("seed").asLong());

        JsonNode done = client.awaitEnd(id);
        assertEquals("completed", done.path("status").asText(), done::toString);
        assertEquals(100, done.path("progress").asInt());
        assertTrue(done.path("completed_at").asLong() >= done.path("created_at").asLong());

        Answer content = client.send(client.request("/v1/videos/" + id + "/content")
                .header("Accept", "application/binary")); // the official clients'
        assertEquals(200, content.status());
        assertEquals("video/mp4", content.header("Content-Type"));
        assertEquals(8, frames(content.body()).size());

        List<String> listed = ids(client.get("/v1/videos?limit=100"));
        assertTrue(listed.contains(id), listed::toString);

        Answer deleted = client.delete("/v1/videos/" + id);
        assertEquals("video.deleted", deleted.json().path("object").asText());
        assertTrue(deleted.json().path("deleted").asBoolean());
        assertEquals(404, client.get("/v1/videos/" + id).status());
        assertEquals(404, client.get("/v1/videos/" + id + "/content").status());
        Eventually.holds(
                "its files are gone",
                () -> Files.notExists(data.resolve("videos").resolve(id)));
    }

    @Test
    void whatIsServedIsWhatTheLibraryRenders(@TempDir Path folder) throws Exception {
        String id = client.create(SMALL);
        client.awaitEnd(id);
        byte[] served = client.get("/v1/videos/" + id + "/content").body();
        Path file = folder.resolve("library.mp4");
        try (Zoetrope engine = Zoetrope.open();
                Clip clip = engine.render(RenderRequest.of("a red ball")
                        .withSeconds(1)
                        .withSteps(2)
                        .withSeed(7))) {
            clip.save(file);
        }
        assertFrames(frames(Files.readAllBytes(file)), frames(served));
    }

    @Test
    void aListHasPagesInBothOrders() throws Exception {
        List<String> made = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            made.add(client.create(SMALL));
        }
        for (String id : made) {
            client.awaitEnd(id);
        }
        JsonNode first = client.get("/v1/videos?limit=2&order=desc").json();
        assertEquals(List.of(made.get(2), made.get(1)), ids(first));
        assertTrue(first.path("has_more").asBoolean());
        assertEquals(made.get(2), first.path("first_id").asText());
        assertEquals(made.get(1), first.path("last_id").asText());
        List<String> second = ids(client.get("/v1/videos?limit=2&order=desc&after=" + made.get(1)));
        assertEquals(made.get(0), second.getFirst());

        JsonNode rising = client.get("/v1/videos?limit=100&order=asc&after=" + made.get(0))
                .json();
        assertEquals(made.subList(1, 3), ids(rising));
        assertFalse(rising.path("has_more").asBoolean());
        assertEquals(
                "after",
                client.get("/v1/videos?after=video_0").error().path("param").asText());
    }

    @Test
    void partsOfAFileAreServed() throws Exception {
        String id = client.create(SMALL);
        client.awaitEnd(id);
        String path = "/v1/videos/" + id + "/content";
        byte[] whole = client.get(path).body();

        Answer middle = client.send(client.request(path).header("Range", "bytes=10-19"));
        assertEquals(206, middle.status());
        assertEquals("bytes 10-19/" + whole.length, middle.header("Content-Range"));
        assertArrayEquals(Arrays.copyOfRange(whole, 10, 20), middle.body());
        Answer end = client.send(client.request(path).header("Range", "bytes=-5"));
        assertArrayEquals(Arrays.copyOfRange(whole, whole.length - 5, whole.length), end.body());
        Answer beyond = client.send(client.request(path).header("Range", "bytes=" + whole.length + "-"));
        assertEquals(416, beyond.status());
        assertEquals("bytes */" + whole.length, beyond.header("Content-Range"));
        Answer head = client.send(client.request(path).method("HEAD", BodyPublishers.noBody()));
        assertEquals(whole.length, Integer.parseInt(head.header("Content-Length")));
        Answer known = client.send(client.request(path).header("If-None-Match", head.header("ETag")));
        assertEquals(304, known.status());
    }

    @Test
    void picturesOfAVideoAreServed() throws Exception {
        String id = client.create(SMALL);
        client.awaitEnd(id);
        BufferedImage thumbnail = picture(client.get("/v1/videos/" + id + "/content?variant=thumbnail"));
        BufferedImage sheet = picture(client.get("/v1/videos/" + id + "/content?variant=spritesheet"));
        assertEquals(64, thumbnail.getWidth());
        assertEquals(8 * 64, sheet.getWidth());
        for (int at = 0; at < 64; at++) {
            assertEquals(thumbnail.getRGB(at, at), sheet.getRGB(at, at), "the sheet begins with the first frame");
        }
        assertFalse(Arrays.equals(pixels(sheet, 0), pixels(sheet, 7 * 64)), "and ends with another");
        assertEquals(
                "variant",
                client.get("/v1/videos/" + id + "/content?variant=sound")
                        .error()
                        .path("param")
                        .asText());
    }

    @Test
    void eventsTellEverythingInOrderAndEnd() throws Exception {
        String before = client.create(Map.of("prompt", "a red ball", "seconds", "6", "num_inference_steps", "30"));
        String id = client.create(Map.of("prompt", "a red ball", "seconds", "2", "num_inference_steps", "20"));
        List<String> names = new ArrayList<>();
        int progress = 0;
        var stream = client.open("/v1/videos/" + id + "/events?previews=false");
        assertTrue(stream.headers().firstValue("Content-Type").orElse("").startsWith("text/event-stream"));
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("event: ")) {
                    names.add(line.substring("event: ".length()));
                } else if (line.startsWith("data: ")) {
                    JsonNode event = json(line.substring("data: ".length()));
                    assertEquals(id, event.path("id").asText());
                    assertTrue(event.path("progress").asInt() >= progress, line);
                    progress = event.path("progress").asInt();
                }
            }
        }
        assertEquals(List.of("queued", "step", "frame", "completed"), withoutStarted(names));
        assertEquals(100, progress);
        assertEquals("completed", client.video(before).path("status").asText(), "the one before it came first");
        assertEquals(
                List.of("event: completed"),
                new String(client.get("/v1/videos/" + id + "/events").body(), StandardCharsets.UTF_8)
                        .lines()
                        .filter(line -> line.startsWith("event: "))
                        .toList(),
                "who comes late is told the end");
    }

    @Test
    void aVideoPlaysWhileItIsDecoded(@TempDir Path folder) throws Exception {
        String id = client.create(Map.of("prompt", "a red ball", "num_frames", "600", "num_inference_steps", "1"));
        var stream = client.open("/v1/videos/" + id + "/stream");
        assertEquals(200, stream.statusCode());
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        try (InputStream body = stream.body()) {
            received.writeBytes(body.readNBytes(20_000)); // some frames
            assertEquals("in_progress", client.video(id).path("status").asText(), "while it is being made");
            Path beginning = Files.write(folder.resolve("beginning.mp4"), wholeFragments(received.toByteArray()));
            assertTrue(countFrames(beginning) >= 2, "what has come so far can be played");
            body.transferTo(received);
        }
        Path whole = Files.write(folder.resolve("whole.mp4"), received.toByteArray());
        assertEquals(600, countFrames(whole));
        assertEquals("completed", client.awaitEnd(id).path("status").asText());
        assertArrayEquals(
                client.get("/v1/videos/" + id + "/content").body(),
                client.get("/v1/videos/" + id + "/stream").body(),
                "of a video that is done, the file");
    }

    @Test
    void aRunningVideoIsCancelledAndItsFilesGo() throws Exception {
        String id = client.create(Map.of("prompt", "a red ball", "seconds", "60", "num_inference_steps", "1000"));
        awaitProgressOf(id, "in_progress");
        Answer cancelled = client.post("/v1/videos/" + id + "/cancel");
        assertEquals(200, cancelled.status());
        assertEquals("cancelled", cancelled.json().path("status").asText());
        assertEquals(200, client.post("/v1/videos/" + id + "/cancel").status(), "twice is as good as once");
        assertEquals(404, client.get("/v1/videos/" + id + "/content").status());

        String next = client.create(SMALL);
        assertEquals("completed", client.awaitEnd(next).path("status").asText(), "the worker is free again");
        try (Stream<Path> left = Files.list(data.resolve("videos").resolve(id))) {
            assertEquals(
                    List.of("end.json", "request.json"),
                    left.map(file -> String.valueOf(file.getFileName()))
                            .sorted()
                            .toList());
        }
        assertEquals("cancelled", client.video(id).path("status").asText());
        assertEquals(409, client.post("/v1/videos/" + next + "/cancel").status());
        assertEquals("false", client.post("/v1/videos/" + next + "/cancel").header("x-should-retry"));
    }

    @Test
    void aRunningVideoIsDeleted() throws Exception {
        String id = client.create(Map.of("prompt", "a red ball", "seconds", "60", "num_inference_steps", "1000"));
        awaitProgressOf(id, "in_progress");
        assertEquals(200, client.delete("/v1/videos/" + id).status());
        assertEquals(404, client.get("/v1/videos/" + id).status());
        Eventually.holds(
                "its files go when its run has stopped",
                () -> Files.notExists(data.resolve("videos").resolve(id)));
        assertEquals(
                "completed",
                client.awaitEnd(client.create(SMALL)).path("status").asText(),
                "the worker is free again");
    }

    @Test
    void aVideoBeginsWithAGivenPicture() throws Exception {
        Answer created = client.form("/v1/videos", SMALL, TestPicture.png(64, 48, 0x2040C0));
        assertEquals(200, created.status(), () -> created.json().toString());
        String id = created.json().path("id").asText();
        JsonNode done = client.awaitEnd(id);
        assertEquals("completed", done.path("status").asText(), done::toString);
        assertEquals("64x48", done.path("size").asText(), "the picture's");
        int first = picture(client.get("/v1/videos/" + id + "/content?variant=thumbnail"))
                .getRGB(32, 24);
        assertTrue((first & 0xFF) > 0x90 && (first >> 16 & 0xFF) < 0x60, Integer.toHexString(first));

        Path file = Files.write(
                data.resolve("download.mp4"),
                client.get("/v1/videos/" + id + "/content").body());
        ClipRecord record = ClipRecord.read(file).orElseThrow();
        assertEquals(
                List.of(Path.of("input")),
                record.request().edit().orElseThrow().inputs(),
                "the server's folders are nobody's business");
    }

    @Test
    void aVideoIsMadeOverToAnotherPrompt() throws Exception {
        String source = client.create(SMALL);
        assertEquals(
                409,
                client.json("/v1/videos/" + source + "/remix", "{\"prompt\":\"a blue ball\"}")
                        .status(),
                "not before it is there");
        client.awaitEnd(source);
        Answer remix = client.form("/v1/videos/" + source + "/remix", Map.of("prompt", "a blue ball"));
        assertEquals(200, remix.status(), () -> remix.json().toString());
        assertEquals(source, remix.json().path("remixed_from_video_id").asText());
        assertEquals(200, client.delete("/v1/videos/" + source).status());
        JsonNode done = client.awaitEnd(remix.json().path("id").asText());
        assertEquals("completed", done.path("status").asText(), done::toString);
        assertEquals(8, done.path("num_frames").asInt(), "as long as its source, though that is gone");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"prompt\":\"\"}|prompt|missing_required_parameter",
                "{\"prompt\":[1]}|prompt|invalid_value",
                "{\"prompt\":\"x\",\"model\":\"sora-2\"}|model|model_not_found",
                "{\"prompt\":\"x\",\"seconds\":\"four\"}|seconds|invalid_value",
                "{\"prompt\":\"x\",\"seconds\":\"-1\"}|seconds|invalid_value",
                "{\"prompt\":\"x\",\"seconds\":1e99}|seconds|invalid_value",
                "{\"prompt\":\"x\",\"size\":\"64\"}|size|invalid_value",
                "{\"prompt\":\"x\",\"size\":\"9999x64\"}|size|invalid_value",
                "{\"prompt\":\"x\",\"width\":64}|height|missing_required_parameter",
                "{\"prompt\":\"x\",\"num_frames\":0}|num_frames|invalid_value",
                "{\"prompt\":\"x\",\"num_frames\":1.5}|num_frames|invalid_value",
                "{\"prompt\":\"x\",\"fps\":1000}|fps|invalid_value",
                "{\"prompt\":\"x\",\"num_inference_steps\":5000}|num_inference_steps|invalid_value",
                "{\"prompt\":\"x\",\"guidance_scale\":-1}|guidance_scale|invalid_value",
                "{\"prompt\":\"x\",\"seed\":99999999999999999999}|seed|invalid_value",
                "{\"prompt\":\"x\",\"seed\":1e999999999}|seed|invalid_value",
                "{\"prompt\":\"x\",\"input_reference\":{\"image_url\":\"http://127.0.0.1/\"}}|input_reference[image_url]|invalid_value",
                "{\"prompt\":\"x\",\"flow_shift\":3}|flow_shift|unknown_parameter",
                "{\"prompt\":\"x\",\"size\":\"63x64\"}|size|invalid_value",
                "{\"prompt\":\"x\",\"prompt\":\"y\"}||invalid_json",
                "[]||invalid_json",
                "{\"prompt\":||invalid_json"
            })
    void whatCannotBeRenderedIsRefusedBeforeItWaits(String body, String param, String code) throws Exception {
        Answer refused = client.json("/v1/videos", body);
        assertEquals(400, refused.status(), () -> refused.json().toString());
        assertEquals("invalid_request_error", refused.error().path("type").asText());
        assertEquals(
                param == null ? "null" : param, refused.error().path("param").asText());
        assertEquals(code, refused.error().path("code").asText());
        String message = refused.error().path("message").asText();
        assertTrue(message.contains("expected") && message.contains("found"), message);
        assertFalse(refused.header("x-request-id").isEmpty());
    }

    @Test
    void picturesThatAreNoneOrTooLargeAreRefused() throws Exception {
        assertRefusedPicture("no picture".repeat(10).getBytes(StandardCharsets.UTF_8));
        byte[] huge = TestPicture.png(1, 1, 0);
        ByteBuffer.wrap(huge).putInt(16, 100_000).putInt(20, 100_000);
        assertRefusedPicture(huge);
        byte[] cut = TestPicture.png(64, 64, 0);
        assertRefusedPicture(Arrays.copyOf(cut, 60));
        try (Stream<Path> uploads = Files.list(data.resolve("uploads"))) {
            assertEquals(List.of(), uploads.toList(), "nothing of it is left");
        }
        assertFalse(Files.exists(data.resolve("x.png")), "a name with dots leads nowhere");
    }

    private static void assertRefusedPicture(byte[] picture) throws Exception {
        Answer refused = client.form("/v1/videos", SMALL, picture);
        assertEquals(422, refused.status(), () -> refused.json().toString());
    }

    @Test
    void bodiesThatAreTooLargeOrNoneAreRefused() throws Exception {
        Answer json = client.json("/v1/videos", "{\"prompt\":\"" + "x".repeat(2 << 20) + "\"}");
        assertEquals(413, json.status());
        assertEquals("body_too_large", json.error().path("code").asText());
        assertEquals(
                413,
                client.form("/v1/videos", Map.of("prompt", "x".repeat(300_000))).status());
        assertEquals(
                400,
                client.form("/v1/videos", Map.of("prompt", "x".repeat(40_000))).status());
        Answer text = client.send(client.request("/v1/videos")
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString("a red ball")));
        assertEquals(415, text.status());
    }

    @Test
    void everyAnswerHasAnIdAndErrorsHaveTheirForm() throws Exception {
        Answer missing = client.send(client.request("/v1/nothing").header("x-request-id", "mine-1"));
        assertEquals(404, missing.status());
        assertEquals("mine-1", missing.header("x-request-id"));
        Answer forged = client.send(client.request("/v1/models").header("x-request-id", "a b"));
        assertTrue(forged.header("x-request-id").startsWith("req_"), "what could forge a log line is not taken");
        Answer method = client.send(client.request("/v1/videos").method("PUT", BodyPublishers.noBody()));
        assertEquals(405, method.status());
        Answer noVideo = client.get("/v1/videos/edits");
        assertEquals(405, noVideo.status(), "an address of its own, and no video's");
        assertEquals("POST", noVideo.header("Allow"));
        for (Answer error : List.of(missing, method, client.get("/v1/videos/..%2F..%2Fetc"))) {
            Set<String> names = new LinkedHashSet<>();
            error.error().fieldNames().forEachRemaining(names::add);
            assertEquals(Set.of("message", "type", "param", "code"), names);
        }
        assertEquals(
                "flipbook",
                client.get("/v1/models").json().path("data").path(0).path("id").asText());
        assertEquals(200, client.get("/health/live").status());
        assertEquals(200, client.get("/health/ready").status());
    }

    @Test
    void anotherSitesPageMayNotUseAServerWithoutKeys() throws Exception {
        Answer foreign = client.send(client.request("/v1/videos").header("Origin", "https://elsewhere.example"));
        assertEquals(403, foreign.status());
        Answer own = client.send(
                client.request("/v1/videos").header("Origin", server.address().toString()));
        assertEquals(200, own.status());
    }

    private static void awaitProgressOf(String id, String status) throws Exception {
        long start = System.nanoTime();
        while (!client.video(id).path("status").asText().equals(status)) {
            assertTrue(System.nanoTime() - start < ServiceClient.LONGEST.toNanos(), "never " + status);
            Thread.sleep(20);
        }
    }

    /** Each name once, and without the one that a step may overtake. */
    private static List<String> withoutStarted(List<String> names) {
        return names.stream().filter(name -> !name.equals("started")).distinct().toList();
    }

    private static List<String> ids(Answer answer) {
        return ids(answer.json());
    }

    private static List<String> ids(JsonNode list) {
        List<String> ids = new ArrayList<>();
        list.path("data").forEach(video -> ids.add(video.path("id").asText()));
        return ids;
    }

    private static JsonNode json(String text) {
        return new Answer(200, null, text.getBytes(StandardCharsets.UTF_8)).json();
    }

    private static List<byte[]> frames(byte[] video) throws IOException {
        Path file = Files.write(Files.createTempFile(data, "seen", ".mp4"), video);
        FrameCollector collector = new FrameCollector();
        try (ClipReader reader = ClipReader.open(file)) {
            reader.readTo(collector);
        }
        return collector.frames();
    }

    static int countFrames(Path video) {
        try (ClipReader reader = ClipReader.open(video)) {
            return Math.toIntExact(reader.info().frames());
        }
    }

    private static void assertFrames(List<byte[]> expected, List<byte[]> found) {
        assertEquals(expected.size(), found.size());
        for (int frame = 0; frame < expected.size(); frame++) {
            assertArrayEquals(expected.get(frame), found.get(frame), "frame " + frame);
        }
    }

    private static BufferedImage picture(Answer answer) throws IOException {
        assertEquals("image/png", answer.header("Content-Type"));
        return ImageIO.read(new ByteArrayInputStream(answer.body()));
    }

    private static int[] pixels(BufferedImage image, int left) {
        return image.getRGB(left, 0, 64, 64, null, 0, 64);
    }

    /** As many bytes of a fragmented MP4 as are whole fragments: each ends with a box of media (ISO 14496-12, 8.8). */
    private static byte[] wholeFragments(byte[] received) {
        ByteBuffer bytes = ByteBuffer.wrap(received);
        int end = 0;
        for (int box = 0; box + 8 <= received.length && box + bytes.getInt(box) <= received.length; ) {
            boolean media = new String(received, box + 4, 4, StandardCharsets.US_ASCII).equals("mdat");
            box += bytes.getInt(box);
            end = media ? box : end;
        }
        return Arrays.copyOf(received, end);
    }
}
