package dev.zoetrope.ffm.cuda;

import dev.zoetrope.ffm.memory.Lifetime;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/**
 * A mark in a stream. A thread that waits for it sleeps, it does not spin; with time stamps it also tells when the GPU
 * passed it. Owned by the caller, thread-safe.
 */
public final class CudaEvent implements AutoCloseable {
    private final CudaContext context;
    private final boolean timing;
    private final MemorySegment pointer;
    private final Lifetime lifetime = new Lifetime("CudaEvent");

    CudaEvent(CudaContext context, boolean timing) {
        this.context = context;
        this.timing = timing;
        int flags = CudaDriver.EVENT_BLOCKING_SYNC | (timing ? 0 : CudaDriver.EVENT_DISABLE_TIMING);
        this.pointer = context.driver().createEvent(flags);
    }

    /**
     * Puts the mark behind everything queued in the stream so far.
     *
     * @throws IllegalArgumentException if the stream is of another GPU
     */
    public void record(CudaStream stream) {
        use(mark -> stream.use(queue -> context.driver().recordEvent(mark, queue)), stream);
    }

    /** True if the GPU has passed the mark, or it was never put anywhere. */
    public boolean isDone() {
        boolean[] done = new boolean[1];
        use(mark -> done[0] = context.driver().isEventDone(mark));
        return done[0];
    }

    /** Waits until the GPU has passed the mark. */
    public void synchronize() {
        use(mark -> context.driver().synchronizeEvent(mark));
    }

    /**
     * Milliseconds from an earlier mark to this one; both must have been passed.
     *
     * @throws IllegalStateException if one of the two was made without time stamps
     */
    public float millisecondsSince(CudaEvent earlier) {
        if (!timing || !earlier.timing) {
            throw new IllegalStateException(
                    "CudaEvent: expected one with time stamps, found one without; see CudaContext.createTimingEvent");
        }
        float[] elapsed = new float[1];
        use(end -> earlier.use(start -> elapsed[0] = context.driver().elapsedMilliseconds(start, end)));
        return elapsed[0];
    }

    void use(Consumer<MemorySegment> work, CudaStream stream) {
        if (stream.deviceOrdinal() != context.ordinal()) {
            throw new IllegalArgumentException("CudaEvent: expected a stream of GPU " + context.ordinal()
                    + ", found one of GPU " + stream.deviceOrdinal());
        }
        use(work);
    }

    private void use(Consumer<MemorySegment> work) {
        lifetime.enter();
        try {
            context.enter();
            work.accept(pointer);
        } finally {
            lifetime.leave();
        }
    }

    /** Frees the event. Closing twice is harmless. */
    @Override
    public void close() {
        if (lifetime.beginClose()) {
            lifetime.awaitIdle();
            try {
                context.enter();
                context.driver().destroyEvent(pointer);
            } finally {
                context.release();
                lifetime.endClose();
            }
        }
    }
}
