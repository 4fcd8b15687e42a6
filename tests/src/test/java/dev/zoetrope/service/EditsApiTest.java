package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.zoetrope.endtoend.FrameCollector;
import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.ClipRecord;
import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.encode.ClipReader;
import dev.zoetrope.runtime.encode.OutputFormat;
import dev.zoetrope.runtime.encode.VideoEncoder;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import dev.zoetrope.server.ZoetropeServer;
import dev.zoetrope.server.config.ServerSettings;
import dev.zoetrope.service.ServiceClient.Answer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Videos made of other videos: uploaded ones and the server's own. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class EditsApiTest {
    private static final int FPS = 8;

    @TempDir
    static Path data;

    private static ZoetropeServer server;
    private static ServiceClient client;

    /** Eight frames of 32x32. */
    private static byte[] clip;

    private static String made;

    @BeforeAll
    @SuppressWarnings("MustBeClosed") // stop() closes it
    static void start() throws Exception {
        server = ZoetropeServer.start(ServerSettings.in(data).withPort(0), EngineOptions.defaults());
        client = new ServiceClient(server.address());
        clip = clip(32, 32, FPS, FPS);
        made = client.create(
                Map.of("prompt", "a red ball", "seconds", "1", "size", "32x32", "num_inference_steps", "1"));
        client.awaitEnd(made);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void anUploadedVideoIsMadeOverAndAMaskKeepsWhatItCovers() throws Exception {
        JsonNode whole = done(client.form("/v1/videos/edits", Map.of("prompt", "snow"), Map.of("video", clip)));
        assertEquals(FPS, whole.path("num_frames").asInt());
        assertTrue(whole.path("remixed_from_video_id").isNull());

        JsonNode masked = done(client.form(
                "/v1/videos/edits",
                Map.of("prompt", "snow", "strength", "1", "seed", "4", "num_inference_steps", "1"),
                Map.of("video", clip, "mask", TestPicture.png(32, 32, 0xFFFFFF))));
        Edit.Restyle edit = (Edit.Restyle) edit(masked);
        assertEquals(1, edit.strength());
        assertEquals(List.of(Path.of("input"), Path.of("mask")), edit.inputs());
        // What was kept is encoded once more, which costs a level or two; what is made over is far from it.
        assertTrue(difference(frames(masked), frames(clip)) < 4, "all of it was kept");
        double changed = difference(frames(whole), frames(clip));
        assertTrue(changed > 12, "without a mask it is another picture: " + changed);
    }

    @Test
    void aVideoOfTheServersOwnIsNamedByItsIdInAFormAndInJson() throws Exception {
        JsonNode form = done(client.form("/v1/videos/edits", Map.of("prompt", "snow", "video[id]", made)));
        assertEquals(made, form.path("remixed_from_video_id").asText());
        JsonNode json = done(client.json(
                "/v1/videos/extensions", "{\"seconds\":\"1\",\"video\":{\"id\":\"" + made + "\"},\"fps\":8}"));
        assertEquals(2 * FPS, json.path("num_frames").asInt());
        assertEquals("a red ball", json.path("prompt").asText(), "what the video shows, where nothing is said");
        assertEquals(made, json.path("remixed_from_video_id").asText());
    }

    @Test
    void aVideoGoesOnAtEitherEnd() throws Exception {
        for (String direction : List.of("forward", "backward")) {
            JsonNode longer = done(client.form(
                    "/v1/videos/extensions",
                    Map.of("prompt", "a red ball", "seconds", "1", "direction", direction, "num_inference_steps", "1"),
                    Map.of("video", clip)));
            assertEquals(2 * FPS, longer.path("num_frames").asInt());
            assertEquals(direction.equals("backward"), ((Edit.Extend) edit(longer)).backward());
            List<byte[]> frames = frames(longer);
            List<byte[]> kept = direction.equals("forward") ? frames.subList(0, FPS) : frames.subList(FPS, 2 * FPS);
            // Through the codec and H.264 once more: a few levels of 255.
            assertTrue(difference(kept, frames(clip)) < 10, direction + ": " + difference(kept, frames(clip)));
        }
    }

    @Test
    void theOtherEditsOfTheTimeLineHaveAddressesOfTheirOwn() throws Exception {
        JsonNode loop = done(
                client.form("/v1/videos/loops", Map.of("video[id]", made, "seconds", "1", "num_inference_steps", "1")));
        assertEquals(1, ((Edit.Loop) edit(loop)).seconds());
        assertTrue(loop.path("num_frames").asInt() > FPS);

        JsonNode connection = done(client.form(
                "/v1/videos/connections",
                Map.of("video[id]", made, "way", "made", "num_inference_steps", "1"),
                Map.of("second_video", clip)));
        Edit.Connect connect = (Edit.Connect) edit(connection);
        assertEquals(Edit.Way.MADE, connect.way());
        assertEquals(2, connect.seconds(), "as the command line has it");
        assertEquals(List.of(Path.of("input"), Path.of("input-second")), connect.inputs());

        JsonNode smooth = done(client.form(
                "/v1/videos/interpolations", Map.of("prompt", "a ball", "fps", "16"), Map.of("video", clip)));
        assertEquals(16, smooth.path("fps").asDouble());
        assertEquals(2 * FPS - 1, smooth.path("num_frames").asInt());
    }

    @Test
    void aNewVideoHasALastFrameShotsALoopOrKeyFrames() throws Exception {
        byte[] blue = TestPicture.png(32, 32, 0x2040C0);
        JsonNode shots = done(client.form(
                "/v1/videos",
                Map.of(
                        "prompt",
                        "a red ball",
                        "seconds",
                        "2",
                        "shots",
                        "[{\"at\":1,\"prompt\":\"a green star\",\"transition\":\"blend\"}]",
                        "num_inference_steps",
                        "1"),
                Map.of("input_reference", TestPicture.png(32, 32, 0xC02020), "last_frame", blue)));
        Edit.Compose compose = (Edit.Compose) edit(shots);
        assertEquals(List.of(new Edit.Shot(1, "a green star", Edit.Transition.BLEND)), compose.shots());
        assertEquals(2, compose.placed().size());

        JsonNode loop = done(client.json(
                "/v1/videos",
                "{\"prompt\":\"a ball\",\"seconds\":1,\"size\":\"32x32\",\"loop\":true,\"num_inference_steps\":1,"
                        + "\"last_frame\":null,\"shots\":[{\"at\":0.5,\"prompt\":\"a star\"}]}"));
        assertTrue(((Edit.Compose) edit(loop)).loop());
        JsonNode keys = done(client.json(
                "/v1/videos",
                "{\"prompt\":\"a ball\",\"seconds\":1,\"size\":\"32x32\",\"key_frames\":4,\"num_inference_steps\":1}"));
        assertEquals(4, ((Edit.KeyFrames) edit(keys)).stride());
    }

    @Test
    void aLastFrameIsTheLastAsTheLibraryPlacesIt(@TempDir Path folder) throws Exception {
        byte[] picture = TestPicture.png(32, 32, 0x2040C0);
        JsonNode video = done(client.json(
                "/v1/videos",
                "{\"prompt\":\"a ball\",\"num_frames\":9,\"num_inference_steps\":1,\"seed\":5,\"last_frame\":{\"image_url\":"
                        + "\"data:image/png;base64," + Base64.getEncoder().encodeToString(picture) + "\"}}"));
        Path file = Files.write(folder.resolve("last.png"), picture);
        RenderRequest request = RenderRequest.of("a ball")
                .withFrames(9)
                .withSteps(1)
                .withSeed(5)
                .withEdit(new Edit.Compose(List.of(Edit.Placed.at(file, -1.0 / FPS)), List.of(), false));
        Path rendered = folder.resolve("library.mp4");
        try (Zoetrope engine = Zoetrope.open();
                Clip expected = engine.render(request)) {
            expected.save(rendered);
        }
        assertEquals(0, difference(frames(video), frames(Files.readAllBytes(rendered))));
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/videos/edits, video, text, 422",
        "/v1/videos/edits, video, png, 422",
        "/v1/videos/edits, video, cut, 422",
        "/v1/videos/edits, video, nothing, 422",
        "/v1/videos/edits, mask, text, 422",
        "/v1/videos/extensions, video, long, 422",
        "/v1/videos/extensions, video, still, 422",
        "/v1/videos/connections, second_video, text, 422",
        "/v1/videos/interpolations, video, wide, 422"
    })
    void whatIsNoVideoIsRefusedWithItsFieldAndLeavesNothing(String path, String field, String kind, int status)
            throws Exception {
        byte[] bytes = switch (kind) {
            case "text" -> "#EXTM3U\nfile:///etc/passwd\n".repeat(10).getBytes(StandardCharsets.UTF_8);
            case "png" -> TestPicture.png(32, 32, 0);
            case "cut" -> Arrays.copyOf(clip, clip.length / 2);
            case "long" -> clip(16, 16, 61, 1.0 / 10); // 610 s
            case "still" -> clip(32, 32, 1, FPS);
            case "wide" -> clip(OutputFormat.WEBM_VP9, 4096, 2320, 2, FPS); // openh264 makes none so large
            default -> new byte[0];
        };
        Map<String, byte[]> files = new java.util.HashMap<>();
        if (!field.equals("video")) {
            files.put("video", clip);
        }
        if (bytes.length > 0) {
            files.put(field, bytes);
        }
        Map<String, String> fields =
                path.endsWith("extensions") ? Map.of("prompt", "a ball", "seconds", "1") : Map.of("prompt", "a ball");
        long before = folders();
        Answer answer = client.form(path, fields, files);
        assertEquals(status, answer.status(), () -> answer.json().toString());
        assertEquals(
                field,
                answer.error().path("param").asText(),
                () -> answer.json().toString());
        String message = answer.error().path("message").asText();
        assertTrue(message.contains("expected") && message.contains("found"), message);
        assertFalse(message.contains(data.toString()), message);
        assertEquals(before, folders(), "nothing is left of it");
    }

    @Test
    void whatIsSaidTwiceOrOfNobodyIsRefused() throws Exception {
        assertEquals(
                "video",
                client.form("/v1/videos/edits", Map.of("prompt", "x", "video[id]", made), Map.of("video", clip))
                        .error()
                        .path("param")
                        .asText(),
                "both");
        assertEquals(
                404,
                client.form("/v1/videos/edits", Map.of("prompt", "x", "video[id]", "video_" + "0".repeat(32)))
                        .status());
        String waiting = client.create(Map.of("prompt", "x", "seconds", "20", "num_inference_steps", "200"));
        Answer early = client.form("/v1/videos/edits", Map.of("prompt", "x", "video[id]", waiting));
        assertEquals(409, early.status());
        client.delete("/v1/videos/" + waiting);
        assertEquals(
                "prompt",
                client.form("/v1/videos/loops", Map.of(), Map.of("video", clip))
                        .error()
                        .path("param")
                        .asText(),
                "an uploaded video does not say what it shows");
        assertEquals(
                "seconds",
                client.form("/v1/videos/extensions", Map.of("prompt", "x"), Map.of("video", clip))
                        .error()
                        .path("param")
                        .asText());
    }

    @Test
    void anUploadIsThereAfterARestartWithoutTheDatabase(@TempDir Path folder) throws Exception {
        EngineOptions engine = EngineOptions.defaults().withModelFolder(TinyModel.folder());
        ServerSettings settings = ServerSettings.in(folder).withPort(0).withWorkers(1);
        String id;
        try (ZoetropeServer first = ZoetropeServer.start(settings, engine)) {
            ServiceClient asking = new ServiceClient(first.address());
            asking.create(Map.of("prompt", "x", "seconds", "30", "num_inference_steps", "200"));
            id = asking.form(
                            "/v1/videos/extensions",
                            Map.of("prompt", "a red ball", "seconds", "1", "num_inference_steps", "1"),
                            Map.of("video", clip))
                    .json()
                    .path("id")
                    .asText();
        }
        Files.delete(folder.resolve("zoetrope.mv.db"));
        try (ZoetropeServer second = ZoetropeServer.start(settings.withWorkers(2), engine)) {
            JsonNode video = new ServiceClient(second.address()).awaitEnd(id);
            assertEquals("completed", video.path("status").asText(), video::toString);
            assertEquals(2 * FPS, video.path("num_frames").asInt());
        }
    }

    private static JsonNode done(Answer created) throws IOException, InterruptedException {
        assertEquals(200, created.status(), () -> created.json().toString());
        JsonNode video = client.awaitEnd(created.json().path("id").asText());
        assertEquals("completed", video.path("status").asText(), video::toString);
        return video;
    }

    private static byte[] content(JsonNode video) throws IOException, InterruptedException {
        return client.get("/v1/videos/" + video.path("id").asText() + "/content")
                .body();
    }

    private static Edit edit(JsonNode video) throws IOException, InterruptedException {
        return ClipRecord.read(Files.write(data.resolve("looked-at.mp4"), content(video)))
                .orElseThrow()
                .request()
                .edit()
                .orElseThrow();
    }

    private static List<byte[]> frames(JsonNode video) throws IOException, InterruptedException {
        return frames(content(video));
    }

    private static List<byte[]> frames(byte[] file) throws IOException {
        FrameCollector collector = new FrameCollector();
        try (ClipReader reader = ClipReader.open(Files.write(data.resolve("looked-at.mp4"), file))) {
            reader.readTo(collector);
        }
        return collector.frames();
    }

    /** Mean, in levels. */
    private static double difference(List<byte[]> first, List<byte[]> second) {
        assertEquals(second.size(), first.size());
        double sum = 0;
        long count = 0;
        for (int frame = 0; frame < first.size(); frame++) {
            for (int i = 0; i < first.get(frame).length; i++) {
                sum += Math.abs((first.get(frame)[i] & 0xFF) - (second.get(frame)[i] & 0xFF));
                count++;
            }
        }
        return sum / count;
    }

    private static long folders() throws IOException {
        try (Stream<Path> all = Files.list(data.resolve("videos"))) {
            return all.count();
        }
    }

    /** An MP4 of one colour that grows lighter. */
    private static byte[] clip(int widthPx, int heightPx, int frames, double fps) throws IOException {
        return clip(OutputFormat.MP4_H264, widthPx, heightPx, frames, fps);
    }

    private static byte[] clip(OutputFormat format, int widthPx, int heightPx, int frames, double fps)
            throws IOException {
        Path file = data.resolve("drawn" + format.extension());
        long bytes = 3L * widthPx * heightPx;
        try (Arena arena = Arena.ofConfined();
                VideoEncoder encoder =
                        VideoEncoder.open(file, format, widthPx, heightPx, FrameRate.of(fps), Map.of())) {
            MemorySegment pixels = arena.allocate(bytes + Frame.PADDING_BYTES);
            for (int frame = 0; frame < frames; frame++) {
                for (long i = 0; i < bytes; i++) {
                    pixels.set(ValueLayout.JAVA_BYTE, i, (byte) (i % 3 == 0 ? 200 : 40 + frame % 8));
                }
                encoder.accept(Frame.packed(pixels, widthPx, heightPx, frame));
            }
            encoder.finish();
        }
        return Files.readAllBytes(file);
    }
}
