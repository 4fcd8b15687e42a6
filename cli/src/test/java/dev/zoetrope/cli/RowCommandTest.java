package dev.zoetrope.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.zoetrope.cli.batch.BatchRow;
import dev.zoetrope.cli.batch.RowClips;
import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.encode.MeasuredFiles;
import dev.zoetrope.runtime.error.RequestException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/**
 * Rows as commands. The clips they name are promised by rows 1 and 2, {@code ball.mp4} and {@code star.mp4}, so that
 * nothing has to be rendered; {@code ball.png} is a picture beside the batch.
 */
class RowCommandTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir
    private Path folder;

    private RequestOptions usual = new RequestOptions();

    @BeforeEach
    void draw() throws IOException {
        BufferedImage picture = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
        ImageIO.write(picture, "png", folder.resolve("ball.png").toFile());
    }

    @Test
    void fieldsAreOptionsAndWinOverTheBatch() {
        new CommandLine(usual).parseArgs("--steps", "50", "--size", "32x32", "--seed", "1");

        RenderRequest request = request("{'prompt': 'a ball', 'steps': 4, 'seed': 9}");

        assertEquals("a ball", request.prompt());
        assertEquals(OptionalInt.of(4), request.steps());
        assertEquals("32x32", request.size().orElseThrow().toString());
        assertEquals(9, request.seed());
        assertEquals(1, request("{'prompt': 'a ball'}").seed(), "the batch's");
    }

    @ParameterizedTest
    @CsvSource({"--steps", "@/etc/hostname", "-", "a=b", "\"quoted\"", "${env:HOME}"})
    void aPromptIsTakenAsItIs(String prompt) {
        assertEquals(
                prompt,
                draft(rowOf(JSON.createObjectNode().put("prompt", prompt)))
                        .request()
                        .prompt());
        assertEquals(
                prompt,
                draft(rowOf(JSON.createObjectNode()
                                .put("command", "extend")
                                .put("clip", "ball.mp4")
                                .put("by", 1)
                                .put("prompt", prompt)))
                        .request()
                        .prompt());
    }

    @Test
    void flagsAreTrueOrFalse() {
        assertTrue(command("{'prompt': 'x', 'keep-latents': 'TRUE'}")
                .job()
                .output()
                .keepLatents());
        assertFalse(
                command("{'prompt': 'x', 'keep-latents': false}").job().output().keepLatents());
        String anchored =
                command("{'prompt': 'x', 'anchor': false}").job().continuity().describe();
        assertEquals("anchor=5:false ", anchored);
    }

    @Test
    void everyEditHasItsCommand() {
        assertEquals(
                new Edit.Extend(clip("ball"), 8, true),
                edit("{'command': 'extend', 'clip': 'ball.mp4', 'by': '8s', 'backward': true}"));
        assertEquals(new Edit.Loop(clip("ball"), 2), edit("{'command': 'loop', 'clip': 'ball.mp4'}"));
        assertEquals(new Edit.Compose(List.of(), List.of(), true), edit("{'command': 'loop', 'prompt': 'a ball'}"));
        assertEquals(
                new Edit.Connect(clip("ball"), clip("star"), 3),
                edit("{'command': 'connect', 'first': 'ball.mp4', 'second': 'star.mp4', 'seconds': 3}"));
        assertEquals(
                new Edit.Connect(clip("ball"), clip("star"), 2, Edit.Way.DISSOLVE),
                edit("{'command': 'connect', 'first': 'ball.mp4', 'second': 'star.mp4', 'way': 'dissolve'}"));
        assertEquals(
                new Edit.Interpolate(clip("ball")), edit("{'command': 'interpolate', 'clip': 'ball.mp4', 'fps': 24}"));
        assertEquals(
                new Edit.Restyle(clip("ball"), 0.5, Optional.of(picture())),
                edit(
                        "{'command': 'restyle', 'file': 'ball.mp4', 'prompt': 'a star', 'strength': 0.5, 'mask': 'ball.png'}"));
        assertEquals(
                new Edit.Compose(
                        List.of(Edit.Placed.at(picture(), 0), Edit.Placed.at(picture(), Edit.Placed.LAST_FRAME)),
                        List.of(),
                        false),
                edit("{'command': 'animate', 'picture': 'ball.png', 'last': 'ball.png', 'prompt': 'a ball'}"));
        assertEquals(new Edit.KeyFrames(8), edit("{'prompt': 'a ball', 'key-frames': 8}"));
        assertEquals(
                new Edit.Compose(
                        List.of(new Edit.Placed(picture(), 1.5, 0.8), Edit.Placed.at(clip("star"), -2)),
                        List.of(),
                        true),
                edit("{'prompt': 'a ball', 'image': ['ball.png@1.5:0.8'], 'clip': 'star.mp4@-2', 'loop': true}"));
    }

    @Test
    void aStoryboardIsAFileOrItsShots() throws IOException {
        String shots = "[{'prompt': 'a ball', 'seconds': 1, 'image': 'ball.png'},"
                + " {'prompt': 'a star', 'seconds': 2, 'clip': {'file': 'ball.mp4', 'at': -1}}]";
        Files.writeString(folder.resolve("trip.yaml"), "loop: true\nsteps: 7\nshots: " + shots);
        Edit expected = new Edit.Compose(
                List.of(Edit.Placed.at(picture(), 0), Edit.Placed.at(clip("ball"), -1)),
                List.of(new Edit.Shot(1, "a star", Edit.Transition.CUT)),
                true);

        RenderRequest ofFile = request("{'command': 'storyboard', 'file': 'trip.yaml', 'seed': 3}");
        assertEquals(expected, ofFile.edit().orElseThrow());
        assertEquals(OptionalInt.of(7), ofFile.steps());
        RenderRequest ofShots = request("{'command': 'storyboard', 'shots': " + shots + ", 'loop': true}");
        assertEquals(expected, ofShots.edit().orElseThrow());
        assertEquals(OptionalDouble.of(3), ofShots.seconds());
    }

    @Test
    void anEditTakesThePromptOfTheRowThatMakesItsClip() {
        RenderRequest request = request("{'command': 'extend', 'clip': 'ball.mp4', 'by': 1}");

        assertEquals("a red ball", request.prompt());
        assertEquals("blur", request.negativePrompt());
        assertEquals(
                "0007-ball-extended",
                draft(row("{'command': 'extend', 'clip': 'ball.mp4', 'by': 1}")).nameOfRow(7));
    }

    @Test
    void lengthsOfTheBatchAreForRowsThatHaveOne() {
        new CommandLine(usual).parseArgs("--seconds", "5");

        assertEquals(OptionalDouble.of(5), request("{'prompt': 'a ball'}").seconds());
        assertEquals(
                OptionalDouble.empty(),
                request("{'command': 'loop', 'clip': 'ball.mp4'}").seconds());
        assertEquals(
                OptionalDouble.of(5),
                request("{'command': 'loop', 'prompt': 'a ball'}").seconds());
        assertEquals(
                OptionalDouble.empty(),
                request("{'command': 'extend', 'clip': 'ball.mp4', 'by': 1}").seconds());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'prompt': 'x', 'stepz': 4}|render, field: expected one of anchor, clip, codec|did you mean steps?",
                "{'prompt': 'x', 'steps': 'many'}|--steps: expected a whole number, found 'many'|many",
                "{'prompt': 'x', 'steps': [4, 5]}|steps: expected one value, found a list|steps",
                "{'prompt': {'a': 1}}|prompt: expected one value, found names with values|prompt",
                "{'prompt': 'x', 'keep-latents': 'perhaps'}|keep-latents: expected true or false|found 'perhaps'",
                "{'prompt': 'x', 'model': 'flipbook'}|model: expected on the command line of the batch|found in a row",
                "{'steps': 4}|prompt: expected text, found nothing|the field prompt",
                "{'command': 'extnd', 'clip': 'ball.mp4'}|command: expected one of render, animate|did you mean extend?",
                "{'clip': 'ball.mp4', 'by': '8s'}|found 'by'|(by belongs to the command extend or loop)",
                "{'command': 'extend', 'clip': 'ball.mp4'}|--by: expected to be given, found nothing|--by",
                "{'command': 'extend', 'by': 1}|clip: expected to be given, found nothing|clip",
                "{'command': 'extend', 'clip': 'ball.mp4', 'by': 'soon'}|--by: expected a length|found 'soon'",
                "{'command': 'extend', 'clip': 'bal.mp4', 'by': 1}|clip: expected a clip, found no file named|did you mean ball.mp4?",
                "{'command': 'extend', 'clip': 'sun.mp4', 'by': 1}|clip: expected a clip, found no file|(row 9 does: move it up)",
                "{'command': 'extend', 'clip': 'lost.mp4', 'by': 1}|clip: expected a clip from row 3, lost.mp4|found that this row failed",
                "{'command': 'extend', 'clip': 'ball.png', 'by': 1}|clip: expected a clip, found a picture in|ball.png",
                "{'command': 'loop', 'clip': 'nothing'}|clip: expected a clip, found no file named|no row before this one makes it",
                "{'command': 'loop', 'clip': 'ball.mp4', 'seconds': 3}|--seconds, --frames: expected neither|--by",
                "{'command': 'animate', 'picture': 'bal.png', 'prompt': 'x'}|picture: expected a picture, found no file|did you mean ball.png?",
                "{'command': 'connect', 'first': 'ball.mp4'}|second: expected to be given, found nothing|second",
                "{'command': 'restyle', 'file': 'ball.mp4'}|prompt: expected to be given, found nothing|prompt",
                "{'command': 'restyle', 'file': 'ball.mp4', 'prompt': 'x', 'strength': 2}|strength: expected more than 0|found 2.0",
                "{'command': 'storyboard'}|FILE, --shots: expected one of them, found none|none",
                "{'command': 'storyboard', 'shots': [{'prompt': 'x'}]}|shot 1: expected seconds, found none|none",
                "{'command': 'storyboard', 'file': 'tip.yaml'}|file: expected a file, found no file named|tip.yaml",
                "{'prompt': 'x', 'image': 'bal.png@1'}|image: expected a picture, found no file named|did you mean ball.png?",
                "{'prompt': 'x', 'image': 'ball.png@soon'}|--image: expected FILE, FILE@SECONDS|found 'ball.png@soon'",
                "{'prompt': 'x', 'loop': true, 'key-frames': 8}|--key-frames: expected neither|found --loop",
                "{'prompt': 'x', 'window': 1}|window: expected 2 to|found 1",
            })
    void whatIsWrongIsNamed(String row, String message, String also) {
        RequestException refusal = assertThrows(RequestException.class, () -> {
            ClipCommand command = command(row);
            draft(row(row));
            command.job().continuity().check();
        });

        String said = String.valueOf(refusal.getMessage());
        assertTrue(said.contains(message), said);
        assertTrue(said.contains(also), said);
    }

    private Edit edit(String row) {
        return request(row).edit().orElseThrow();
    }

    private RenderRequest request(String row) {
        return draft(row(row)).request();
    }

    private static ClipCommand command(String row) {
        return RowCommand.of(row(row), surroundings());
    }

    private ClipDraft draft(BatchRow row) {
        BatchRow later = new BatchRow(
                9, new TreeMap<>(Map.of("output", JSON.getNodeFactory().textNode("sun.mp4"))), Optional.empty());
        RowClips clips = new RowClips(folder.resolve("clips"), List.of(row, later));
        clips.put(1, "ball.mp4", RowClips.State.PROMISED);
        clips.put(2, "star.mp4", RowClips.State.PROMISED);
        clips.put(3, "lost.mp4", RowClips.State.FAILED);
        RenderRequest ball = RenderRequest.of("a red ball").withNegativePrompt("blur");
        RowInputs inputs = new RowInputs(
                row,
                new InputFiles(new MeasuredFiles()),
                folder,
                clips,
                Map.of(1, ball, 2, RenderRequest.of("a green star")));
        return RowCommand.of(row, surroundings()).draft(inputs, usual);
    }

    private static BatchRow row(String text) {
        try {
            return rowOf(JSON.readTree(text.replace('\'', '"')));
        } catch (JsonProcessingException e) {
            throw new AssertionError(text, e);
        }
    }

    private static BatchRow rowOf(JsonNode fields) {
        TreeMap<String, JsonNode> byName = new TreeMap<>();
        fields.properties().forEach(field -> byName.put(field.getKey(), field.getValue()));
        return new BatchRow(7, byName, Optional.empty());
    }

    private static Surroundings surroundings() {
        return new Surroundings(InputStream.nullInputStream(), System.err, false, new Cancellation(), Map.of());
    }

    private Path clip(String name) {
        return folder.resolve("clips").resolve(name + ".mp4");
    }

    private Path picture() {
        return folder.resolve("ball.png");
    }
}
