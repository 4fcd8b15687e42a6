package dev.zoetrope.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.cli.batch.BatchRow;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.error.RequestException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class RowOptionsTest {
    @Test
    void fieldsAreOptionsAndWinOverTheBatch() {
        RequestOptions defaults = new RequestOptions();
        new CommandLine(defaults).parseArgs("--steps", "50", "--size", "32x32");

        RenderRequest request = RowOptions.of(row(Map.of("prompt", "a ball", "steps", "4", "seed", "9")))
                .toRequest(defaults);

        assertEquals("a ball", request.prompt());
        assertEquals(OptionalInt.of(4), request.steps());
        assertEquals("32x32", request.size().orElseThrow().toString());
        assertEquals(9, request.seed());
    }

    @ParameterizedTest
    @CsvSource({"--steps", "@/etc/hostname", "-", "a=b", "\"quoted\"", "${env:HOME}"})
    void aPromptIsTakenAsItIs(String prompt) {
        RenderRequest request = RowOptions.of(row(Map.of("prompt", prompt))).toRequest(new RequestOptions());

        assertEquals(prompt, request.prompt());
    }

    @Test
    void flagsAreTrueOrFalse() {
        assertTrue(RowOptions.of(row(Map.of("prompt", "x", "keep-latents", "TRUE")))
                .output()
                .keepLatents());
        assertEquals(
                false,
                RowOptions.of(row(Map.of("prompt", "x", "keep-latents", "false")))
                        .output()
                        .keepLatents());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "stepz|4|did you mean steps?",
                "colour|red|field: expected one of codec, format",
                "steps|many|--steps: expected a whole number, found 'many'",
                "keep-latents|perhaps|keep-latents: expected true or false, found 'perhaps'",
            })
    void aWrongFieldIsNamed(String field, String value, String message) {
        BatchRow row = row(Map.of("prompt", "x", field, value));
        RequestException refusal = assertThrows(RequestException.class, () -> RowOptions.of(row));

        assertTrue(String.valueOf(refusal.getMessage()).contains(message), refusal.getMessage());
    }

    @Test
    void aRowNeedsAPrompt() {
        RowOptions options = RowOptions.of(row(Map.of("steps", "4")));
        RequestException refusal = assertThrows(RequestException.class, () -> options.toRequest(new RequestOptions()));

        assertTrue(String.valueOf(refusal.getMessage()).startsWith("prompt: expected text"), refusal.getMessage());
    }

    private static BatchRow row(Map<String, String> fields) {
        return new BatchRow(1, new TreeMap<>(fields), Optional.empty());
    }
}
