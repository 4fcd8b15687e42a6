package dev.zoetrope.runtime.sample;

import java.lang.foreign.MemorySegment;

/** Fresh standard normal noise for one clip, step by step. */
@FunctionalInterface
public interface StepNoise {
    /** Fills {@code [groups, rows, columns, channels]}. */
    void fill(int step, MemorySegment target);
}
