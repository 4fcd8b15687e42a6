package dev.zoetrope.ffm.cuda;

import dev.zoetrope.ffm.memory.Lifetime;
import java.lang.foreign.MemorySegment;

/** A mark in a stream, with the time at which the GPU passed it. Owned by the caller, thread-safe. */
public final class CudaEvent implements AutoCloseable {
    private final CudaContext context;
    private final MemorySegment pointer;
    private final Lifetime lifetime = new Lifetime("CudaEvent");

    CudaEvent(CudaContext context) {
        this.context = context;
        this.pointer = context.driver().createEvent();
    }

    /** Puts the mark behind everything queued in the stream so far. */
    public void record(CudaStream stream) {
        use(() -> stream.use(() -> context.driver().recordEvent(pointer, stream.pointer())));
    }

    /** True if the GPU has passed the mark. */
    public boolean isDone() {
        boolean[] done = new boolean[1];
        use(() -> done[0] = context.driver().isEventDone(pointer));
        return done[0];
    }

    /** Waits until the GPU has passed the mark. */
    public void synchronize() {
        use(() -> context.driver().synchronizeEvent(pointer));
    }

    /** Milliseconds from an earlier mark to this one; both must have been passed. */
    public float millisecondsSince(CudaEvent earlier) {
        float[] elapsed = new float[1];
        use(() -> earlier.use(() -> elapsed[0] = context.driver().elapsedMilliseconds(earlier.pointer, pointer)));
        return elapsed[0];
    }

    private void use(Runnable work) {
        lifetime.enter();
        try {
            context.enter();
            work.run();
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
