package dev.zoetrope.runtime.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.latent.LatentClip;
import dev.zoetrope.runtime.latent.NoiseSource;
import dev.zoetrope.runtime.latent.PackedSequence;
import dev.zoetrope.runtime.latent.PackingOptions;
import dev.zoetrope.runtime.schedule.SigmaSchedule;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.timeline.ClipLayout;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExpertDenoiserTest {
    private static final PackingOptions OPTIONS = new PackingOptions(2, 3, 4, false);
    private static final ClipLayout LAYOUT = ClipLayout.ofRun(1, 1, 1, 8, 4);

    private final List<String> log = new ArrayList<>();

    /** Answers with a number of its own, and with what it was bound and told. */
    private final class Named implements Denoiser {
        private final String name;
        private final float answer;

        Named(String name, float answer) {
            this.name = name;
            this.answer = answer;
        }

        @Override
        @MustBeClosed
        public BoundDenoiser bind(PackedSequence sequence) {
            log.add(name + " bound");
            return new BoundDenoiser() {
                @Override
                public void run() {
                    log.add(name);
                    for (long i = 0; i < TensorMemory.floatCount(sequence.velocity()); i++) {
                        sequence.velocity().setAtIndex(TensorMemory.FLOAT, i, answer);
                    }
                }

                @Override
                public void close() {
                    log.add(name + " closed");
                }
            };
        }
    }

    private final Denoiser experts = new ExpertDenoiser(new Named("first", 1), new Named("second", 2), 500);

    private ClipPlan plan(LatentClip clip, Arena arena, List<Double> sigmas) {
        return ClipPlan.of(clip, TextEmbedding.empty(arena, 3), SigmaSchedule.of(sigmas), NoiseSource.philox(1, 0));
    }

    @Test
    void theSecondGoesOnBelowTheBoundary() {
        try (Arena arena = Arena.ofConfined();
                LatentClip clip = LatentClip.create(LAYOUT, 2, 8);
                DenoiseLoop loop =
                        DenoiseLoop.open(experts, List.of(plan(clip, arena, List.of(1.0, 0.5, 0.4, 0.0))), OPTIONS)) {
            loop.run(DenoiseListener.NONE);
        }
        assertEquals(
                List.of("first bound", "first", "first", "first closed", "second bound", "second", "second closed"),
                log);
    }

    @Test
    void clipsOnBothSidesEachHaveTheirOwn() {
        try (Arena arena = Arena.ofConfined();
                LatentClip high = LatentClip.create(LAYOUT, 2, 8);
                LatentClip low = LatentClip.create(LAYOUT, 2, 8);
                DenoiseLoop loop = DenoiseLoop.open(
                        experts,
                        List.of(plan(high, arena, List.of(1.0, 0.0)), plan(low, arena, List.of(0.25, 0.0))),
                        OPTIONS)) {
            float noise = started(high, 1);
            float mixed = started(low, 0.25);
            loop.run(DenoiseListener.NONE);
            assertEquals(noise - 1, high.data().getAtIndex(TensorMemory.FLOAT, 0), 1e-6f, "x - sigma v");
            assertEquals(mixed - 0.25f * 2, low.data().getAtIndex(TensorMemory.FLOAT, 0), 1e-6f, "x - sigma v");
        }
    }

    /** The first number of a clip of zeros with noise on it. */
    private static float started(LatentClip clip, double sigma) {
        try (Arena arena = Arena.ofConfined()) {
            var noise = TensorMemory.floats(arena, 2);
            NoiseSource.philox(1, 0).fill(NoiseSource.Purpose.INITIAL, 0, clip.layout(), 2, noise);
            return (float) (sigma * noise.getAtIndex(TensorMemory.FLOAT, 0));
        }
    }

    @Test
    void guidanceChangesWithTheNetwork() {
        GuidanceScale scale = new GuidanceScale(4, 3, 875);
        assertEquals(4, scale.at(875));
        assertEquals(3, scale.at(874));
        assertEquals(4, GuidanceScale.of(4).at(0));
    }
}
