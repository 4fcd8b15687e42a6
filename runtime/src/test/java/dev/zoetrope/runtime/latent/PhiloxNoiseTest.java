package dev.zoetrope.runtime.latent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.latent.NoiseSource.Purpose;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.ClipLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PhiloxNoiseTest {
    private static float[] draw(NoiseSource source, Purpose purpose, int step, ClipLayout layout, int channels) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = TensorMemory.floats(arena, (long) layout.tokens() * channels);
            source.fill(purpose, step, layout, channels, target);
            return target.toArray(TensorMemory.FLOAT);
        }
    }

    private static ClipLayout layout(int rows, int columns, int groups) {
        return ClipLayout.ofRun(rows, columns, groups, 8, 4);
    }

    /**
     * From an independent computation in double precision (NumPy); the last place may differ with its logarithm and
     * cosine.
     */
    private static final float[] EXPECTED = {
        1.0459795f, 2.0782444f, -1.1104301f, 0.29803067f, -1.3635789f, 1.8337207f, 0.8134326f, -0.19092016f
    };

    /** Fixed for good: another number here means that every seed gives another clip. */
    @Test
    void aSeedAlwaysGivesTheSameNoise() {
        float[] noise = draw(new PhiloxNoise(42, 0, 0), Purpose.INITIAL, 0, layout(1, 2, 1), 4);
        assertArrayEquals(EXPECTED, noise, 2.4e-7f);
    }

    @Test
    void aTokenHasTheSameNoiseInAClipOfAnySize() {
        float[] small = draw(new PhiloxNoise(7, 1, 0), Purpose.INITIAL, 0, layout(3, 4, 2), 48);
        float[] large = draw(new PhiloxNoise(7, 1, 0), Purpose.INITIAL, 0, layout(5, 9, 6), 48);
        for (int group = 0; group < 2; group++) {
            for (int row = 0; row < 3; row++) {
                int inSmall = (group * 3 + row) * 4 * 48;
                int inLarge = (group * 5 + row) * 9 * 48;
                assertArrayEquals(
                        Arrays.copyOfRange(small, inSmall, inSmall + 4 * 48),
                        Arrays.copyOfRange(large, inLarge, inLarge + 4 * 48));
            }
        }
    }

    @Test
    void aChannelHasTheSameNoiseWhateverTheirNumber() {
        float[] few = draw(new PhiloxNoise(7, 1, 0), Purpose.INITIAL, 0, layout(2, 2, 1), 5);
        float[] many = draw(new PhiloxNoise(7, 1, 0), Purpose.INITIAL, 0, layout(2, 2, 1), 8);
        for (int token = 0; token < 4; token++) {
            assertArrayEquals(
                    Arrays.copyOfRange(few, token * 5, token * 5 + 5),
                    Arrays.copyOfRange(many, token * 8, token * 8 + 5));
        }
    }

    @Test
    void everyPartOfTheKeyCounts() {
        ClipLayout layout = layout(2, 2, 1);
        float[] base = draw(new PhiloxNoise(7, 1, 0), Purpose.STEP, 3, layout, 4);
        float[][] others = {
            draw(new PhiloxNoise(8, 1, 0), Purpose.STEP, 3, layout, 4),
            draw(new PhiloxNoise(7 + (1L << 32), 1, 0), Purpose.STEP, 3, layout, 4),
            draw(new PhiloxNoise(7, 2, 0), Purpose.STEP, 3, layout, 4),
            draw(new PhiloxNoise(7, 1, 1), Purpose.STEP, 3, layout, 4),
            draw(new PhiloxNoise(7, 1, 0), Purpose.INITIAL, 3, layout, 4),
            draw(new PhiloxNoise(7, 1, 0), Purpose.STEP, 4, layout, 4)
        };
        for (float[] other : others) {
            for (int i = 0; i < base.length; i++) {
                assertFalse(base[i] == other[i], "element " + i);
            }
        }
    }

    @Test
    void momentsAreThoseOfANormal() {
        float[] noise = draw(new PhiloxNoise(11, 0, 0), Purpose.INITIAL, 0, layout(40, 50, 10), 48);
        int count = noise.length; // 960,000
        double[] moments = new double[5];
        int beyondTwo = 0;
        for (float value : noise) {
            double power = 1;
            for (int i = 0; i < 5; i++) {
                moments[i] += power / count;
                power *= value;
            }
            beyondTwo += Math.abs(value) > 2 ? 1 : 0;
        }
        // Five standard errors: sqrt(1/n), sqrt(2/n), sqrt(15/n), sqrt(96/n), sqrt(p(1-p)/n).
        assertEquals(0, moments[1], 5 * Math.sqrt(1.0 / count));
        assertEquals(1, moments[2], 5 * Math.sqrt(2.0 / count));
        assertEquals(0, moments[3], 5 * Math.sqrt(15.0 / count));
        assertEquals(3, moments[4], 5 * Math.sqrt(96.0 / count));
        assertEquals(0.0455, (double) beyondTwo / count, 5 * Math.sqrt(0.0455 * 0.9545 / count));
    }

    @Test
    void neighboursAreNotCorrelated() {
        int channels = 48;
        float[] noise = draw(new PhiloxNoise(12, 0, 0), Purpose.INITIAL, 0, layout(40, 50, 10), channels);
        for (int distance : new int[] {1, 2, 4, channels, 50 * channels, 2000 * channels}) {
            double sum = 0;
            int count = noise.length - distance;
            for (int i = 0; i < count; i++) {
                sum += noise[i] * noise[i + distance];
            }
            // Products of independent normals have variance 1; five standard errors.
            assertTrue(Math.abs(sum / count) < 5 / Math.sqrt(count), "distance " + distance + ": " + sum / count);
        }
    }

    /** Diffusers draws [channels, latents, rows, columns] of the codec's cells and cuts them into patches afterwards. */
    @Test
    void torchNoiseIsDrawnCellByCellAndCutIntoPatches() {
        int patch = 2;
        int cellChannels = 3;
        int rows = 2;
        int columns = 3;
        float[] cells =
                draw(new TorchNoise(5), Purpose.INITIAL, 0, layout(rows * patch, columns * patch, 2), cellChannels);
        float[] tokens = draw(
                new TorchNoise(5, patch), Purpose.INITIAL, 0, layout(rows, columns, 2), cellChannels * patch * patch);
        for (int group = 0; group < 2; group++) {
            for (int y = 0; y < rows * patch; y++) {
                for (int x = 0; x < columns * patch; x++) {
                    for (int channel = 0; channel < cellChannels; channel++) {
                        int cell = (group * rows * patch + y) * columns * patch + x;
                        int token = (group * rows + y / patch) * columns + x / patch;
                        int number = (channel * patch + y % patch) * patch + x % patch;
                        assertEquals(
                                cells[cell * cellChannels + channel],
                                tokens[token * cellChannels * patch * patch + number],
                                "latent " + group + ", row " + y + ", column " + x + ", channel " + channel);
                    }
                }
            }
        }
    }
}
