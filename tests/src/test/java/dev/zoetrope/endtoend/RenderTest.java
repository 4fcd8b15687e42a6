package dev.zoetrope.endtoend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.ClipRecord;
import dev.zoetrope.runtime.Diagnostics;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.encode.ClipReader;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole road with the shipped model: a prompt becomes a file that plays and shows what was asked. */
class RenderTest {
    /** A prompt with the words the judge is to look for. */
    private record Wish(String prompt, String colour, String ground, String time, String motion) {}

    private static final List<Wish> WISHES = List.of(
            new Wish("a red ball bounces over the sea at night", "red", "sea", "night", "bounce"),
            new Wish("a yellow star moves right over the sea at night", "yellow", "sea", "night", "right"),
            new Wish("a blue square moves left over a snowy field", "blue", "snow", "day", "left"),
            new Wish("a purple heart falls over the desert", "purple", "desert", "day", "down"),
            new Wish("a white moon rises in the night sky", "white", "sky", "night", "up"),
            new Wish("an orange triangle moves left over a meadow", "orange", "meadow", "day", "left"));

    @Test
    void theFileHasTheSizeLengthAndRateAskedForAndSaysWhatMadeIt(@TempDir Path folder) {
        Path file = folder.resolve("ball.mp4");
        RenderRequest request = RenderRequest.of(WISHES.getFirst().prompt())
                .withSize(80, 48)
                .withSeconds(1.5)
                .withSteps(4);
        try (Zoetrope zoetrope = Zoetrope.open();
                Clip clip = zoetrope.render(request)) {
            clip.save(file);
        }
        FrameCollector frames = new FrameCollector();
        try (ClipReader reader = ClipReader.open(file)) {
            assertEquals(80, reader.info().widthPx());
            assertEquals(48, reader.info().heightPx());
            assertEquals(8, reader.info().rate().framesPerSecond());
            assertEquals("h264", reader.info().codec());
            reader.readTo(frames);
        }
        assertEquals(12, frames.frames().size(), "frames of 1.5 s at 8 frames per second");
        ClipRecord record = ClipRecord.read(file).orElseThrow();
        assertEquals(request.prompt(), record.request().prompt());
        assertEquals(4, record.request().steps().orElseThrow());
    }

    /** Not this project's own reader: Debian's, where there is one; the continuous integration installs it. */
    @Test
    void ffprobeSeesTheSizeLengthAndRateAskedFor(@TempDir Path folder) throws Exception {
        assumeTrue(
                Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .anyMatch(place -> Files.isExecutable(Path.of(place, "ffprobe"))),
                "ffprobe on the PATH");
        Path file = folder.resolve("ball.mp4");
        RenderRequest request =
                RenderRequest.of("a red ball").withSize(80, 48).withSeconds(1.5).withSteps(1);
        try (Zoetrope zoetrope = Zoetrope.open();
                Clip clip = zoetrope.render(request)) {
            clip.save(file);
        }
        JsonNode stream = ffprobe(file);
        assertEquals("h264", stream.path("codec_name").asText());
        assertEquals("yuv420p", stream.path("pix_fmt").asText());
        assertEquals(80, stream.path("width").asInt());
        assertEquals(48, stream.path("height").asInt());
        assertEquals("8/1", stream.path("avg_frame_rate").asText());
        assertEquals(12, stream.path("nb_read_frames").asInt());
        assertEquals(1.5, stream.path("duration").asDouble(), 1e-6);
    }

    @Test
    void aClipRenderedAgainFromItsOwnMetadataHasTheSamePixels(@TempDir Path folder) {
        Path file = folder.resolve("clip.mp4");
        RenderRequest request = RenderRequest.of("a green ring falls over the desert")
                .withSize(37, 51) // not a multiple of anything; MP4 wants even sizes, so the file is cropped by one
                .withSize(38, 52)
                .withFrames(6)
                .withSteps(3)
                .withSeed(12345);
        try (Zoetrope zoetrope = Zoetrope.open();
                Clip clip = zoetrope.render(request)) {
            clip.save(file);
            FrameCollector first = new FrameCollector();
            clip.decodeTo(first);
            try (Clip again =
                    zoetrope.render(ClipRecord.read(file).orElseThrow().request())) {
                FrameCollector second = new FrameCollector();
                again.decodeTo(second);
                assertEquals(first.frames().size(), second.frames().size());
                for (int i = 0; i < first.frames().size(); i++) {
                    assertArrayEquals(first.frames().get(i), second.frames().get(i), "frame " + i);
                }
            }
        }
    }

    @Test
    void thePictureIsThePromptsAndRandomWeightsDoNotMakeIt() throws Exception {
        JsonNode world = new ObjectMapper()
                .readTree(Files.readString(
                        Diagnostics.modelFolder(Optional.empty()).resolve("transformer/config.json")))
                .path("world");
        Score shipped = new Score();
        Score random = new Score();
        try (Zoetrope trained = Zoetrope.open();
                Zoetrope untrained = Zoetrope.open(EngineOptions.defaults().withModelFolder(TinyModel.folder()))) {
            for (Wish wish : WISHES) {
                ClipJudge judge = new ClipJudge(world, wish.colour(), wish.ground(), wish.time(), wish.motion());
                shipped.add(judge.judge(render(trained, wish.prompt())));
                random.add(judge.judge(render(untrained, wish.prompt())));
            }
        }
        String found = "of " + WISHES.size() + ": " + shipped + "; with random weights: " + random;
        System.out.println("judge, " + found);
        // Chance: one background in eighteen, and no compact thing of the named colour in any frame of noise.
        assertTrue(shipped.backgrounds >= 5 && shipped.seen >= 4, found);
        assertFalse(random.backgrounds >= 3 || random.seen >= 1, found);
    }

    /** How many clips passed each question of the judge. Motion is reported; docs/flipbook.md says how far it goes. */
    private static final class Score {
        private int backgrounds;
        private int seen;
        private int motions;

        void add(ClipJudge.Verdict verdict) {
            backgrounds += verdict.background() ? 1 : 0;
            seen += verdict.seen() ? 1 : 0;
            motions += verdict.motion() ? 1 : 0;
        }

        @Override
        public String toString() {
            return "backgrounds " + backgrounds + ", things seen " + seen + ", motions " + motions;
        }
    }

    /** The video stream as ffprobe sees it, every frame decoded and counted. */
    private static JsonNode ffprobe(Path file) throws Exception {
        Process process = new ProcessBuilder(
                        "ffprobe",
                        "-v",
                        "error",
                        "-count_frames",
                        "-select_streams",
                        "v:0",
                        "-show_streams",
                        "-of",
                        "json",
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        byte[] json = process.getInputStream().readAllBytes();
        assertEquals(0, process.waitFor(), "exit code of ffprobe");
        return new ObjectMapper().readTree(json).path("streams").path(0);
    }

    private static List<double[][][]> render(Zoetrope zoetrope, String prompt) {
        // The model's own size, length and steps; the tiny folder's config names the same.
        try (Clip clip = zoetrope.render(RenderRequest.of(prompt).withSeed(1))) {
            FrameCollector frames = new FrameCollector();
            clip.decodeTo(frames);
            return frames.pixels();
        }
    }
}
