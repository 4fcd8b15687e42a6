package dev.zoetrope.parity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.zoetrope.runtime.sample.Sampler;
import dev.zoetrope.runtime.sample.SamplerKind;
import dev.zoetrope.runtime.sample.SamplerSetup;
import dev.zoetrope.runtime.schedule.DiscreteSchedule;
import dev.zoetrope.runtime.schedule.NoisePath;
import dev.zoetrope.runtime.schedule.Prediction;
import dev.zoetrope.runtime.schedule.SigmaSchedule;
import dev.zoetrope.runtime.schedule.TimestepSpacing;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.TokenRange;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Samplers and schedules follow diffusers 0.42.1 step by step, on recorded outputs of a make-believe network; made by
 * {@code tests/golden/record_schedulers.py}.
 */
class SamplerParityTest {
    private static final Recording RECORDING = Recording.read("schedulers/schedulers.safetensors");
    private static final int TRAINING_STEPS = 1000;
    private static final int CHANNELS = 4;
    private static final int TOKENS = 4;
    private static final int ELEMENTS = CHANNELS * TOKENS;

    /** The project's bar. Diffusers rounds every product to f32, we round once for each step. */
    private static final float TRAJECTORY = 1e-4f;

    /**
     * Two roundings to f32 of levels near 1: diffusers computes some schedules in f32, ours are in double precision
     * until the end.
     */
    private static final float LEVEL = 2.4e-7f;

    static Stream<String> cases() {
        return RECORDING.settings().keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void followsTheTrajectory(String name) {
        Map<String, String> settings = RECORDING.settings(name);
        NoisePath path = path(name, settings);
        float[] samples = RECORDING.floats(name + ".samples");
        float[] outputs = RECORDING.floats(name + ".outputs");
        double eta = Double.parseDouble(settings.getOrDefault("eta", "0"));
        boolean noisy = RECORDING.tensors().containsKey(name + ".noise");
        float[] noise = noisy ? RECORDING.floats(name + ".noise") : new float[0];
        SamplerSetup setup = new SamplerSetup(
                path,
                TOKENS,
                CHANNELS,
                List.of(new TokenRange(0, TOKENS)),
                eta,
                (step, target) -> target.copyFrom(MemorySegment.ofArray(row(noise, step))));
        try (Arena arena = Arena.ofConfined();
                Sampler sampler = SamplerKind.parse(text(settings, "sampler")).create(setup)) {
            MemorySegment latent = TensorMemory.floats(arena, ELEMENTS);
            MemorySegment output = TensorMemory.floats(arena, ELEMENTS);
            latent.copyFrom(MemorySegment.ofArray(row(samples, 0)));
            assertEquals(samples.length / ELEMENTS - 1, path.steps());
            for (int step = 0; step < path.steps(); step++) {
                output.copyFrom(MemorySegment.ofArray(row(outputs, step)));
                sampler.step(step, latent, output);
                Difference.assertNear(
                        name + ", step " + step,
                        row(samples, step + 1),
                        latent.toArray(TensorMemory.FLOAT),
                        TRAJECTORY);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void visitsTheSameLevels(String name) {
        Map<String, String> settings = RECORDING.settings(name);
        float[] levels = RECORDING.floats(name + ".levels");
        switch (text(settings, "schedule")) {
            case "single" -> {
                int[] timesteps = Arrays.copyOf(timesteps(settings), levels.length);
                timesteps[levels.length - 1] = -1;
                assertArrayEquals(
                        IntStream.range(0, levels.length)
                                .map(i -> (int) levels[i])
                                .toArray(),
                        timesteps);
            }
            case "multistep" -> {
                double[] ratios = ratios(settings);
                for (int i = 0; i < ratios.length; i++) {
                    // Ratios are up to 157: relative, four roundings to f32 (the seventh power of Karras multiplies
                    // one).
                    assertEquals(levels[i], ratios[i], levels[i] * 4.8e-7, "ratio " + i);
                }
                assertEquals(levels[ratios.length], finalRatio(settings), 1e-9); // the same f32, or 0
            }
            default -> Difference.assertNear(name, levels, flow(name, settings).toArray(), LEVEL);
        }
    }

    @Test
    void discreteSchedulesHaveTheSameSignal() {
        for (String betas : List.of("linear", "scaled_linear", "squaredcos_cap_v2")) {
            float[] expected = RECORDING.floats("alphas_cumprod." + betas);
            float[] found = discrete(Map.of("betas", betas)).signalShares();
            // Relative: the noise of the first timesteps is 1 minus these numbers, so they are to agree to the last
            // place.
            for (int i = 0; i < TRAINING_STEPS; i++) {
                assertEquals(expected[i], found[i], Math.ulp(expected[i]), betas + ", timestep " + i);
            }
        }
    }

    private static NoisePath path(String name, Map<String, String> settings) {
        return switch (text(settings, "schedule")) {
            case "single" ->
                discrete(settings)
                        .path(
                                timesteps(settings),
                                text(settings, "one").equals("True")
                                        ? 1
                                        : discrete(settings).signalShare(0),
                                prediction(settings));
            case "multistep" ->
                DiscreteSchedule.multistepPath(ratios(settings), finalRatio(settings), prediction(settings));
            default -> NoisePath.flow(flow(name, settings));
        };
    }

    private static SigmaSchedule flow(String name, Map<String, String> settings) {
        int steps = Integer.parseInt(text(settings, "steps"));
        double shift = Double.parseDouble(settings.getOrDefault("shift", "1"));
        return switch (text(settings, "schedule")) {
            case "euler" -> SigmaSchedule.flowMatchEuler(steps, shift);
            case "unipc" -> SigmaSchedule.uniPcFlow(steps, shift);
            case "dpm" -> SigmaSchedule.dpmSolverFlow(steps, shift);
            case "dynamic" -> SigmaSchedule.dynamicShift(steps, Double.parseDouble(text(settings, "mu")));
            case "karras" -> SigmaSchedule.karras(steps, 1, 0.001);
            case "exponential" -> SigmaSchedule.exponential(steps, 1, 0.001);
            case "custom" -> SigmaSchedule.of(1, 0.9, 0.5, 0.49, 0.1, 0);
            default -> throw new IllegalArgumentException(name + ": " + settings);
        };
    }

    private static DiscreteSchedule discrete(Map<String, String> settings) {
        return switch (text(settings, "betas")) {
            case "linear" -> DiscreteSchedule.of(DiscreteSchedule.Betas.LINEAR, 0.0001, 0.02, TRAINING_STEPS);
            case "scaled_linear" ->
                DiscreteSchedule.of(DiscreteSchedule.Betas.SCALED_LINEAR, 0.00085, 0.012, TRAINING_STEPS);
            default -> DiscreteSchedule.of(DiscreteSchedule.Betas.SQUARED_COSINE, 0, 0, TRAINING_STEPS);
        };
    }

    private static int[] timesteps(Map<String, String> settings) {
        return spacing(settings)
                .timesteps(
                        Integer.parseInt(text(settings, "steps")),
                        TRAINING_STEPS,
                        Integer.parseInt(text(settings, "offset")));
    }

    private static double[] ratios(Map<String, String> settings) {
        int steps = Integer.parseInt(text(settings, "steps"));
        return text(settings, "karras").equals("True")
                ? discrete(settings).karrasRatios(steps)
                : discrete(settings).noiseRatios(spacing(settings).multistepTimesteps(steps, TRAINING_STEPS, 0));
    }

    private static double finalRatio(Map<String, String> settings) {
        return text(settings, "final").equals("zero") ? 0 : discrete(settings).noiseRatio(0);
    }

    private static TimestepSpacing spacing(Map<String, String> settings) {
        return TimestepSpacing.valueOf(text(settings, "spacing").toUpperCase(Locale.ROOT));
    }

    private static Prediction prediction(Map<String, String> settings) {
        return switch (text(settings, "prediction")) {
            case "epsilon" -> Prediction.NOISE;
            case "sample" -> Prediction.CLEAN;
            default -> Prediction.V;
        };
    }

    private static String text(Map<String, String> settings, String key) {
        String value = settings.get(key);
        if (value == null) {
            throw new IllegalArgumentException("no " + key + " in " + settings);
        }
        return value;
    }

    private static float[] row(float[] rows, int index) {
        return Arrays.copyOfRange(rows, index * ELEMENTS, (index + 1) * ELEMENTS);
    }
}
