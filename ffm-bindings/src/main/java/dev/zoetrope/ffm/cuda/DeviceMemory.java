package dev.zoetrope.ffm.cuda;

import dev.zoetrope.ffm.memory.Lifetime;
import java.lang.foreign.MemorySegment;

/**
 * Memory on the GPU.
 *
 * <p>Owned by the caller, who must not close it while queued work still uses it: synchronise the stream first.
 */
public final class DeviceMemory implements AutoCloseable {
    private final CudaContext context;
    private final long devicePointer;
    private final long byteSize;
    private final Lifetime lifetime = new Lifetime("DeviceMemory");

    DeviceMemory(CudaContext context, long byteSize) {
        this.context = context;
        this.byteSize = byteSize;
        this.devicePointer = context.driver().allocate(byteSize);
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
     * Queues a copy from host memory to the beginning of this memory. The source must stay open and unchanged until the
     * stream is synchronised.
     */
    public void copyFrom(MemorySegment source, CudaStream stream) {
        requireRoom(source);
        use(stream, () -> context.driver().copyToDevice(devicePointer, source, source.byteSize(), stream.pointer()));
    }

    /**
     * Queues a copy from the beginning of this memory to host memory. The target must stay open until the stream is
     * synchronised, and holds the bytes only then.
     */
    public void copyTo(MemorySegment target, CudaStream stream) {
        requireRoom(target);
        use(stream, () -> context.driver().copyToHost(target, devicePointer, target.byteSize(), stream.pointer()));
    }

    private void requireRoom(MemorySegment host) {
        if (!host.isNative() || host.byteSize() > byteSize) {
            throw new IllegalArgumentException("copy: expected native memory of at most " + byteSize + " bytes, found "
                    + host.byteSize() + " bytes" + (host.isNative() ? "" : " on the heap"));
        }
    }

    private void use(CudaStream stream, Runnable work) {
        lifetime.enter();
        try {
            stream.use(work);
        } finally {
            lifetime.leave();
        }
    }

    /** Frees the memory. Closing twice is harmless. */
    @Override
    public void close() {
        if (lifetime.beginClose()) {
            lifetime.awaitIdle();
            try {
                context.enter();
                context.driver().free(devicePointer);
            } finally {
                context.release();
                lifetime.endClose();
            }
        }
    }
}
