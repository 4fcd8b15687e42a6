package dev.zoetrope.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.zoetrope.cli.metrics.DrawnClip;
import dev.zoetrope.runtime.encode.OutputFormat;
import dev.zoetrope.runtime.encode.VideoEncoder;
import dev.zoetrope.runtime.frame.FrameRate;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code metrics} and {@code sheet} on files, through FFmpeg and back. */
class MetricsCommandTest {
    private static final int WIDTH = 96;
    private static final int HEIGHT = 64;
    private static final int FRAMES = 24;

    @TempDir
    private static Path folder;

    private static Path panning;
    private static Path jumping;
    private static Path still;
    private static Path picture;
    private static Path mask;

    private record Run(int status, String out, String err) {}

    @BeforeAll
    static void drawTheClips() {
        DrawnClip.World world = new DrawnClip.World(21);
        panning = write("panning.mp4", FRAMES, (frame, x, y) -> world.at(x + frame, y));
        jumping = write("jumping.mp4", FRAMES, (frame, x, y) -> world.at(x + frame + (frame < 12 ? 0 : 400), y));
        still = write("still.mp4", FRAMES, (_, x, y) -> world.at(x, y));
        picture = write("picture.png", 1, (_, x, y) -> world.at(x + 5, y));
        mask = write("mask.png", 1, (_, x, _) -> x < WIDTH / 2 ? 0xFFFFFF : 0);
    }

    @Test
    void aPanningClipIsMeasured() throws Exception {
        JsonNode clip = measure(panning.toString(), "--joins", "8,16");

        assertEquals(FRAMES, clip.path("frames").asInt());
        assertEquals(8, clip.path("fps").asDouble());
        assertFalse(clip.at("/motion/still").asBoolean());
        assertEquals("pan right", clip.at("/camera/words/0").asText());
        // A tenth of a pixel a frame, after H.264.
        assertEquals(8, clip.at("/camera/pan").asDouble(), 0.8);
        // Steps are alike but for what the encoder does at its key frames.
        assertEquals(1, clip.at("/seams/median_ratio").asDouble(), 0.2);
        assertEquals(3, clip.at("/colour_drift/seconds").size());
    }

    @Test
    void aCutIsASeamAndAJump() throws Exception {
        JsonNode clip = measure(jumping.toString(), "--joins", "12");

        assertTrue(clip.at("/seams/joins/0/ratio").asDouble() > 3, clip.toString());
        assertEquals(12, clip.at("/jumps/largest_at").asInt());
        assertEquals(12, clip.at("/jumps/frames/0").asInt());
    }

    @Test
    void aStillClipIsFlaggedWhateverTheEncoderAdds() throws Exception {
        JsonNode clip = measure(still.toString());

        assertTrue(clip.at("/motion/still").asBoolean());
        assertEquals("static", clip.at("/camera/words/0").asText());
        assertTrue(clip.at("/flicker/score").asDouble() > 0.99, clip.toString());
    }

    @Test
    void likenessIsReadFromPicturesAndClips() throws Exception {
        JsonNode clip = measure(
                panning.toString(), "--picture", "5=" + picture, "--against", panning.toString(), "--mask", "" + mask);

        // Grey pictures keep 40 dB and more in H.264 at its usual quality; another frame of the clip has 25.
        assertTrue(clip.at("/pictures/0/psnr").asDouble() > 35, clip.toString());
        assertTrue(clip.at("/against/identical").asBoolean());
        assertTrue(clip.at("/against/psnr").isNull());
        assertEquals(FRAMES, clip.at("/against/frames").asInt());
        assertTrue(clip.at("/region/kept/identical").asBoolean());
        assertEquals(1, clip.at("/region/seam_ratio").asDouble(), 0.4);

        JsonNode shifted = measure(panning.toString(), "--against", panning.toString(), "--offset", "4");
        assertEquals(FRAMES - 4, shifted.at("/against/frames").asInt());
        assertTrue(shifted.at("/against/psnr").asDouble() < 30, shifted.toString());
    }

    @Test
    void picturesAreReadAsRenderingReadsThem() throws Exception {
        JsonNode same = measure(picture.toString(), "--picture", "0=" + picture);
        assertTrue(same.at("/pictures/0/identical").asBoolean(), same.toString());

        // Twice as large, and wider than the clip by a third on either side: the middle counts.
        DrawnClip.World world = new DrawnClip.World(21);
        Path large = folder.resolve("large.png");
        write(large, WIDTH * 2 + 128, HEIGHT * 2, 1, (_, x, y) -> world.at((x - 64) / 2.0 + 5, y / 2.0));
        JsonNode scaled = measure(picture.toString(), "--picture", "0=" + large);
        // Half a pixel of another sampling position, on soft spots 12 px wide.
        assertTrue(scaled.at("/pictures/0/psnr").asDouble() > 28, scaled.toString());
    }

    @Test
    void theTableHasAColumnAClip() {
        Run run = run("metrics", panning.toString(), still.toString(), "--joins", "8");

        assertEquals(ExitStatus.OK, run.status(), run.err());
        String names = run.out().lines().findFirst().orElseThrow();
        int second = names.indexOf("still.mp4");
        assertTrue(names.startsWith("clip") && names.indexOf("panning.mp4") < second, run.out());
        String camera = run.out()
                .lines()
                .filter(line -> line.startsWith("camera "))
                .findFirst()
                .orElseThrow();
        assertTrue(camera.substring(second).equals("static"), run.out());
        assertTrue(run.out().contains("seam ratio at 8"), run.out());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "metrics|CLIP: expected an argument, found none",
                "metrics none.mp4|metrics: expected a clip, found nothing at none.mp4",
                "metrics CLIP --joins 0|--joins: expected the first frame after each join, 1 to 23",
                "metrics CLIP --joins 24|found 24",
                "metrics CLIP --joins a|--joins: expected",
                "metrics CLIP --picture 24=PICTURE|--picture: expected the number of a frame, 0 to 23",
                "metrics CLIP --picture 2=none.png|--picture: expected a picture, found nothing at none.png",
                "metrics CLIP --picture PICTURE|--picture",
                "metrics CLIP --offset 3|--offset: expected --against beside it",
                "metrics CLIP --feather 3|--feather: expected --mask beside it",
                "metrics CLIP --mask PICTURE --feather -1|feather: expected 0 to 96 px, found -1",
                "metrics CLIP --against CLIP --offset 24|offset: expected at least one frame in common",
                "sheet CLIP|--output: expected to be given",
                "sheet CLIP -o sheet.jpg|--output: expected a name that ends in .png",
                "sheet CLIP -o sheet.png --frames 0|--frames: expected 1 to 1000, found 0",
                "sheet CLIP -o sheet.png --height 5000|--height: expected 1 to 4096, found 5000",
                "sheet none.mp4 -o sheet.png|sheet: expected a clip, found nothing at none.mp4",
            })
    void wrongArgumentsAreOneLineAndStatusTwo(String arguments, String message) {
        Run run = run(arguments
                .replace("CLIP", panning.toString())
                .replace("PICTURE", picture.toString())
                .split(" "));

        assertEquals(ExitStatus.USAGE, run.status(), run.err());
        assertEquals("", run.out());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().startsWith("zoetrope: ") && run.err().contains(message), run.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"metrics", "sheet"})
    void bothExplainThemselves(String command) {
        Run run = run(command, "--help");

        assertEquals(ExitStatus.OK, run.status());
        assertTrue(run.out().contains("zoetrope " + command), run.out());
    }

    @Test
    void aSheetIsAPictureOfTheClips() throws Exception {
        Path sheet = folder.resolve("sheet.png");
        Run first =
                run("sheet", panning.toString(), picture.toString(), "--frames", "4", "-o", sheet.toString(), "--json");

        assertEquals(ExitStatus.OK, first.status(), first.err());
        JsonNode report = RenderReport.JSON.readTree(first.out());
        assertEquals(4 * WIDTH + 5 * 4, report.path("width").asInt());
        assertEquals(2 * HEIGHT + 3 * 4, report.path("height").asInt());
        assertEquals("[0,8,15,23]", report.at("/rows/0/frames").toString());
        assertEquals("[0]", report.at("/rows/1/frames").toString());
        JsonNode read = RenderReport.JSON.readTree(
                run("inspect", sheet.toString(), "--json").out());
        assertEquals(
                (4 * WIDTH + 5 * 4) + "x" + (2 * HEIGHT + 3 * 4),
                read.path("size").asText());

        Run again = run("sheet", panning.toString(), "-o", sheet.toString());
        assertEquals(ExitStatus.FAILURE, again.status());
        assertTrue(again.err().contains("-f replaces it"), again.err());
        assertEquals(
                ExitStatus.OK,
                run("sheet", panning.toString(), "-f", "-o", sheet.toString()).status());
        assertTrue(Files.size(sheet) > 0);
    }

    private static JsonNode measure(String... arguments) throws Exception {
        String[] all = new String[arguments.length + 2];
        all[0] = "metrics";
        all[1] = "--json";
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        Run run = run(all);
        assertEquals(ExitStatus.OK, run.status(), run.err());
        assertEquals(1, run.out().lines().count(), "one object in one line");
        return RenderReport.JSON.readTree(run.out()).at("/clips/0");
    }

    private static Path write(String name, int frames, DrawnClip.Pixels pixels) {
        Path file = folder.resolve(name);
        write(file, WIDTH, HEIGHT, frames, pixels);
        return file;
    }

    private static void write(Path file, int widthPx, int heightPx, int frames, DrawnClip.Pixels pixels) {
        try (VideoEncoder encoder =
                VideoEncoder.open(file, OutputFormat.forPath(file), widthPx, heightPx, FrameRate.of(8), Map.of())) {
            DrawnClip.draw(encoder, widthPx, heightPx, frames, pixels);
            encoder.finish();
        }
    }

    private static Run run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = ZoetropeCommand.run(
                InputStream.nullInputStream(), new PrintWriter(out), new PrintWriter(err), arguments);
        return new Run(status, out.toString(), err.toString());
    }
}
