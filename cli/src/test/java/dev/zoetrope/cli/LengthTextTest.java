package dev.zoetrope.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.zoetrope.runtime.error.RequestException;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LengthTextTest {
    /** Sums of a few decimal fractions: far more exact than a frame is long. */
    private static final double ROUNDING = 1e-9;

    @ParameterizedTest
    @CsvSource({
        "8, 8",
        "8s, 8",
        "2.5, 2.5",
        ".5s, 0.5",
        "500ms, 0.5",
        "50ms, 0.05",
        "1m, 60",
        "1m30s, 90",
        "1m30, 90",
        "1.5m, 90",
        "1h, 3600",
        "1h2m3s4ms, 3723.004",
        "1m500ms, 60.5",
        "' 3s ', 3",
        "0, 0",
    })
    void lengthsAreReadAsPeopleWriteThem(String text, double seconds) {
        assertEquals(seconds, LengthText.seconds("--by", text), ROUNDING);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "s",
                "-1",
                "fast",
                "8 s",
                "8x",
                "1:30",
                "30s1m",
                "1s2s",
                "NaN",
                "Infinity",
                "1e3",
                "0x10"
            })
    void whatIsNoLengthIsRefusedWithAnExample(String text) {
        RequestException refusal = assertThrows(RequestException.class, () -> LengthText.seconds("--by", text));

        assertEquals(
                "--by: expected a length such as 8s, 2.5, 1m30s or 500ms, found '" + text + "'", refusal.getMessage());
    }

    @Test
    void timesMayBeNegative() {
        assertEquals(OptionalDouble.of(-0.5), LengthText.parseTime("-500ms"));
        assertEquals(OptionalDouble.of(2), LengthText.parseTime("2"));
        assertEquals(OptionalDouble.empty(), LengthText.parseTime("--2"));
        assertEquals(OptionalDouble.empty(), LengthText.parseTime("-"));
    }
}
