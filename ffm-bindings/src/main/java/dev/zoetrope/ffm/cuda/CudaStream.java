package dev.zoetrope.ffm.cuda;

import dev.zoetrope.ffm.memory.Lifetime;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/** A queue of work for the GPU, done in order. Owned by the caller, thread-safe. */
public final class CudaStream implements AutoCloseable {
    private final CudaContext context;
    private final MemorySegment pointer;
    private final MemorySegment waiting;
    private final Lifetime lifetime = new Lifetime("CudaStream");
    private int loans;

    CudaStream(CudaContext context) {
        this.context = context;
        CudaDriver driver = context.driver();
        this.pointer = driver.createStream();
        try {
            this.waiting = driver.createEvent(CudaDriver.EVENT_BLOCKING_SYNC | CudaDriver.EVENT_DISABLE_TIMING);
        } catch (RuntimeException e) {
            driver.destroyStream(pointer);
            throw e;
        }
    }

    /**
     * Waits until everything queued so far is done. The thread sleeps: it waits for an event behind the work, for a wait
     * for the stream itself would spin.
     */
    public void synchronize() {
        use(stream -> {
            context.driver().recordEvent(waiting, stream);
            context.driver().synchronizeEvent(waiting);
        });
    }

    /**
     * Lets everything queued from now on wait for a mark in another stream; the calling thread does not wait.
     *
     * @throws IllegalArgumentException if the event is of another GPU
     */
    public void waitFor(CudaEvent event) {
        event.use(mark -> use(stream -> context.driver().streamWaitEvent(stream, mark)), this);
    }

    /** The driver's {@code CUstream}, to hand to a library; see {@link #lend()}. */
    public long handle() {
        return pointer.address();
    }

    /** Number of its GPU. */
    public int deviceOrdinal() {
        return context.ordinal();
    }

    /**
     * Says that a library keeps the handle from now on: the stream cannot be closed until {@link #giveBack()}.
     *
     * @throws IllegalStateException if it is closed
     */
    public synchronized void lend() {
        lifetime.enter();
        lifetime.leave();
        loans++;
    }

    /** Ends a loan. */
    public synchronized void giveBack() {
        loans--;
    }

    void use(Consumer<MemorySegment> work) {
        lifetime.enter();
        try {
            context.enter();
            work.accept(pointer);
        } finally {
            lifetime.leave();
        }
    }

    /**
     * Waits for queued work and frees the stream. Closing twice is harmless.
     *
     * @throws IllegalStateException if a session still works in it
     */
    @Override
    public void close() {
        synchronized (this) {
            if (loans > 0) {
                throw new IllegalStateException("CudaStream: expected no session that works in it, found " + loans
                        + "; close the session first");
            }
            if (!lifetime.beginClose()) {
                return;
            }
        }
        lifetime.awaitIdle();
        try {
            CudaDriver driver = context.driver();
            context.enter();
            driver.recordEvent(waiting, pointer);
            driver.synchronizeEvent(waiting);
            driver.destroyEvent(waiting);
            driver.destroyStream(pointer);
        } finally {
            context.release();
            lifetime.endClose();
        }
    }
}
