package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.tensor.TensorMemory;
import java.lang.foreign.MemorySegment;

/**
 * Sums of scaled tensors, element by element.
 *
 * <p>Small loops in which no two tensors are the same memory. JDK 25 compiles such a loop on the guess that what it
 * writes does not alias what it reads; where a target was also one of the terms, the guess failed in every call, and
 * the loop was compiled, thrown away and compiled again for as long as it ran (measured: 30 ns an element instead of
 * 1).
 */
final class LinearBlend {
    /** A tensor and what it is multiplied by. */
    record Term(double factor, MemorySegment values) {}

    private LinearBlend() {}

    /** target = sum of two terms, for elements {@code from} to {@code end} exclusive; neither term is the target. */
    static void write(MemorySegment target, long from, long end, Term first, Term second) {
        double a = first.factor();
        double b = second.factor();
        MemorySegment x = first.values();
        MemorySegment y = second.values();
        for (long i = from; i < end; i++) {
            double sum = a * x.getAtIndex(TensorMemory.FLOAT, i) + b * y.getAtIndex(TensorMemory.FLOAT, i);
            target.setAtIndex(TensorMemory.FLOAT, i, (float) sum);
        }
    }

    /** target = scale target + sum of two terms, neither of which is the target. */
    static void update(MemorySegment target, double scale, long from, long end, Term first, Term second) {
        double a = first.factor();
        double b = second.factor();
        MemorySegment x = first.values();
        MemorySegment y = second.values();
        for (long i = from; i < end; i++) {
            double sum = scale * target.getAtIndex(TensorMemory.FLOAT, i)
                    + a * x.getAtIndex(TensorMemory.FLOAT, i)
                    + b * y.getAtIndex(TensorMemory.FLOAT, i);
            target.setAtIndex(TensorMemory.FLOAT, i, (float) sum);
        }
    }

    /** target = target + one term, which is not the target. */
    static void add(MemorySegment target, long from, long end, Term term) {
        double factor = term.factor();
        MemorySegment values = term.values();
        for (long i = from; i < end; i++) {
            double sum = target.getAtIndex(TensorMemory.FLOAT, i) + factor * values.getAtIndex(TensorMemory.FLOAT, i);
            target.setAtIndex(TensorMemory.FLOAT, i, (float) sum);
        }
    }
}
