package dev.zoetrope.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.FrameSize;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.latent.NoiseKind;
import dev.zoetrope.runtime.sample.SamplerKind;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class RequestOptionsTest {
    private static final RenderRequest PLAIN = RenderRequest.of("a red ball");

    @Test
    void everyOptionReachesTheRequest() {
        RenderRequest request = parse(
                        "--size 96x64 --frames 9 --fps 24000/1001 --steps 12 --guidance 2.5 --sampler unipc --seed 7"
                                + " --negative blur --rng torch --context-steps 5 --context-guidance 1.5")
                .applyTo(PLAIN);

        assertEquals(new FrameSize(96, 64), request.size().orElseThrow());
        assertEquals(OptionalInt.of(9), request.frames());
        assertEquals(24000.0 / 1001, request.fps().orElseThrow());
        assertEquals(OptionalInt.of(12), request.steps());
        assertEquals(OptionalDouble.of(2.5), request.guidance());
        assertEquals(OptionalInt.of(5), request.contextSteps());
        assertEquals(OptionalDouble.of(1.5), request.contextGuidance());
        assertEquals(SamplerKind.UNIPC, request.sampler().orElseThrow());
        assertEquals(7, request.seed());
        assertEquals("blur", request.negativePrompt());
        assertEquals(NoiseKind.TORCH, request.noise());
    }

    /** A clip's record says what its pieces in context took; what is asked for anew holds for all pieces. */
    @Test
    void newStepsAndGuidanceHoldForPiecesInContextToo() {
        RenderRequest recorded = PLAIN.withContextSteps(4).withContextGuidance(1);
        RenderRequest request = parse("--steps 40 --guidance 3").applyTo(recorded);

        assertEquals(OptionalInt.of(40), request.contextSteps());
        assertEquals(OptionalDouble.of(3), request.contextGuidance());
        assertEquals(OptionalInt.of(4), parse("--seed 1").applyTo(recorded).contextSteps());
    }

    @Test
    void shortNamesMeanTheSame() {
        assertEquals(
                parse("--size 8x8 --seconds 2 --fps 12 --steps 3 --guidance 1").applyTo(PLAIN),
                parse("-s 8x8 -t 2 -r 12 -n 3 -g 1").applyTo(PLAIN));
    }

    @Test
    void noOptionChangesNothing() {
        assertEquals(PLAIN, parse("").applyTo(PLAIN));
        assertTrue(parse("").isEmpty());
        assertFalse(parse("--seed 0").isEmpty());
    }

    @Test
    void aListOfNoiseLevelsSaysTheSteps() {
        RenderRequest request = parse("--sigmas 1,0.5,0").applyTo(PLAIN);

        assertEquals(List.of(1.0, 0.5, 0.0), request.sigmas());
        assertEquals(OptionalInt.of(2), request.steps());
    }

    @Test
    void stepsReplaceAListOfNoiseLevelsFromElsewhere() {
        RenderRequest from = PLAIN.withSigmas(List.of(1.0, 0.0));

        assertEquals(List.of(), parse("--steps 4").applyTo(from).sigmas());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--size 64|size: expected WIDTHxHEIGHT",
                "--size 0x64|width: expected 1 to 4096 px, found 0 (nearest that works: 1)",
                "--size 64x-3|height: expected 1 to 4096 px, found -3 (nearest that works: 1)",
                "--size 100000x64|width: expected 1 to 4096 px, found 100000 (nearest that works: 4096)",
                "--steps 0|steps: expected 1 to 1000, found 0 (nearest that works: 1)",
                "--frames -1|frames: expected 1 to 100000, found -1",
                "--seconds 0|seconds: expected more than 0",
                "--fps 0|frame rate: expected",
                "--fps fast|frame rate: expected frames per second",
                "--guidance -1|guidance: expected 0.0",
                "--guidance NaN|guidance: expected 0.0",
                "--sampler eular|did you mean flow-euler?",
                "--sampler dpm++2|did you mean dpm++2m?",
                "--rng dice|--rng: expected philox or torch, found 'dice'",
                "--sigmas 1,x,0|--sigmas: expected numbers",
                "--seconds 1 --frames 2|--seconds and --frames: expected one of them, found both",
                "--sigmas 1,0 --steps 2|--sigmas and --steps: expected one of them, found both",
            })
    void refusalsNameWhatWasFoundAndWhatWorks(String options, String message) {
        RequestOptions parsed = parse(options);
        RequestException refusal = assertThrows(RequestException.class, () -> parsed.applyTo(PLAIN));

        assertTrue(String.valueOf(refusal.getMessage()).contains(message), refusal.getMessage());
    }

    private static RequestOptions parse(String options) {
        RequestOptions parsed = new RequestOptions();
        new CommandLine(parsed).parseArgs(options.isEmpty() ? new String[0] : options.split(" "));
        return parsed;
    }
}
