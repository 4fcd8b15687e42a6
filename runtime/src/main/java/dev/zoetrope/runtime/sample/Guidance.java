package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.tensor.TensorMemory;
import java.lang.foreign.MemorySegment;

/**
 * Classifier-free guidance: v = u + g (c - u), with c predicted under the prompt and u without it.
 *
 * <p>J. Ho, T. Salimans, "Classifier-free diffusion guidance" (arXiv:2207.12598), equation 6, in the form that has g = 1
 * for no guidance.
 */
final class Guidance {
    private Guidance() {}

    /** Overwrites the guided prediction, elements {@code first} to {@code end} exclusive. */
    static void combine(MemorySegment guided, MemorySegment unguided, double scale, long first, long end) {
        for (long i = first; i < end; i++) {
            double with = guided.getAtIndex(TensorMemory.FLOAT, i);
            double without = unguided.getAtIndex(TensorMemory.FLOAT, i);
            guided.setAtIndex(TensorMemory.FLOAT, i, (float) (without + scale * (with - without)));
        }
    }

    /** Whether elements {@code first} to {@code end} exclusive are all finite. */
    static boolean isFinite(MemorySegment values, long first, long end) {
        // 0 * NaN and 0 * infinity are NaN, and NaN stays: one multiplication an element, no branch.
        float sum = 0;
        for (long i = first; i < end; i++) {
            sum += 0 * values.getAtIndex(TensorMemory.FLOAT, i);
        }
        return sum == 0;
    }
}
