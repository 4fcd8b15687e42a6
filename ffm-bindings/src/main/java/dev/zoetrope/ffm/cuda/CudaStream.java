package dev.zoetrope.ffm.cuda;

import dev.zoetrope.ffm.memory.Lifetime;
import java.lang.foreign.MemorySegment;

/** A queue of work for the GPU, done in order. Owned by the caller, thread-safe. */
public final class CudaStream implements AutoCloseable {
    private final CudaContext context;
    private final MemorySegment pointer;
    private final Lifetime lifetime = new Lifetime("CudaStream");

    CudaStream(CudaContext context) {
        this.context = context;
        this.pointer = context.driver().createStream();
    }

    /** Waits until everything queued so far is done. */
    public void synchronize() {
        use(() -> context.driver().synchronizeStream(pointer));
    }

    /** The driver's {@code CUstream}, to hand to a library; it does not outlive this object. */
    public long handle() {
        return pointer.address();
    }

    MemorySegment pointer() {
        return pointer;
    }

    void use(Runnable work) {
        lifetime.enter();
        try {
            context.enter();
            work.run();
        } finally {
            lifetime.leave();
        }
    }

    /** Waits for queued work and frees the stream. Closing twice is harmless. */
    @Override
    public void close() {
        if (lifetime.beginClose()) {
            lifetime.awaitIdle();
            try {
                context.enter();
                context.driver().synchronizeStream(pointer);
                context.driver().destroyStream(pointer);
            } finally {
                context.release();
                lifetime.endClose();
            }
        }
    }
}
