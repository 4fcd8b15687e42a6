package dev.zoetrope.ffm.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory on the GPU.
 *
 * <p>Owned by the caller, who must not close it while queued work still uses it: wait for the stream first. Closing it
 * while a run uses it is refused. Thread-safe.
 */
public final class DeviceMemory implements AutoCloseable {
    private final CudaContext context;
    private final Arena arena;
    private final MemorySegment guard;
    private final long devicePointer;
    private final long byteSize;

    @SuppressWarnings({"MustBeClosed", "restricted"}) // close() frees the arena; the segment keeps its length of 0
    DeviceMemory(CudaContext context, long byteSize) {
        this.context = context;
        this.byteSize = byteSize;
        this.devicePointer = context.driver().allocate(byteSize);
        arena = Arena.ofShared();
        guard = MemorySegment.ofAddress(devicePointer).reinterpret(arena, this::free);
    }

    private void free(MemorySegment unused) {
        context.enter();
        context.driver().free(devicePointer);
        context.release();
    }

    /** Address in the GPU's address space. */
    public long devicePointer() {
        return devicePointer;
    }

    /** Its size. */
    public long byteSize() {
        return byteSize;
    }

    /** Number of its GPU. */
    public int deviceOrdinal() {
        return context.ordinal();
    }

    /**
     * A segment of no length, for Java cannot read there, whose scope is the memory's life: handed to a native call, it
     * keeps the memory from being closed during the call.
     */
    public MemorySegment guard() {
        return guard;
    }

    /** As the other, at the beginning of this memory. */
    public void copyFrom(MemorySegment source, CudaStream stream) {
        copyFrom(source, 0, stream);
    }

    /**
     * Queues a copy from host memory. Page-locked memory is read when the stream gets there: it must stay open and
     * unchanged until then. Other memory is read, at the price of a second copy, before the call returns.
     *
     * @throws IllegalArgumentException if the source is on the heap, there is no room for it, or the stream is of another
     *     GPU
     */
    public synchronized void copyFrom(MemorySegment source, long byteOffset, CudaStream stream) {
        requireRoom(source, byteOffset, stream);
        stream.use(
                queue -> context.driver().copyToDevice(devicePointer + byteOffset, source, source.byteSize(), queue));
    }

    /** As the other, from the beginning of this memory. */
    public void copyTo(MemorySegment target, CudaStream stream) {
        copyTo(target, 0, stream);
    }

    /**
     * Queues a copy to host memory, which must stay open until the stream is waited for, and holds the bytes only then.
     *
     * @throws IllegalArgumentException if the target is on the heap or larger than what is there, or the stream is of
     *     another GPU
     */
    public synchronized void copyTo(MemorySegment target, long byteOffset, CudaStream stream) {
        requireRoom(target, byteOffset, stream);
        stream.use(queue -> context.driver().copyToHost(target, devicePointer + byteOffset, target.byteSize(), queue));
    }

    private void requireRoom(MemorySegment host, long byteOffset, CudaStream stream) {
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException("DeviceMemory: expected open, found closed");
        }
        if (stream.deviceOrdinal() != deviceOrdinal()) {
            throw new IllegalArgumentException("copy: expected a stream of GPU " + deviceOrdinal()
                    + ", found one of GPU " + stream.deviceOrdinal());
        }
        if (!host.isNative() || byteOffset < 0 || host.byteSize() > byteSize - byteOffset) {
            throw new IllegalArgumentException("copy: expected native memory of at most " + (byteSize - byteOffset)
                    + " bytes, found " + host.byteSize() + " bytes" + (host.isNative() ? "" : " on the heap"));
        }
    }

    /** Frees the memory. Closing twice is harmless. */
    @Override
    public synchronized void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
