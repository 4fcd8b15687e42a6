package dev.zoetrope.ffm.cuda;

import com.google.errorprone.annotations.MustBeClosed;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/**
 * The primary context of one GPU: where its memory, streams and events belong.
 *
 * <p>A context is current per thread; every method here and in the objects made from it makes it current on the calling
 * thread first. Objects made from it hold a share, so that closing the context before them is allowed; it is released
 * with the last of all. Thread-safe.
 */
public final class CudaContext implements AutoCloseable {
    private final CudaDriver driver;
    private final int ordinal;
    private final int device;
    private final MemorySegment pointer;
    private int users = 1;
    private boolean closed;

    CudaContext(CudaDriver driver, int ordinal, int device) {
        this.driver = driver;
        this.ordinal = ordinal;
        this.device = device;
        this.pointer = driver.retainPrimaryContext(device);
    }

    /** Number of the GPU. */
    public int ordinal() {
        return ordinal;
    }

    /** Makes the context current on this thread, for native code that expects it to be. */
    public void makeCurrent() {
        requireOpen();
        driver.setCurrent(pointer);
    }

    /** How much memory the GPU has and has left. */
    public CudaMemoryInfo memoryInfo() {
        makeCurrent();
        return driver.memoryInfo();
    }

    /** Host memory that the GPU reads and writes in place, zero-filled. The caller closes it. */
    @MustBeClosed
    public MappedHostMemory allocateMapped(long byteSize) {
        return create(() -> new MappedHostMemory(this, byteSize));
    }

    /** Memory on the GPU, of undefined content. The caller closes it. */
    @MustBeClosed
    public DeviceMemory allocateDevice(long byteSize) {
        return create(() -> new DeviceMemory(this, byteSize));
    }

    /** A stream that does not wait for the default one. The caller closes it. */
    @MustBeClosed
    public CudaStream createStream() {
        return create(() -> new CudaStream(this));
    }

    /** An event to wait for. The caller closes it. */
    @MustBeClosed
    public CudaEvent createEvent() {
        return create(() -> new CudaEvent(this, false));
    }

    /** An event with time stamps, which cost the GPU a little. The caller closes it. */
    @MustBeClosed
    public CudaEvent createTimingEvent() {
        return create(() -> new CudaEvent(this, true));
    }

    private <T> T create(Supplier<T> constructor) {
        retain();
        try {
            driver.setCurrent(pointer);
            return constructor.get();
        } catch (RuntimeException e) {
            release();
            throw e;
        }
    }

    CudaDriver driver() {
        return driver;
    }

    /** Makes the context current for an object that holds a share in it. */
    void enter() {
        driver.setCurrent(pointer);
    }

    private synchronized void retain() {
        requireOpen();
        users++;
    }

    synchronized void release() {
        users--;
        if (users == 0) {
            driver.releasePrimaryContext(device);
        }
    }

    private synchronized void requireOpen() {
        if (closed) {
            throw new IllegalStateException("CudaContext of GPU " + ordinal + ": expected open, found closed");
        }
    }

    /** Gives the share back. Closing twice is harmless. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            release();
        }
    }
}
