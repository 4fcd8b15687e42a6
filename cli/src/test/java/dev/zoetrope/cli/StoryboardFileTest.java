package dev.zoetrope.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.FrameSize;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.encode.MeasuredFiles;
import dev.zoetrope.runtime.error.RequestException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class StoryboardFileTest {
    @TempDir
    Path folder;

    @Test
    void shotsFollowEachOther() throws IOException {
        RenderRequest request = read("""
                size: 96x64
                fps: 24000/1001
                seed: 7
                steps: 12
                guidance: 2.5
                negative: blur
                loop: true
                shots:
                  - prompt: a red ball bounces
                    seconds: 3
                    camera: the camera pans left
                  - prompt: a blue square spins
                    seconds: 1500ms
                    transition: blend
                  - prompt: a green star
                    seconds: 2s
                    transition: cut
                """).toRequest(new RequestOptions());

        assertEquals("a red ball bounces, the camera pans left", request.prompt());
        assertEquals(new FrameSize(96, 64), request.size().orElseThrow());
        assertEquals(24000.0 / 1001, request.fps().orElseThrow());
        assertEquals(7, request.seed());
        assertEquals(OptionalInt.of(12), request.steps());
        assertEquals(OptionalDouble.of(2.5), request.guidance());
        assertEquals("blur", request.negativePrompt());
        assertEquals(OptionalDouble.of(6.5), request.seconds());
        assertEquals(
                new Edit.Compose(
                        List.of(),
                        List.of(
                                new Edit.Shot(3, "a blue square spins", Edit.Transition.BLEND),
                                new Edit.Shot(4.5, "a green star", Edit.Transition.CUT)),
                        true),
                request.edit().orElseThrow());
    }

    @Test
    void filesAreNamedFromTheStoryboardAndTimesFromTheirShot() throws IOException {
        Path picture = folder.resolve("ball.png");
        ImageIO.write(new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB), "png", picture.toFile());
        RenderRequest request = read("""
                shots:
                  - prompt: a red ball
                    seconds: 3
                    image: [ball.png, {file: ball.png, at: -0.5}]
                  - prompt: a blue ball
                    seconds: 2
                    image:
                      - {file: ball.png, at: 500ms, strength: 0.8}
                      - {file: ball.png, at: end}
                """).toRequest(new RequestOptions());

        assertEquals(
                List.of(
                        Edit.Placed.at(picture, 0),
                        Edit.Placed.at(picture, 2.5),
                        new Edit.Placed(picture, 3.5, 0.8),
                        Edit.Placed.at(picture, Edit.Placed.LAST_FRAME)),
                ((Edit.Compose) request.edit().orElseThrow()).placed());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "shots: [{prompt: a, seconds: 1, transiton: cut}]|shot 1, field: expected one of camera|did you mean transition?",
                "shots: [{prompt: a, seconds: 1, transition: fade}]|shot 1, transition: expected cut or blend|found 'fade'",
                "shots: [{prompt: a, seconds: 1, transition: blnd}]|expected cut or blend|did you mean blend?",
                "shots: [{prompt: a, seconds: 1}, {seconds: 1}]|shot 2: expected prompt|found none",
                "shots: [{prompt: a}]|shot 1: expected seconds|found none",
                "shots: [{prompt: a, seconds: long}]|shot 1, seconds: expected a length|found 'long'",
                "shots: [{prompt: a, seconds: 0}]|shot 1, seconds: expected more than 0|found 0",
                "shots: [{prompt: '', seconds: 1}]|prompt: expected text|shot 1",
                "shots: [{prompt: [a], seconds: 1}]|shot 1, prompt: expected one value|found a list",
                "shots: [a]|shot 1: expected camera|found 'a'",
                "shots: []|shots: expected a list of at least one|found an empty list",
                "shots: a|shots: expected a list|found 'a'",
                "seed: 3|shots: expected a list|found none",
                "seedd: 3|storyboard, field: expected one of|did you mean seed?",
                "{steps: many, shots: [{prompt: a, seconds: 1}]}|--steps: expected a whole number|found 'many'",
                "{loop: 7, shots: [{prompt: a, seconds: 1}]}|loop: expected true or false|found '7'",
                "{seed: 1, seed: 2}|line 1: expected YAML|uplicate",
                "'shots: [}'|line 1: expected YAML|storyboard",
                "just words|storyboard: expected|found 'just words'",
                "shots: [{prompt: a, seconds: 1, image: none.png}]|shot 1, image: expected a picture, found no file|none.png",
                "shots: [{prompt: a, seconds: 1, image: {at: 1}}]|shot 1, image: expected file|found none",
            })
    void whatIsWrongIsNamedWithItsPlace(String text, String message, String also) {
        RequestException refusal =
                assertThrows(RequestException.class, () -> read(text).toRequest(new RequestOptions()));

        String said = String.valueOf(refusal.getMessage());
        assertTrue(said.contains(message), said);
        assertTrue(said.contains(also), said);
    }

    @Test
    void theEndOfAnEarlierShotNeedsATime() throws IOException {
        ImageIO.write(
                new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB),
                "png",
                folder.resolve("ball.png").toFile());
        Storyboard board = read("""
                shots:
                  - {prompt: a, seconds: 1, image: {file: ball.png, at: end}}
                  - {prompt: b, seconds: 1}
                """);

        RequestException refusal = assertThrows(RequestException.class, () -> board.toRequest(new RequestOptions()));
        assertTrue(String.valueOf(refusal.getMessage()).contains("shot 1, at"), refusal.getMessage());
    }

    @Test
    void whatUsuallyHoldsIsWonOverByTheFileAndLengthsAreItsOwn() throws IOException {
        RequestOptions usual = new RequestOptions();
        new CommandLine(usual).parseArgs("--steps", "9", "--guidance", "2", "--seconds", "30");
        RenderRequest request = read("{steps: 12, sigmas: null, shots: [{prompt: a, seconds: 1}]}")
                .toRequest(usual);

        assertEquals(OptionalInt.of(12), request.steps());
        assertEquals(OptionalDouble.of(2), request.guidance());
        assertEquals(OptionalDouble.of(1), request.seconds());
    }

    @Test
    void noiseLevelsCanBeAList() throws IOException {
        RenderRequest request =
                read("{sigmas: [1, 0.5, 0], shots: [{prompt: a, seconds: 1}]}").toRequest(new RequestOptions());

        assertEquals(List.of(1.0, 0.5, 0.0), request.sigmas());
    }

    private Storyboard read(String text) throws IOException {
        return StoryboardFile.read(
                Files.writeString(folder.resolve("board.yaml"), text),
                new CommandLineInputs(new InputFiles(new MeasuredFiles()), InputStream.nullInputStream(), Path.of("")));
    }
}
