package dev.zoetrope.runtime.latent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.ReelLayout;
import dev.zoetrope.runtime.timeline.RunSpan;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LatentStatisticsTest {
    private static final int CHANNELS = 3;

    /** Rounding of f32 values near 10, read back. */
    private static final double ROUNDING = 1e-5;

    private static final ReelLayout LAYOUT = new ReelLayout(5, 7, 4, 8, List.of(RunSpan.of(4, 13)));

    /** Channel c of latent s has about mean c + 10 s and deviation (c + 1)(s + 1). */
    private static void fill(LatentReel reel) {
        Random random = new Random(3);
        int cells = LAYOUT.cells();
        for (int i = 0; i < LAYOUT.latents() * cells * CHANNELS; i++) {
            int channel = i % CHANNELS;
            int slot = i / (cells * CHANNELS);
            double value = channel + 10 * slot + (channel + 1) * (slot + 1) * random.nextGaussian();
            reel.data().setAtIndex(TensorMemory.FLOAT, i, (float) value);
        }
    }

    @Test
    void meanAndDeviationAreThoseOfAllCellsTogether() {
        try (LatentReel reel = LatentReel.create(LAYOUT, CHANNELS)) {
            fill(reel);
            List<Integer> slots = List.of(1, 3);
            LatentStatistics found = LatentStatistics.of(reel, slots);
            for (int channel = 0; channel < CHANNELS; channel++) {
                double sum = 0;
                double count = 0;
                for (int slot : slots) {
                    float[] values = reel.latent(slot).toArray(TensorMemory.FLOAT);
                    for (int i = channel; i < values.length; i += CHANNELS, count++) {
                        sum += values[i];
                    }
                }
                double mean = sum / count;
                double squares = 0;
                for (int slot : slots) {
                    float[] values = reel.latent(slot).toArray(TensorMemory.FLOAT);
                    for (int i = channel; i < values.length; i += CHANNELS) {
                        squares += (values[i] - mean) * (values[i] - mean);
                    }
                }
                assertEquals(mean, found.mean(channel), 1e-9);
                assertEquals(Math.sqrt(squares / count), found.deviation(channel), 1e-9);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.25, 1})
    void aShareOfTheDifferenceIsMoved(double share) {
        try (LatentReel reel = LatentReel.create(LAYOUT, CHANNELS)) {
            fill(reel);
            float[] like = reel.latent(0).toArray(TensorMemory.FLOAT);
            float[] other = reel.latent(3).toArray(TensorMemory.FLOAT);
            LatentStatistics to = LatentStatistics.of(reel, List.of(0));
            LatentStatistics from = LatentStatistics.of(reel, List.of(1, 2));
            LatentStatistics.match(reel, List.of(1, 2), List.of(0), share);
            LatentStatistics now = LatentStatistics.of(reel, List.of(1, 2));
            for (int channel = 0; channel < CHANNELS; channel++) {
                assertEquals(
                        from.mean(channel) + share * (to.mean(channel) - from.mean(channel)),
                        now.mean(channel),
                        ROUNDING);
                assertEquals(
                        from.deviation(channel) + share * (to.deviation(channel) - from.deviation(channel)),
                        now.deviation(channel),
                        ROUNDING);
            }
            assertArrayEquals(like, reel.latent(0).toArray(TensorMemory.FLOAT), "what they are to be like");
            assertArrayEquals(other, reel.latent(3).toArray(TensorMemory.FLOAT), "what was not named");
        }
    }

    /** A flat channel has no deviation to stretch: dividing by it would give NaN. */
    @Test
    void aFlatChannelIsMovedAndNotStretched() {
        try (LatentReel reel = LatentReel.create(LAYOUT, CHANNELS)) {
            fill(reel);
            reel.latent(1).fill((byte) 0);
            LatentStatistics to = LatentStatistics.of(reel, List.of(0));
            LatentStatistics.match(reel, List.of(1), List.of(0), 1);
            LatentStatistics now = LatentStatistics.of(reel, List.of(1));
            for (int channel = 0; channel < CHANNELS; channel++) {
                assertEquals(to.mean(channel), now.mean(channel), ROUNDING);
                assertEquals(0, now.deviation(channel), 1e-3); // sqrt of what cancels in f64: of the order of 1e-8 each
            }
        }
    }
}
