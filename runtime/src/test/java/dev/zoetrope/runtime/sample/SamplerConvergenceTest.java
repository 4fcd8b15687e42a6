package dev.zoetrope.runtime.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.latent.LatentClip;
import dev.zoetrope.runtime.latent.NoiseSource;
import dev.zoetrope.runtime.latent.PackingOptions;
import dev.zoetrope.runtime.latent.PhiloxNoise;
import dev.zoetrope.runtime.schedule.SigmaSchedule;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.ClipLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every sampler on flow matching, against the known solution for normal data. */
class SamplerConvergenceTest {
    private static final PackingOptions OPTIONS = new PackingOptions(48, 4, 16, false);
    private static final ClipLayout LAYOUT = ClipLayout.ofRun(10, 10, 4, 8, 4);
    private static final NoiseSource NOISE = new PhiloxNoise(5, 0, 0);
    private static final float MEAN = 1.5f;
    private static final double DEVIATION = GaussianDenoiser.DEVIATION;

    private static float[] sample(SamplerKind kind, double eta, SigmaSchedule sigmas) {
        try (Arena arena = Arena.ofConfined();
                LatentClip latents = LatentClip.create(LAYOUT, 48, 8)) {
            ClipPlan plan = ClipPlan.of(latents, GaussianDenoiser.prompt(arena, 4, MEAN), sigmas, NOISE)
                    .withSampler(kind)
                    .withEta(eta);
            try (DenoiseLoop loop = DenoiseLoop.open(new GaussianDenoiser(), List.of(plan), OPTIONS)) {
                loop.run(DenoiseListener.NONE);
            }
            return latents.data().toArray(TensorMemory.FLOAT);
        }
    }

    private static float[] initialNoise() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment noise = TensorMemory.floats(arena, LAYOUT.tokens() * 48L);
            NOISE.fill(NoiseSource.Purpose.INITIAL, 0, LAYOUT, 48, noise);
            return noise.toArray(TensorMemory.FLOAT);
        }
    }

    /** Root mean square distance from mean + deviation * noise. */
    private static double error(float[] found, float[] noise) {
        double sum = 0;
        for (int i = 0; i < found.length; i++) {
            double difference = found[i] - (MEAN + DEVIATION * noise[i]);
            sum += difference * difference;
        }
        return Math.sqrt(sum / found.length);
    }

    /**
     * Four times the steps: a quarter of the error of a first-order method, less than an eighth of that of a
     * second-order one. (A sixteenth in the limit; but levels even in sigma are infinitely far apart in lambda at
     * both ends, whose share of the error falls more slowly: 1.7 is what an independent computation of DPM-Solver++
     * in double precision gives here.)
     */
    @ParameterizedTest
    @CsvSource({
        "flow-euler, 0.9, 4e-3",
        "ddim, 0.9, 4e-3",
        "dpm++2m, 1.5, 2e-4",
        "unipc, 1.5, 2e-4",
    })
    void approachesTheSolution(String name, double order, double bound) {
        SamplerKind kind = SamplerKind.parse(name);
        float[] noise = initialNoise();
        double coarse = error(sample(kind, 0, SigmaSchedule.linear(80)), noise);
        double fine = error(sample(kind, 0, SigmaSchedule.linear(320)), noise);
        String errors = name + ": " + coarse + " at 80 steps, " + fine + " at 320";
        assertTrue(Math.log(coarse / fine) / Math.log(4) > order, errors);
        assertTrue(fine < bound, errors);
    }

    @Test
    void ddimWithoutNoiseIsEuler() {
        SigmaSchedule sigmas = SigmaSchedule.flowMatchEuler(7, 3);
        float[] euler = sample(SamplerKind.FLOW_EULER, 0, sigmas);
        float[] ddim = sample(SamplerKind.DDIM, 0, sigmas);
        for (int i = 0; i < euler.length; i++) {
            assertEquals(euler[i], ddim[i], 2e-6, "element " + i); // seven roundings of numbers near 2
        }
    }

    @ParameterizedTest
    @CsvSource({"ddpm, 0", "ddim, 1", "ddim, 0.5"})
    void ancestralSamplesHaveTheMeanAndDeviationOfTheData(String name, double eta) {
        float[] found = sample(SamplerKind.parse(name), eta, SigmaSchedule.linear(200));
        int count = found.length; // 19,200
        double sum = 0;
        double squares = 0;
        for (float value : found) {
            sum += value;
            squares += (double) value * value;
        }
        double mean = sum / count;
        double deviation = Math.sqrt(squares / count - mean * mean);
        // Five standard errors, and the bias of 200 first-order steps: a hundredth of the deviation.
        double bias = 0.01 * DEVIATION;
        assertEquals(MEAN, mean, 5 * DEVIATION / Math.sqrt(count) + bias);
        assertEquals(DEVIATION, deviation, 5 * DEVIATION / Math.sqrt(2.0 * count) + bias);
        // Fresh noise was added: the result is not the deterministic one.
        assertTrue(error(found, initialNoise()) > 0.1 * DEVIATION);
    }
}
