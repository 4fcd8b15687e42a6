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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches whose rows edit clips, those of other rows among them, with a real engine and random weights. */
class BatchOfEditsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Nine frames, which are three whole latents: one frame, then twice four. */
    private static final String BALL =
            "{'prompt': 'a red ball', 'frames': 9, 'seed': 1, 'keep-latents': true, 'output': 'ball.mp4'}";

    @TempDir
    Path folder;

    @Test
    void rowsTakeUpWhatEarlierRowsMadeAndABadRowStopsNoOther() throws IOException {
        Result result = batch(
                BALL,
                "{'command': 'extend', 'clip': 'ball.mp4', 'by': '500ms', 'output': 'longer-%05d.png'}",
                "{'command': 'extend', 'clip': 'bal.mp4', 'by': '1s', 'output': 'bad.mp4'}",
                "{'command': 'loop', 'clip': 'ball.mp4', 'by': '1s'}",
                "{'command': 'interpolate', 'clip': 'bad.mp4'}",
                "{'command': 'storyboard', 'output': 'trip.mp4', 'shots': ["
                        + "{'prompt': 'a red ball', 'seconds': 1, 'clip': 'ball.mp4'},"
                        + " {'prompt': 'a blue square', 'seconds': 1, 'transition': 'blend'}]}",
                "{'command': 'extend', 'clip': 'ball.mp4', 'by': 1, 'backwards': true}");

        assertEquals(3, result.status(), result.err());
        List<String> errors = result.err().lines().toList();
        assertTrue(
                errors.get(0).startsWith("zoetrope: row 3: clip: expected a clip, found no file named ")
                        && errors.get(0).endsWith("; did you mean ball.mp4?"),
                result.err());
        assertEquals(
                "zoetrope: row 5: clip: expected a clip from row 3, bad.mp4, found that this row failed",
                errors.get(1));
        assertTrue(
                errors.get(2).startsWith("zoetrope: row 7: extend, field: expected one of ")
                        && errors.get(2).contains("did you mean backward?"),
                result.err());
        assertEquals("zoetrope: 7 rows: 4 rendered, 0 done before, 3 failed", errors.getLast());
        assertEquals(4, errors.size(), result.err());

        Map<Integer, JsonNode> made = reports(result);
        assertEquals(9, made.get(1).path("frames").asInt());
        assertEquals(9 + 4, made.get(2).path("frames").asInt(), "half a second at 8 frames a second");
        assertEquals("a red ball", prompt(made.get(2)), "the clip's");
        assertTrue(made.get(4).path("output").asText().endsWith("0004-ball-looped.mp4"), result.out());
        assertEquals(9.0 + 8, made.get(4).path("frames").asInt(), 4, "whole latents");
        assertEquals(16, made.get(6).path("frames").asInt());
        assertEquals("blend", made.get(6).at("/request/edit/shots/0/transition").asText());
        for (int row : List.of(2, 4)) {
            assertEquals(
                    clips().resolve("ball.mp4").toString(),
                    made.get(row).at("/request/edit/clip").asText());
        }
        done(run(
                "render",
                "a red ball",
                "--frames",
                "9",
                "--seed",
                "1",
                "--size",
                "32x32",
                "-o",
                folder.resolve("ball-%05d.png").toString()));
        for (int frame = 0; frame < 9; frame++) {
            assertArrayEquals(
                    pixels(folder.resolve("ball-%05d.png".formatted(frame))),
                    pixels(clips().resolve("longer-%05d.png".formatted(frame))),
                    "its latents were at hand, so frame " + frame + " is the same bits");
        }
    }

    @Test
    void startedAgainItMakesOnlyWhatHasOtherInputs() throws IOException {
        Files.copy(picture("black.png", 0), folder.resolve("start.png"));
        String[] rows = {
            BALL,
            "{'command': 'extend', 'clip': 'ball.mp4', 'by': '500ms', 'seed': 2, 'output': 'longer.mp4'}",
            "{'command': 'animate', 'picture': 'start.png', 'prompt': 'a star', 'frames': 5, 'seed': 3, 'output': 'star.mp4'}",
        };
        assertEquals(0, batch(rows).status());
        Map<String, Object> first = times();

        Result again = batch(rows);
        assertEquals(
                List.of("zoetrope: 3 rows: 0 rendered, 3 done before, 0 failed"),
                again.err().lines().toList());
        assertEquals(first, times(), "nothing is touched");

        Files.delete(clips().resolve("ball.mp4"));
        ImageIO.write(image(255), "png", folder.resolve("start.png").toFile());
        Result changed = batch(rows);
        assertEquals(List.of(1, 3), reports(changed).keySet().stream().sorted().toList(), changed.err());

        rows[0] = BALL.replace("'seed': 1", "'seed': 5");
        Result dependent = batch(rows);
        assertEquals(
                List.of(1, 2), reports(dependent).keySet().stream().sorted().toList(), "row 2 is of another ball now");
    }

    @Test
    void everyOperationIsARow() throws IOException {
        picture("black.png", 0);
        picture("white.png", 255);
        Files.writeString(
                folder.resolve("trip.yaml"), "shots:\n  - {prompt: a red ball, seconds: 500ms, image: black.png}\n");
        Result result = batch(
                BALL,
                "{'prompt': 'a blue square', 'frames': 5, 'output': 'square.mp4'}",
                "{'command': 'render', 'prompt': 'a dot', 'frames': 1, 'output': 'dot.png'}",
                "{'command': 'animate', 'picture': 'dot.png', 'last': 'black.png', 'prompt': 'a dot grows', 'frames': 6}",
                "{'command': 'extend', 'clip': 'square.mp4', 'by': 1, 'backward': true, 'prompt': 'a square'}",
                "{'command': 'loop', 'prompt': 'a ring', 'frames': 8}",
                "{'command': 'connect', 'first': 'ball.mp4', 'second': 'square.mp4', 'seconds': 1}",
                "{'command': 'interpolate', 'clip': 'square.mp4', 'fps': 16}",
                "{'command': 'restyle', 'file': 'ball.mp4', 'prompt': 'a star', 'strength': 0.5, 'mask': 'white.png'}",
                "{'command': 'restyle', 'file': 'dot.png', 'prompt': 'a star'}",
                "{'command': 'storyboard', 'file': 'trip.yaml'}",
                "{'prompt': 'a ball', 'frames': 17, 'key-frames': 8}",
                "{'prompt': 'a ball', 'frames': 12, 'image': ['black.png', 'dot.png@end:0.5'], 'window': 3, 'context': 1,"
                        + " 'context-noise': 0.1, 'anchor': false, 'matching': 0.5}",
                "{'from': 'ball.mp4', 'steps': 2}");

        assertEquals(0, result.status(), result.err());
        Map<Integer, JsonNode> made = reports(result);
        assertEquals("0004-dot-animated.mp4", name(made.get(4)));
        assertEquals(-1 / 8.0, made.get(4).at("/request/edit/placed/1/at").asDouble(), "the last frame");
        assertEquals("a square", prompt(made.get(5)));
        assertTrue(made.get(6).at("/request/edit/loop").asBoolean());
        assertEquals("0007-ball-to-square.mp4", name(made.get(7)));
        assertEquals(16.0, made.get(8).path("fps").asDouble());
        assertEquals(9, made.get(9).path("frames").asInt());
        assertEquals("0010-dot-restyled.png", name(made.get(10)), "a picture stays one");
        assertEquals(4, made.get(11).path("frames").asInt());
        assertEquals(8, made.get(12).at("/request/edit/stride").asInt());
        JsonNode continuity = made.get(13).at("/request/continuity");
        assertEquals(
                JSON.readTree("{\"window\":3,\"context\":1,\"context_noise\":0.1,\"anchor\":false,\"matching\":0.5}"),
                continuity);
        assertEquals(2, made.get(14).at("/request/steps").asInt());
        assertEquals("a red ball", prompt(made.get(14)));
        try (ClipReader reader = ClipReader.open(clips().resolve("0007-ball-to-square.mp4"))) {
            assertEquals(made.get(7).path("frames").asInt(), reader.info().frames());
        }
    }

    @Test
    void aTableHasACommandInAColumn() throws IOException {
        Path rows = Files.writeString(folder.resolve("rows.csv"), """
                command,prompt,clip,by,frames,output
                ,a red ball,,,5,ball.mp4
                extend,,ball.mp4,500ms,,longer.mp4
                extend,,later.mp4,500ms,,none.mp4
                ,a star,,,5,later.mp4
                """);
        Result result = run("batch", rows.toString(), "-o", clips().toString(), "--size", "32x32", "--json");

        assertEquals(3, result.status(), result.err());
        assertEquals(9, reports(result).get(2).path("frames").asInt());
        assertTrue(
                result.err().contains("row 3: clip: expected a clip, found no file named ")
                        && result.err().contains("(row 4 does: move it up)"),
                result.err());
    }

    @Test
    void whatTheModelCannotDoIsSaidBeforeTheFirstRow() {
        Result result = batch(
                "{'prompt': 'a ball', 'frames': 5, 'output': 'ball.mp4'}",
                "{'prompt': 'a ball', 'frames': 5, 'key-frames': 7}",
                "{'command': 'interpolate', 'clip': 'ball.mp4', 'fps': 8}",
                "{'command': 'extend', 'clip': 'clips/ball.mp4', 'by': '1s', 'output': 'ball.mp4'}");

        assertEquals(3, result.status(), result.err());
        List<String> errors = result.err().lines().toList();
        assertTrue(
                errors.get(0).contains("row 4: output: expected a name of its own, found ball.mp4 in row 1 too"),
                result.err());
        assertTrue(errors.get(1).contains("row 2: frames between key frames: expected"), result.err());
        assertTrue(
                errors.get(2).contains("row 3: fps: expected more than the 8.0 frames a second")
                        && errors.get(2).contains("nearest that works: 16"),
                result.err());
        assertEquals(1, reports(result).size());
    }

    @Test
    void aPlanIsPrintedOfEachRowThatCanHaveOne() {
        String[] rows = {
            BALL.replace("'frames': 9", "'seconds': 20"),
            "{'command': 'extend', 'clip': 'ball.mp4', 'by': '2s'}",
            "{'prompt': 'a ball', 'key-frames': 7}",
        };
        Result plan = batch(List.of("--plan"), rows);

        assertEquals(3, plan.status(), plan.err());
        assertEquals(160, reports(plan).get(1).path("frames").asInt(), plan.out());
        assertTrue(reports(plan).get(1).at("/estimated_seconds/total").asDouble() > 0, plan.out());
        assertTrue(plan.err().contains("zoetrope: row 2: note: no plan yet"), plan.err());
        assertTrue(plan.err().contains("3 rows: 1 planned, about "), plan.err());
        assertTrue(plan.err().contains(" in all, 1 waiting, 0 done before, 1 failed"), plan.err());
        assertFalse(Files.exists(clips()), "nothing is written");
    }

    @Test
    void aRowDoesNotReplaceTheClipItIsMadeOf() {
        done(batch("{'prompt': 'a ball', 'frames': 5, 'output': 'ball.mp4'}"));

        Result result = batch("{'command': 'extend', 'clip': 'clips/ball.mp4', 'by': '1s', 'output': 'ball.mp4'}");

        assertEquals(3, result.status(), result.err());
        assertTrue(
                result.err().contains("row 1: output: expected another file than the one that is edited"),
                result.err());
        assertTrue(Files.exists(clips().resolve("ball.mp4")));
    }

    private Result batch(String... rows) {
        return batch(List.of(), rows);
    }

    private Result batch(List<String> options, String... rows) {
        try {
            Path file = Files.writeString(
                    folder.resolve("rows.jsonl"), String.join("\n", rows).replace('\'', '"') + "\n");
            List<String> command = new ArrayList<>(
                    List.of("batch", file.toString(), "-o", clips().toString(), "--size", "32x32", "--json"));
            command.addAll(options);
            return run(command.toArray(String[]::new));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Result run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--model", TinyModel.folder().toString(), "--steps", "1"));
        return CommandLineProcess.runHere(all.toArray(String[]::new));
    }

    private static void done(Result result) {
        assertEquals(0, result.status(), result.err());
    }

    /** What was printed of each row that was rendered, by its number. */
    private static Map<Integer, JsonNode> reports(Result result) {
        Map<Integer, JsonNode> reports = new HashMap<>();
        for (String line : result.out().lines().toList()) {
            try {
                JsonNode report = JSON.readTree(line);
                reports.put(report.path("row").asInt(), report);
            } catch (IOException e) {
                throw new AssertionError(line, e);
            }
        }
        return reports;
    }

    private static String prompt(JsonNode report) {
        return report.at("/request/prompt").asText();
    }

    private static String name(JsonNode report) {
        return Path.of(report.path("output").asText()).getFileName().toString();
    }

    private Path clips() {
        return folder.resolve("clips");
    }

    /** When each clip was written. */
    private Map<String, Object> times() throws IOException {
        Map<String, Object> times = new HashMap<>();
        try (Stream<Path> files = Files.list(clips())) {
            for (Path file :
                    files.filter(name -> !name.toString().endsWith(".jsonl")).toList()) {
                times.put(file.getFileName().toString(), Files.getLastModifiedTime(file));
            }
        }
        assertFalse(times.isEmpty());
        return times;
    }

    private static byte[] pixels(Path picture) {
        FrameCollector collector = new FrameCollector();
        try (ClipReader reader = ClipReader.open(picture)) {
            reader.readTo(collector);
        }
        return collector.frames().getFirst();
    }

    private Path picture(String name, int grey) throws IOException {
        Path file = folder.resolve(name);
        ImageIO.write(image(grey), "png", file.toFile());
        return file;
    }

    private static BufferedImage image(int grey) {
        BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 32; y++) {
            for (int x = 0; x < 32; x++) {
                image.setRGB(x, y, grey * 0x010101);
            }
        }
        return image;
    }
}
