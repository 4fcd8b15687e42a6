package dev.zoetrope.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.Continuity;
import dev.zoetrope.runtime.error.RequestException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class ContinuityOptionsTest {
    private static final Continuity USUAL = new Continuity(7, 3, 0.05, true, 0);

    @Test
    void everyOptionReachesTheRequest() {
        assertEquals(
                new Continuity(9, 2, 0.1, false, 0.5),
                parse("--window 9 --context 2 --context-noise 0.1 --no-anchor --matching 0.5")
                        .applyTo(USUAL));
    }

    @Test
    void whatIsNotGivenStays() {
        assertTrue(parse("").isEmpty());
        assertEquals(USUAL, parse("").applyTo(USUAL));
        assertEquals(USUAL, parse("--anchor").applyTo(USUAL));
        assertEquals(USUAL.withMatching(1), parse("--matching 1").applyTo(USUAL));
        assertEquals(USUAL.withAnchor(false), parse("--no-anchor").applyTo(USUAL));
    }

    @Test
    void aShortWindowTakesAShorterContextWithIt() {
        assertEquals(new Continuity(3, 2, 0.05, true, 0), parse("--window 3").applyTo(USUAL));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--window 1|window: expected 2 to 10000 latents, found 1 (nearest that works: 2)",
                "--window 4 --context 4|context: expected 1 to 3 latents",
                "--context 0|context: expected 1 to",
                "--context-noise 1|noise on the context: expected 0 to 0.9, found 1.0",
                "--matching 2|matching: expected 0 to 1, found 2.0",
            })
    void whatNoModelTakesIsRefusedBeforeOneIsOpened(String options, String message) {
        RequestException refusal = assertThrows(RequestException.class, parse(options)::check);

        assertTrue(String.valueOf(refusal.getMessage()).contains(message), refusal.getMessage());
    }

    private static ContinuityOptions parse(String options) {
        ContinuityOptions parsed = new ContinuityOptions();
        new CommandLine(parsed).parseArgs(options.isEmpty() ? new String[0] : options.split(" "));
        return parsed;
    }
}
