package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.tensor.TensorMemory;
import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;

/**
 * Classifier-free guidance: v = u + g (c - u), with c predicted under the prompt and u without it.
 *
 * <p>J. Ho, T. Salimans, "Classifier-free diffusion guidance" (arXiv:2207.12598), equation 6, in the form that has g
 * = 1 for no guidance.
 */
final class Guidance {
    private Guidance() {}

    /** Overwrites the guided prediction, elements {@code first} to {@code end} exclusive. */
    static void combine(MemorySegment guided, MemorySegment unguided, double scale, int first, int end) {
        combine(TensorMemory.buffer(guided), TensorMemory.buffer(unguided), scale, first, end);
    }

    private static void combine(FloatBuffer guided, FloatBuffer unguided, double scale, int first, int end) {
        for (int i = first; i < end; i++) {
            double with = guided.get(i);
            double without = unguided.get(i);
            guided.put(i, (float) (without + scale * (with - without)));
        }
    }

    /** Whether elements {@code first} to {@code end} exclusive are all finite. */
    static boolean isFinite(MemorySegment values, int first, int end) {
        return isFinite(TensorMemory.buffer(values), first, end);
    }

    private static boolean isFinite(FloatBuffer values, int first, int end) {
        // 0 * NaN and 0 * infinity are NaN, and NaN stays: one multiplication an element, no branch.
        float sum = 0;
        for (int i = first; i < end; i++) {
            sum += 0 * values.get(i);
        }
        return sum == 0;
    }
}
