package dev.zoetrope.runtime.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.error.RequestException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameRateTest {
    @ParameterizedTest
    @CsvSource({
        "4, 4, 1",
        "12.5, 25, 2",
        "23.976, 24000, 1001",
        "23.98, 24000, 1001",
        "29.97, 30000, 1001",
        "59.94, 60000, 1001",
        "24, 24, 1",
        "30.0, 30, 1",
        "0.5, 1, 2",
        "24000/1001, 24000, 1001",
        "48/2, 24, 1",
        "23.5, 47, 2"
    })
    void readsWhatPeopleWrite(String text, int numerator, int denominator) {
        assertEquals(new FrameRate(numerator, denominator), FrameRate.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "241", "0.05", "1/0", "0/1", "fast", "", "1e3", "NaN", "24 fps"})
    void refusesWhatIsNoRate(String text) {
        RequestException failure = assertThrows(RequestException.class, () -> FrameRate.parse(text));
        assertTrue(failure.getMessage().startsWith("frame rate: expected"), failure.getMessage());
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY, 1e9, 1e-9})
    void refusesWhatIsNoRate(double value) {
        assertThrows(RequestException.class, () -> FrameRate.of(value));
    }

    /** Every rate with up to three decimals means itself, to a thousandth, or the television rate it abbreviates. */
    @Test
    void staysNearTheNumberGiven() {
        for (int thousandths = 100; thousandths <= 240_000; thousandths += 7) {
            double asked = thousandths / 1000.0;
            assertEquals(asked, FrameRate.of(asked).framesPerSecond(), 0.005);
        }
    }

    @Test
    void countsSeconds() {
        assertEquals(2.002, new FrameRate(24_000, 1001).secondsAt(48), 1e-12);
        assertEquals("24000/1001", new FrameRate(24_000, 1001).toString());
    }
}
