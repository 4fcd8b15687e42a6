package dev.zoetrope.runtime.latent;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * PyTorch's CPU generator and its normal distribution, so that a seed gives the latents that diffusers would begin
 * with.
 *
 * <p>The generator is MT19937: M. Matsumoto, T. Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998). What is drawn
 * from it follows {@code aten/src/ATen/core/DistributionsHelper.h} and
 * {@code aten/src/ATen/native/cpu/DistributionTemplates.h}, checked against torch 2.15.0: tensors of 16 and more
 * elements take 24-bit uniforms for all elements first and then turn blocks of 16 into normals (cosines in the first
 * eight, sines in the others), drawing the last 16 anew when the size is not a multiple of 16; smaller tensors take
 * 53-bit uniforms and keep the second normal of each pair for the next call. Torch's vectorised logarithm and cosine
 * differ from these by some units in the last place.
 */
final class TorchGenerator {
    private static final int STATE_WORDS = 624;
    private static final int SHIFT_WORDS = 397;
    private static final int BLOCK = 16;

    private final int[] state = new int[STATE_WORDS];
    private int next = STATE_WORDS;
    private double spareNormal;
    private boolean hasSpare;

    TorchGenerator(long seed) {
        state[0] = (int) seed;
        for (int i = 1; i < STATE_WORDS; i++) {
            state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
        }
    }

    /** What {@code torch.randn(normals.length)} returns. */
    void normal(float[] normals) {
        if (normals.length < BLOCK) {
            for (int i = 0; i < normals.length; i++) {
                normals[i] = (float) singleNormal();
            }
            return;
        }
        fillUniform(normals, 0, normals.length);
        int whole = normals.length / BLOCK * BLOCK;
        for (int first = 0; first < whole; first += BLOCK) {
            blockToNormal(normals, first);
        }
        if (whole < normals.length) {
            fillUniform(normals, normals.length - BLOCK, normals.length);
            blockToNormal(normals, normals.length - BLOCK);
        }
    }

    private void fillUniform(float[] target, int from, int to) {
        for (int i = from; i < to; i++) {
            target[i] = (nextWord() & 0xFFFFFF) * 0x1p-24f;
        }
    }

    private static void blockToNormal(float[] values, int first) {
        for (int i = first; i < first + BLOCK / 2; i++) {
            float radius = (float) Math.sqrt(-2f * (float) StrictMath.log(1f - values[i]));
            float angle = (float) (2 * Math.PI) * values[i + BLOCK / 2];
            values[i] = radius * (float) StrictMath.cos(angle);
            values[i + BLOCK / 2] = radius * (float) StrictMath.sin(angle);
        }
    }

    private double singleNormal() {
        if (hasSpare) {
            hasSpare = false;
            return spareNormal;
        }
        double angle = 2 * Math.PI * uniform53();
        double radius = Math.sqrt(-2 * StrictMath.log1p(-uniform53()));
        spareNormal = radius * StrictMath.sin(angle);
        hasSpare = true;
        return radius * StrictMath.cos(angle);
    }

    private double uniform53() {
        long high = Integer.toUnsignedLong(nextWord());
        long low = Integer.toUnsignedLong(nextWord());
        return (((high << 32) | low) & ((1L << 53) - 1)) * 0x1p-53;
    }

    private int nextWord() {
        if (next == STATE_WORDS) {
            twist();
        }
        int word = state[next++];
        word ^= word >>> 11;
        word ^= (word << 7) & 0x9D2C5680;
        word ^= (word << 15) & 0xEFC60000;
        return word ^ (word >>> 18);
    }

    private void twist() {
        for (int i = 0; i < STATE_WORDS; i++) {
            int joined = (state[i] & 0x80000000) | (state[(i + 1) % STATE_WORDS] & 0x7FFFFFFF);
            state[i] = state[(i + SHIFT_WORDS) % STATE_WORDS] ^ (joined >>> 1) ^ ((joined & 1) == 0 ? 0 : 0x9908B0DF);
        }
        next = 0;
    }

    void writeState(DataOutput output) throws IOException {
        for (int word : state) {
            output.writeInt(word);
        }
        output.writeInt(next);
        output.writeBoolean(hasSpare);
        output.writeDouble(spareNormal);
    }

    void readState(DataInput input) throws IOException {
        for (int i = 0; i < STATE_WORDS; i++) {
            state[i] = input.readInt();
        }
        next = input.readInt();
        if (next < 0 || next > STATE_WORDS) {
            throw new IOException("torch generator: expected a position from 0 to " + STATE_WORDS + ", found " + next);
        }
        hasSpare = input.readBoolean();
        spareNormal = input.readDouble();
    }
}
