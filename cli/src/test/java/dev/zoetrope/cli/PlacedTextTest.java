package dev.zoetrope.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.encode.MeasuredFiles;
import dev.zoetrope.runtime.error.RequestException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlacedTextTest {
    @ParameterizedTest
    @CsvSource({
        "ball.png, ball.png, 0, 1",
        "ball.png@2, ball.png, 2, 1",
        "ball.png@500ms, ball.png, 0.5, 1",
        "ball.png@-0.5:0.8, ball.png, -0.5, 0.8",
        "ball.png@1m30s:1, ball.png, 90, 1",
        "a@b/ball.png@3, a@b/ball.png, 3, 1",
    })
    void aFileHasATimeAndAStrength(String text, String file, double seconds, double strength) {
        assertEquals(new Edit.Placed(Path.of(file), seconds, strength), parse(text));
    }

    @Test
    void theEndIsTheLastFrame() {
        assertEquals(Edit.Placed.LAST_FRAME, parse("ball.png@end").atSeconds());
    }

    @Test
    void aFileThatExistsIsTakenByItsWholeName(@TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve("ball@2"));

        assertEquals(Edit.Placed.at(file, 0), parse(file.toString()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ball.png@", "ball.png@soon", "ball.png@1:", "ball.png@1:much", "@2", "ball@home.png"})
    void otherFormsAreRefused(String text) {
        RequestException refusal = assertThrows(RequestException.class, () -> parse(text));

        assertTrue(
                String.valueOf(refusal.getMessage()).startsWith("--image: expected FILE, FILE@SECONDS"),
                refusal.getMessage());
    }

    @Test
    void aStrengthIsMoreThanNothing() {
        assertThrows(RequestException.class, () -> parse("ball.png@1:0"));
        assertThrows(RequestException.class, () -> parse("ball.png@1:1.5"));
    }

    @Test
    void thingsAreOrderedFromTheBeginningToTheEnd() {
        List<Edit.Placed> given = List.of(at(-0.5), at(3), at(Edit.Placed.LAST_FRAME), at(0));

        assertEquals(
                List.of(0.0, 3.0, -0.5, Edit.Placed.LAST_FRAME),
                PlacedText.inOrder(given).stream().map(Edit.Placed::atSeconds).toList());
    }

    private static Edit.Placed parse(String text) {
        Inputs inputs =
                new CommandLineInputs(new InputFiles(new MeasuredFiles()), InputStream.nullInputStream(), Path.of(""));
        return PlacedText.parse("--image", text, inputs);
    }

    private static Edit.Placed at(double seconds) {
        return Edit.Placed.at(Path.of("ball.png"), seconds);
    }
}
