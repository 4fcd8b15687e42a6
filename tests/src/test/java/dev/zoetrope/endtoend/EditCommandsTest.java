package dev.zoetrope.endtoend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.zoetrope.endtoend.CommandLineProcess.Result;
import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.encode.ClipReader;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The commands that edit clips, with a real engine and random weights. What is kept has to be kept bit for bit, so the
 * clips that are looked at are numbered pictures, which lose nothing.
 */
class EditCommandsTest {
    private static final String MODEL = TinyModel.folder().toString();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int FRAMES = 9;

    /** Two clips of nine frames with their latents, {@code a} and {@code b}, their frames, and a picture. */
    @TempDir
    static Path inputs;

    private static List<byte[]> framesOfA = List.of();
    private static List<byte[]> framesOfB = List.of();

    @TempDir
    Path folder;

    @BeforeAll
    static void renderTheInputs() throws IOException {
        framesOfA = input("a", "a red ball", 1);
        framesOfB = input("b", "a blue square", 2);
        ImageIO.write(
                new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB),
                "png",
                inputs.resolve("black.png").toFile());
    }

    private static List<byte[]> input(String name, String prompt, int seed) {
        String clip = inputs.resolve(name + ".mp4").toString();
        String pictures = inputs.resolve(name + "-%05d.png").toString();
        String[] what = {"render", prompt, "--size", "32x32", "--frames", "" + FRAMES, "--seed", "" + seed};
        done(run(join(what, "--keep-latents", "-o", clip)));
        done(run(join(what, "-o", pictures)));
        return frames(pictures, FRAMES);
    }

    @Test
    void anExtendedClipBeginsWithItsOwnFrames() {
        String pictures = pictures("longer");
        JsonNode report = done(run("extend", a(), "--by", "500ms", "--json", "-o", pictures));

        assertEquals(FRAMES + 4, report.path("frames").asInt(), "half a second at 8 frames a second");
        assertEquals("a red ball", report.path("request").path("prompt").asText(), "from the clip's metadata");
        assertSame(framesOfA, frames(pictures, FRAMES + 4).subList(0, FRAMES));
    }

    @Test
    void aClipExtendedBackwardEndsWithItsOwnFrames() {
        String pictures = pictures("earlier");
        JsonNode report =
                done(run("extend", a(), "a red ball falls", "--by", "1s", "--backward", "--json", "-o", pictures));

        assertEquals(FRAMES + 8, report.path("frames").asInt());
        assertEquals("a red ball falls", report.path("request").path("prompt").asText());
        assertSame(framesOfA, frames(pictures, FRAMES + 8).subList(8, FRAMES + 8));
    }

    @Test
    void aClipThatWasReplacedBesideItsLatentsIsEncodedWithAWarning() throws IOException {
        Path file = Files.copy(Path.of(a()), folder.resolve("mine.mp4"));
        Files.copy(inputs.resolve("a.mp4.latents.safetensors"), folder.resolve("mine.mp4.latents.safetensors"));
        Result own = run("extend", file.toString(), "--by", "500ms", "--json", "-o", clip("own"));
        assertEquals(0, done(own).path("warnings").size(), own.out());

        Files.copy(Path.of(b()), file, StandardCopyOption.REPLACE_EXISTING);
        Result other = run("extend", file.toString(), "--by", "500ms", "--json", "-o", clip("other"));

        assertEquals(1, done(other).path("warnings").size(), other.out());
        List<String> said =
                other.err().lines().filter(line -> line.contains("latents")).toList();
        assertEquals(1, said.size(), other.err());
        assertTrue(
                said.getFirst().startsWith("zoetrope: warning: latents " + file + ".latents.safetensors: expected"),
                other.err());
        assertTrue(said.getFirst().endsWith("its pixels are encoded instead"), other.err());
    }

    @Test
    void connectedClipsKeepTheirFrames() {
        String pictures = pictures("both");
        JsonNode report = done(run("connect", a(), b(), "--seconds", "1", "--json", "-o", pictures));

        int frames = report.path("frames").asInt();
        // What is between ends where the second begins, so its length is a whole number of latents of 4 frames, less
        // one.
        assertEquals(2.0 * FRAMES + 8, frames, 4, "about a second between them");
        List<byte[]> made = frames(pictures, frames);
        assertSame(framesOfA, made.subList(0, FRAMES));
        assertSame(framesOfB, made.subList(frames - FRAMES, frames));
    }

    @Test
    void aLoopedClipBeginsWithItsOwnFrames() {
        String pictures = pictures("round");
        JsonNode report = done(run("loop", a(), "--by", "1s", "--json", "-o", pictures));

        int frames = report.path("frames").asInt();
        assertEquals(FRAMES + 8.0, frames, 4);
        assertSame(framesOfA, frames(pictures, frames).subList(0, FRAMES));
    }

    @Test
    void aPromptCanLoopToo() {
        JsonNode report = done(run(
                "loop",
                "a red ball circles",
                "--size",
                "16x16",
                "--frames",
                "8",
                "--seed",
                "3",
                "--json",
                "-o",
                clip("l")));

        assertEquals(8, report.path("frames").asInt());
        assertTrue(report.path("request").path("edit").path("loop").asBoolean(), report.toString());
    }

    @Test
    void anInterpolatedClipHasTheRateAskedForAndTheSameLength() {
        JsonNode report = done(run("interpolate", a(), "--fps", "16", "--json", "-o", clip("smooth")));

        assertEquals(2 * FRAMES - 1, report.path("frames").asInt(), "one between every two");
        try (ClipReader reader = ClipReader.open(Path.of(clip("smooth")))) {
            assertEquals(16.0, reader.info().rate().framesPerSecond());
            assertEquals(2 * FRAMES - 1, reader.info().frames());
        }
    }

    @Test
    void aPictureIsAnimated() {
        JsonNode report = done(run(
                "animate",
                black(),
                "a red ball rises",
                "--last",
                inputs.resolve("a-00000.png").toString(),
                "--frames",
                "6",
                "--json",
                "-o",
                clip("rise")));

        assertEquals(6, report.path("frames").asInt());
        assertEquals("32x32", report.path("size").asText(), "the picture's");
        JsonNode placed = report.path("request").path("edit").path("placed");
        double fps = report.path("fps").asDouble();
        assertEquals(0, placed.path(0).path("at").asDouble());
        assertEquals(-1 / fps, placed.path(1).path("at").asDouble(), "the last frame");
    }

    @Test
    void clipsAndPicturesAreMadeOver() {
        JsonNode clip = done(run("restyle", a(), "a green ball", "--strength", "0.5", "--json", "-o", clip("green")));
        assertEquals(FRAMES, clip.path("frames").asInt());

        Path picture = folder.resolve("green.png");
        JsonNode still = done(run("restyle", black(), "a green ball", "--json", "-o", picture.toString()));
        assertEquals(1, still.path("frames").asInt());
        assertTrue(Files.exists(picture));
    }

    @Test
    void aRegionCanBeKept() throws IOException {
        BufferedImage mask = new BufferedImage(32, 32, BufferedImage.TYPE_BYTE_GRAY);
        for (int y = 0; y < 32; y++) {
            for (int x = 0; x < 32; x++) {
                mask.setRGB(x, y, 0xFFFFFF);
            }
        }
        Path file = folder.resolve("mask.png");
        ImageIO.write(mask, "png", file.toFile());
        done(run(
                "restyle",
                inputs.resolve("a-00000.png").toString(),
                "a green ball",
                "--mask",
                file.toString(),
                "-o",
                folder.resolve("kept.png").toString()));

        FrameCollector kept = new FrameCollector();
        read(folder.resolve("kept.png"), kept);
        assertArrayEquals(framesOfA.getFirst(), kept.frames().getFirst(), "white everywhere: all of it is kept");
    }

    @Test
    void aStoryboardIsOneClipOfItsShots() throws IOException {
        Path board = Files.writeString(folder.resolve("trip.yaml"), """
                size: 16x16
                fps: 8
                seed: 4
                shots:
                  - prompt: a red ball
                    seconds: 500ms
                    camera: the camera pans left
                  - prompt: a blue square
                    seconds: 1
                    transition: cut
                  - prompt: a green star
                    seconds: 1
                    transition: blend
                """);
        JsonNode report = done(run("storyboard", board.toString(), "--json", "-o", clip("trip")));

        assertEquals(20, report.path("frames").asInt());
        JsonNode shots = report.path("request").path("edit").path("shots");
        assertEquals(
                "a red ball, the camera pans left",
                report.path("request").path("prompt").asText());
        assertEquals("cut", shots.path(0).path("transition").asText());
        assertEquals(1.5, shots.path(1).path("at").asDouble());
    }

    @Test
    void renderTakesPicturesLoopsKeyFramesAndWindows() {
        JsonNode placed = done(run(
                "render",
                "a red ball",
                "--image",
                black(),
                "--image",
                black() + "@end:0.5",
                "--frames",
                "12",
                "--window",
                "3",
                "--no-anchor",
                "--json",
                "-o",
                clip("placed")));
        JsonNode request = placed.path("request");
        assertEquals(2, request.path("edit").path("placed").size());
        assertEquals(
                0.5,
                request.path("edit").path("placed").path(1).path("strength").asDouble());
        assertEquals(3, request.path("continuity").path("window").asInt());
        assertFalse(request.path("continuity").path("anchor").asBoolean(true));

        JsonNode keys = done(run(
                "render",
                "a red ball",
                "--size",
                "16x16",
                "--frames",
                "17",
                "--key-frames",
                "8",
                "--json",
                "-o",
                clip("keys")));
        assertEquals(17, keys.path("frames").asInt());
        assertEquals(8, keys.path("request").path("edit").path("stride").asInt());
    }

    @Test
    void aPlanIsPrintedAndNothingIsRendered() throws IOException {
        Result table = run("extend", a(), "--by", "60s", "--plan", "-o", clip("long"));
        assertEquals(0, table.status(), table.err());
        assertTrue(table.out().contains("windows "), table.out());
        assertTrue(table.out().contains("an estimate"), table.out());

        JsonNode plan = done(run("render", "a red ball", "--size", "16x16", "--frames", "200", "--plan", "--json"));
        assertEquals(200, plan.path("frames").asInt());
        assertTrue(plan.path("windows").asInt() > 1, plan.toString());
        assertTrue(
                plan.path("tokens").asLong()
                        >= plan.path("largest_window_tokens").asLong(),
                plan.toString());
        assertEquals(
                plan.path("tokens").asLong()
                        * plan.path("segments").asLong()
                        * plan.path("steps").asLong(),
                plan.path("work").asLong());
        assertTrue(plan.path("estimated_seconds").path("total").asDouble() > 0, plan.toString());
        assertEquals(List.of(), filesIn(folder));
    }

    @Test
    void anEditIsMadeAgainFromItsClipAsLongAsItsInputsAreThere() throws IOException {
        Path work = Files.createDirectory(folder.resolve("work"));
        Files.copy(inputs.resolve("a.mp4"), work.resolve("a.mp4"));
        Path longer = work.resolve("longer.mp4");
        done(run("extend", work.resolve("a.mp4").toString(), "--by", "500ms", "-o", longer.toString()));
        Path moved = Files.move(work, folder.resolve("moved"));

        Path again = folder.resolve("again.mp4");
        done(run("render", "--from", moved.resolve("longer.mp4").toString(), "-o", again.toString()));
        // One thread and one slice of the encoder, and the input is found beside the clip; but its name is in the
        // metadata.
        assertSame(frames(moved.resolve("longer.mp4")), frames(again));

        Files.delete(moved.resolve("a.mp4"));
        Result missing = run(
                "render",
                "--from",
                moved.resolve("longer.mp4").toString(),
                "-o",
                folder.resolve("no.mp4").toString());
        assertEquals(2, missing.status(), missing.err());
        assertTrue(missing.err().contains("a.mp4, which"), missing.err());
        assertFalse(Files.exists(folder.resolve("no.mp4")));
    }

    @Test
    void withoutANameTheClipIsNamedAfterWhatIsEdited() throws Exception {
        Files.copy(inputs.resolve("a.mp4"), folder.resolve("ball.mp4"));
        List<String> command = CommandLineProcess.java(
                List.of(), "extend", "ball.mp4", "--by", "500ms", "--model", MODEL, "--steps", "1");

        Result first = CommandLineProcess.run(folder, Map.of(), command);
        Result second = CommandLineProcess.run(folder, Map.of(), command);

        assertEquals("ball-extended.mp4", first.out().strip(), first.err());
        assertEquals("ball-extended-2.mp4", second.out().strip(), second.err());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "extend BLACK --by 1s|CLIP: expected a clip, found a picture|zoetrope animate",
                "extend none.mp4 --by 1s|CLIP: expected a clip, found no file named none.mp4|CLIP",
                "extend A --by soon|--by: expected a length such as 8s|found 'soon'",
                "extend A --by 0|length to add: expected more than 0|found 0.0",
                "extend A --by 1s --seconds 3|option: expected one that exists|--seconds",
                "extend A --by 1s -f -o A|output: expected another file than the one that is edited|a.mp4",
                "animate A|PICTURE: expected a picture, found a clip of 9 frames|extend",
                "animate BLACK|prompt: expected text behind|found neither",
                "animate BLACK x --last A|--last: expected a picture, found a clip|a.mp4",
                "connect A none.mp4|SECOND: expected a clip, found no file|none.mp4",
                "connect A|SECOND: expected an argument, found none|connect --help",
                "connect A A --way fade|--way: expected auto, made or dissolve, found 'fade'|auto",
                "interpolate A --fps 8|fps: expected more than the 8.0 frames|nearest that works: 16",
                "restyle A|PROMPT: expected an argument, found none|restyle --help",
                "restyle A x --strength 0|strength: expected more than 0|found 0.0",
                "restyle A x --mask A|--mask: expected a picture, found a clip|a.mp4",
                "loop none.mp4|CLIP: expected a clip, found no file|none.mp4",
                "loop A --seconds 3|--seconds, --frames: expected neither for a clip|--by",
                "loop ball --by 3s|--by: expected a clip as the first argument, found 'ball'|--seconds",
                "render x --image A|--image: expected a picture, found a clip|a.mp4",
                "render x --image none.png|--image: expected a picture, found no file|none.png",
                "render x --frames 8 --image BLACK@99|picture: expected on frame 0 to|nearest that works",
                "render x --key-frames 8 --loop|--key-frames: expected neither|found --loop",
                "render x --key-frames 7|frames between key frames: expected|found 7",
                "render x --window 1|window: expected 2 to|found 1",
                "storyboard none.yaml|storyboard: expected a YAML file, found none named none.yaml|none",
            })
    void whatCannotBeDoneIsOneLineAndLeavesNothing(String arguments, String message, String also) throws IOException {
        String[] words = Stream.of(arguments.split(" "))
                .map(word -> word.equals("A") ? a() : word.replace("BLACK", black()))
                .toArray(String[]::new);
        boolean named = List.of(words).contains("-o");
        Result result = run(named ? words : join(words, "-o", clip("none")));

        assertEquals(2, result.status(), result.err());
        assertEquals("", result.out());
        // A seed that was drawn is said before the engine is open, and some of these need it to be.
        List<String> lines = result.err()
                .lines()
                .filter(line -> !line.startsWith("zoetrope: seed "))
                .toList();
        assertEquals(1, lines.size(), result.err());
        assertTrue(lines.getFirst().contains(message), result.err());
        assertTrue(lines.getFirst().contains(also), result.err());
        assertEquals(List.of(), filesIn(folder));
    }

    private static Result run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--model", MODEL));
        if (!all.contains("--seed") && !arguments[0].equals("storyboard")) {
            all.addAll(List.of("--seed", "5"));
        }
        if (!all.contains("--from")) {
            all.addAll(List.of("--steps", "1"));
        }
        return CommandLineProcess.runHere(all.toArray(String[]::new));
    }

    /** What a command that has to succeed printed with {@code --json}; nothing without. */
    private static JsonNode done(Result result) {
        assertEquals(0, result.status(), result.err());
        try {
            return result.out().startsWith("{") ? JSON.readTree(result.out()) : JSON.createObjectNode();
        } catch (IOException e) {
            throw new AssertionError(result.out(), e);
        }
    }

    private static String[] join(String[] first, String... second) {
        return Stream.concat(Stream.of(first), Stream.of(second)).toArray(String[]::new);
    }

    private static String a() {
        return inputs.resolve("a.mp4").toString();
    }

    private static String b() {
        return inputs.resolve("b.mp4").toString();
    }

    private static String black() {
        return inputs.resolve("black.png").toString();
    }

    private String clip(String name) {
        return folder.resolve(name + ".mp4").toString();
    }

    private String pictures(String name) {
        return folder.resolve(name + "-%05d.png").toString();
    }

    /** The pixels of numbered pictures; there are no more of them than said. */
    private static List<byte[]> frames(String pattern, int count) {
        FrameCollector collector = new FrameCollector();
        for (int frame = 0; frame < count; frame++) {
            read(Path.of(pattern.replace("%05d", "%05d".formatted(frame))), collector);
        }
        assertFalse(Files.exists(Path.of(pattern.replace("%05d", "%05d".formatted(count)))), "one picture a frame");
        return collector.frames();
    }

    private static List<byte[]> frames(Path clip) {
        FrameCollector collector = new FrameCollector();
        read(clip, collector);
        return collector.frames();
    }

    private static void read(Path file, FrameCollector collector) {
        try (ClipReader reader = ClipReader.open(file)) {
            reader.readTo(collector);
        }
    }

    private static void assertSame(List<byte[]> expected, List<byte[]> found) {
        assertEquals(expected.size(), found.size());
        for (int frame = 0; frame < expected.size(); frame++) {
            assertArrayEquals(expected.get(frame), found.get(frame), "frame " + frame);
        }
    }

    private static List<String> filesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
