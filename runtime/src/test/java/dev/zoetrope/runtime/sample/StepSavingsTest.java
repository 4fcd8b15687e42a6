package dev.zoetrope.runtime.sample;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.latent.LatentClip;
import dev.zoetrope.runtime.latent.NoiseSource;
import dev.zoetrope.runtime.latent.PackedSequence;
import dev.zoetrope.runtime.latent.PackingOptions;
import dev.zoetrope.runtime.schedule.SigmaSchedule;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.ClipLayout;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is left out is not in the sequence; what is not left out is as before. */
class StepSavingsTest {
    private static final int CHANNELS = 6;
    private static final int WIDTH = 3;
    private static final PackingOptions OPTIONS = new PackingOptions(CHANNELS, WIDTH, 16, false);

    private final Arena arena = Arena.ofConfined();
    private final List<LatentClip> clips = new ArrayList<>();
    private final GaussianDenoiser gaussian = new GaussianDenoiser();

    /** Segments of each run of the network. */
    private final List<Integer> runs = new ArrayList<>();

    private final Denoiser denoiser = new Denoiser() {
        @Override
        @SuppressWarnings("MustBeClosed") // handed on
        public BoundDenoiser bind(PackedSequence sequence) {
            BoundDenoiser bound = gaussian.bind(sequence);
            return new BoundDenoiser() {
                @Override
                public void run() {
                    runs.add(sequence.segments());
                    bound.run();
                }

                @Override
                public void close() {
                    bound.close();
                }
            };
        }
    };

    @AfterEach
    void free() {
        assertEquals(0, gaussian.openBindings, "bindings left open");
        clips.forEach(LatentClip::close);
        arena.close();
    }

    @SuppressWarnings("MustBeClosed") // free() closes it
    private ClipPlan plan(int steps, StepSavings savings, long seed) {
        LatentClip clip = LatentClip.create(ClipLayout.ofRun(2, 3, 2, 8, 4), CHANNELS, 8);
        clips.add(clip);
        return ClipPlan.of(
                        clip,
                        GaussianDenoiser.prompt(arena, WIDTH, 1.5f),
                        SigmaSchedule.linear(steps),
                        NoiseSource.philox(seed, 0))
                .withGuidance(2, GaussianDenoiser.prompt(arena, WIDTH, 0))
                .withSavings(savings);
    }

    private float[] result(ClipPlan... plans) {
        runs.clear();
        try (DenoiseLoop loop = DenoiseLoop.open(denoiser, List.of(plans), OPTIONS)) {
            loop.run(DenoiseListener.NONE);
        }
        return data(plans[0]);
    }

    private static float[] data(ClipPlan plan) {
        return plan.latents().data().toArray(TensorMemory.FLOAT);
    }

    @Test
    void stepsOutsideTheIntervalTakeThePromptsAnswerAlone() {
        StepSavings middle = new StepSavings(0, 0.25, 0.75);
        float[] gated = result(plan(8, middle, 1));
        assertEquals(List.of(1, 1, 2, 2, 2, 2, 1, 1), runs);
        float[] never = result(plan(8, new StepSavings(0, 0.5, 0.5), 1));
        assertEquals(List.of(1, 1, 1, 1, 1, 1, 1, 1), runs);
        float[] unguided = result(ClipPlan.of(
                plan(8, StepSavings.NONE, 1).latents(),
                GaussianDenoiser.prompt(arena, WIDTH, 1.5f),
                SigmaSchedule.linear(8),
                NoiseSource.philox(1, 0)));
        assertArrayEquals(unguided, never, 0, "an empty interval is no guidance");
        float[] whole = result(plan(8, StepSavings.NONE, 1));
        assertEquals(List.of(2, 2, 2, 2, 2, 2, 2, 2), runs);
        assertTrue(difference(gated, whole) > 0 && difference(gated, unguided) > 0);
        assertTrue(difference(gated, whole) < difference(unguided, whole), "between the two");
    }

    @Test
    void anAnswerThatHardlyChangesIsUsedAgain() {
        float[] whole = result(plan(20, StepSavings.NONE, 1));
        float[] same = result(plan(20, new StepSavings(1e-9, 0, 1), 1));
        assertEquals(20, runs.size(), "no answer changes that little");
        assertArrayEquals(whole, same, 0);
        float[] careful = result(plan(20, new StepSavings(0.02, 0, 1), 1));
        int carefulRuns = runs.size();
        float[] bold = result(plan(20, new StepSavings(0.2, 0, 1), 1));
        assertTrue(carefulRuns < 20 && runs.size() < carefulRuns, carefulRuns + " and " + runs.size() + " runs of 20");
        assertTrue(runs.size() >= 4, "the first three and the last are always made: " + runs.size());
        assertTrue(difference(careful, whole) > 0);
        assertTrue(difference(careful, whole) < difference(bold, whole), "closer with a lower threshold");
    }

    /** The others' steps are shorter by what is left out, and their numbers are what they are alone. */
    @Test
    void whoLeavesAStepOutIsNotInItsSequence() {
        StepSavings bold = new StepSavings(0.2, 0, 1);
        float[] saving = result(plan(20, bold, 1));
        int alone = runs.size();
        float[] other = result(plan(20, StepSavings.NONE, 2));
        ClipPlan first = plan(20, bold, 1);
        ClipPlan second = plan(20, StepSavings.NONE, 2);
        result(first, second);
        assertArrayEquals(saving, data(first), 0);
        assertArrayEquals(other, data(second), 0);
        assertEquals(20, runs.size());
        assertEquals(alone, runs.stream().filter(segments -> segments == 4).count());
        assertEquals(20 - alone, runs.stream().filter(segments -> segments == 2).count());
    }

    @Test
    void aCheckpointHoldsTheAnswerThatIsUsedAgain() throws IOException {
        StepSavings both = new StepSavings(0.2, 0, 0.8);
        float[] expected = result(plan(20, both, 1));
        int whole = runs.size();
        for (int stop = 1; stop < 20; stop++) {
            runs.clear();
            byte[] state;
            try (DenoiseLoop loop = DenoiseLoop.open(denoiser, List.of(plan(20, both, 1)), OPTIONS)) {
                for (int step = 0; step < stop; step++) {
                    loop.step();
                }
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                loop.writeState(new DataOutputStream(bytes));
                state = bytes.toByteArray();
            }
            ClipPlan rest = plan(20, both, 1);
            try (DenoiseLoop loop = DenoiseLoop.open(denoiser, List.of(rest), OPTIONS)) {
                loop.readState(new DataInputStream(new ByteArrayInputStream(state)));
                loop.run(DenoiseListener.NONE);
            }
            assertArrayEquals(expected, data(rest), 0, "stopped after step " + stop);
            assertEquals(whole, runs.size(), "stopped after step " + stop);
        }
    }

    @Test
    void theyArePartOfTheRecordOfAClip() {
        RenderRequest plain = RenderRequest.of("a red ball");
        assertFalse(plain.toJson().contains("guidance_st") || plain.toJson().contains("reuse"), plain.toJson());
        StepSavings all = new StepSavings(0.05, 0.25, 0.75);
        assertEquals(
                all, RenderRequest.fromJson(plain.withSavings(all).toJson()).savings());
        assertEquals(StepSavings.NONE, RenderRequest.fromJson(plain.toJson()).savings());
    }

    @Test
    void whatIsNoShareIsRefused() {
        assertThrows(RequestException.class, () -> new StepSavings(-0.1, 0, 1));
        assertThrows(RequestException.class, () -> new StepSavings(Double.NaN, 0, 1));
        assertThrows(RequestException.class, () -> new StepSavings(0, 0.5, 0.4));
        assertThrows(RequestException.class, () -> new StepSavings(0, 0, 1.1));
    }

    private static double difference(float[] one, float[] other) {
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            sum += Math.abs(one[i] - other[i]);
        }
        return sum;
    }
}
