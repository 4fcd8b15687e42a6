package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.TokenRange;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A sampler's buffers, each as large as its clip, and the walk over the ranges it may change. */
final class SamplerMemory implements AutoCloseable {
    /** What happens to some consecutive elements. */
    interface RangeStep {
        void apply(int first, int end);
    }

    private final Arena arena;
    private final List<TokenRange> noisy;
    private final int channels;
    private final MemorySegment[] history;
    private final MemorySegment scratch;

    /**
     * @param historyBuffers buffers that are part of a checkpoint
     * @param withScratch whether to make one more that is not
     */
    @SuppressWarnings("MustBeClosed") // close() frees the arena
    SamplerMemory(SamplerSetup setup, int historyBuffers, boolean withScratch) {
        noisy = setup.noisy();
        channels = setup.channels();
        history = new MemorySegment[historyBuffers];
        Arena owned = Arena.ofShared();
        try {
            for (int i = 0; i < historyBuffers; i++) {
                history[i] = TensorMemory.floats(owned, setup.elements());
            }
            scratch = TensorMemory.floats(owned, withScratch ? setup.elements() : 0);
        } catch (Throwable failure) {
            owned.close();
            throw failure;
        }
        arena = owned;
    }

    MemorySegment history(int index) {
        return history[index];
    }

    MemorySegment scratch() {
        return scratch;
    }

    /** Applies a step to the elements of every range of noisy tokens; the end is exclusive. */
    void forEachNoisy(RangeStep step) {
        for (TokenRange range : noisy) {
            int first = Math.multiplyExact(range.firstToken(), channels);
            step.apply(first, Math.addExact(first, Math.multiplyExact(range.tokens(), channels)));
        }
    }

    void write(DataOutput output) throws IOException {
        for (MemorySegment buffer : history) {
            TensorMemory.write(output, buffer);
        }
    }

    void read(DataInput input) throws IOException {
        for (MemorySegment buffer : history) {
            TensorMemory.read(input, buffer);
        }
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
