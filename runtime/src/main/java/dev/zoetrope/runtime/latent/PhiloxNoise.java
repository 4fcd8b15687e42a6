package dev.zoetrope.runtime.latent;

import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.ClipLayout;
import java.io.DataInput;
import java.io.DataOutput;
import java.lang.foreign.MemorySegment;

/**
 * Noise that is a pure function of (seed, output index, purpose, step) and (window, latent, row, column, channel): it
 * does not depend on packing, on the order of calls, on threads or on the machine.
 *
 * <p>The first four make the key, the others the counter of {@link Philox}: one block gives four channels of one
 * token. As the first four do not fit a 64-bit key, the key is itself a block, of the counter (output index, purpose,
 * step) under the seed. Normals by Box and Muller (1958) from 32-bit uniforms in (0, 1), in double precision with
 * {@link StrictMath}, so that every platform rounds alike; the largest value is 6.7.
 *
 * @param seed any number
 * @param outputIndex which of the request's clips
 * @param window which window of the clip
 */
public record PhiloxNoise(long seed, int outputIndex, int window) implements NoiseSource {
    private static final int MAX_SIDE = 1 << 16;
    private static final double UNIT = 0x1p-32;

    @Override
    public void fill(Purpose purpose, int step, ClipLayout layout, int channels, MemorySegment target) {
        if (layout.rows() > MAX_SIDE || layout.columns() > MAX_SIDE) {
            throw new IllegalArgumentException("noise: expected at most " + MAX_SIDE + " rows and columns, found "
                    + layout.rows() + "x" + layout.columns());
        }
        int[] key = {outputIndex, purpose.code(), step, 0};
        Philox.block(key, (int) seed, (int) (seed >>> 32));
        int[] words = new int[4];
        int cells = layout.cells();
        for (int token = 0; token < layout.tokens(); token++) {
            int cell = token % cells;
            int position = ((cell / layout.columns()) << 16) | (cell % layout.columns());
            for (int channel = 0; channel < channels; channel += 4) {
                words[0] = channel / 4;
                words[1] = position;
                words[2] = token / cells;
                words[3] = window;
                Philox.block(words, key[0], key[1]);
                long at = (long) token * channels + channel;
                pair(words[0], words[1], target, at, Math.min(2, channels - channel));
                pair(words[2], words[3], target, at + 2, Math.min(2, channels - channel - 2));
            }
        }
    }

    private static void pair(int first, int second, MemorySegment target, long at, int count) {
        double radius = StrictMath.sqrt(-2 * StrictMath.log(uniform(first)));
        double angle = 2 * Math.PI * uniform(second);
        if (count > 0) {
            target.setAtIndex(TensorMemory.FLOAT, at, (float) (radius * StrictMath.cos(angle)));
        }
        if (count > 1) {
            target.setAtIndex(TensorMemory.FLOAT, at + 1, (float) (radius * StrictMath.sin(angle)));
        }
    }

    /** The middle of one of 2^32 cells of (0, 1): never 0. */
    private static double uniform(int word) {
        return ((word & 0xFFFFFFFFL) + 0.5) * UNIT;
    }

    /** Nothing: there is no state. */
    @Override
    public void writeState(DataOutput output) {}

    /** Nothing: there is no state. */
    @Override
    public void readState(DataInput input) {}
}
