package dev.zoetrope.ffm.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Page-locked host memory that is mapped into the GPU's address space: Java and kernels see the same bytes, without a
 * copy. Good for what kernels touch once, for every access crosses the bus.
 *
 * <p>Owned by the caller. Closing it while a run uses it is refused; afterwards the segment throws on access. What
 * kernels wrote is there for Java when an event behind them is done, not before.
 */
public final class MappedHostMemory implements AutoCloseable {
    private final CudaContext context;
    private final Arena arena;
    private final MemorySegment segment;
    private final long devicePointer;

    @SuppressWarnings({"MustBeClosed", "restricted"}) // close() frees the arena; the driver's memory gets its true size
    MappedHostMemory(CudaContext context, long byteSize) {
        this.context = context;
        CudaDriver driver = context.driver();
        int flags = CudaDriver.HOST_ALLOCATION_DEVICE_MAP | CudaDriver.HOST_ALLOCATION_PORTABLE;
        MemorySegment host = driver.allocateHost(byteSize, flags);
        try {
            devicePointer = driver.hostDevicePointer(host);
        } catch (RuntimeException e) {
            driver.freeHost(host);
            throw e;
        }
        arena = Arena.ofShared();
        segment = host.reinterpret(byteSize, arena, this::free).fill((byte) 0);
    }

    private void free(MemorySegment host) {
        context.enter();
        context.driver().freeHost(host);
        context.release();
    }

    /** The host's side. */
    public MemorySegment segment() {
        return segment;
    }

    /** The GPU's side: where it sees the same bytes. */
    public long devicePointer() {
        return devicePointer;
    }

    /**
     * Where the GPU sees a slice of the segment.
     *
     * @throws IllegalArgumentException if it is not one
     */
    public long devicePointer(MemorySegment slice) {
        long offset = slice.address() - segment.address();
        if (!slice.scope().equals(segment.scope()) || offset < 0 || offset + slice.byteSize() > segment.byteSize()) {
            throw new IllegalArgumentException("mapped memory: expected a slice of its segment of " + segment.byteSize()
                    + " bytes, found " + slice);
        }
        return devicePointer + offset;
    }

    /** Number of the GPU it is mapped for. */
    public int deviceOrdinal() {
        return context.ordinal();
    }

    /** Frees the memory. Closing twice is harmless. */
    @Override
    public synchronized void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
