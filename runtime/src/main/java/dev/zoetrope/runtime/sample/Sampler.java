package dev.zoetrope.runtime.sample;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Takes one clip from a noise level to the next, in place, on its noisy tokens only. Holds the history that multistep
 * methods need, off heap; closing frees it. Used by one thread at a time, steps in order from 0.
 *
 * <p>Every sampler here is linear in the state, the network's output, its history and fresh noise: a step computes a
 * few coefficients in double precision and then passes over the elements. Elements are f32 in memory and
 * combined in double precision, so that a coefficient near the difference of two large ones costs no accuracy.
 */
public sealed interface Sampler extends AutoCloseable permits FlowEuler, Ddim, Ddpm, DpmSolverPlusPlus, UniPc {
    /**
     * Advances from level {@code step} to level {@code step + 1}.
     *
     * @param step index of the step, from 0
     * @param latent the clip {@code [groups, rows, columns, channels]} at level {@code step}; overwritten
     * @param output what the network predicted for it, same shape; left as it is
     */
    void step(int step, MemorySegment latent, MemorySegment output);

    /** Writes the history's bits, for a checkpoint between steps. */
    void writeState(DataOutput output) throws IOException;

    /** Restores what {@link #writeState} of the same kind of sampler on the same clip wrote. */
    void readState(DataInput input) throws IOException;

    @Override
    void close();
}
