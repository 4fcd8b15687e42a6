package dev.zoetrope.ffm.memory;

import com.google.errorprone.annotations.MustBeClosed;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The owner of a group of off-heap buffers that live and die together.
 *
 * <p>Buffers are zero at first, aligned to a cache line, usable from any thread, and accessible until {@link #close()}.
 * Closing while a run reads or writes one of them is refused with an {@link IllegalStateException}, and so is every
 * access afterwards.
 */
public final class NativeMemory implements AutoCloseable {
    /** Alignment of every buffer: a cache line, and the widest vector register of current processors. */
    public static final long ALIGNMENT_BYTES = 64;

    private final Arena arena;
    private long byteSize;

    @SuppressWarnings("MustBeClosed") // close() frees it
    private NativeMemory() {
        arena = Arena.ofShared();
    }

    /** A new owner without buffers. The caller closes it. */
    @MustBeClosed
    public static NativeMemory open() {
        return new NativeMemory();
    }

    /** A buffer of that many bytes, zero-filled. */
    public synchronized MemorySegment bytes(long byteSize) {
        requireOpen();
        if (byteSize < 0) {
            throw new IllegalArgumentException("buffer: expected a size of 0 bytes or more, found " + byteSize);
        }
        // A tensor may have no elements, but its address must still be one.
        MemorySegment segment = arena.allocate(Math.max(1, byteSize), ALIGNMENT_BYTES);
        this.byteSize += byteSize;
        return segment.asSlice(0, byteSize);
    }

    /** A buffer for that many 32-bit floats, zero-filled. */
    public MemorySegment floats(long count) {
        return bytes(Math.multiplyExact(count, (long) Float.BYTES));
    }

    /** A buffer for that many 64-bit integers, zero-filled. */
    public MemorySegment longs(long count) {
        return bytes(Math.multiplyExact(count, (long) Long.BYTES));
    }

    /** Bytes handed out so far. */
    public synchronized long byteSize() {
        return byteSize;
    }

    /** Frees all buffers. Closing twice is harmless. */
    @Override
    public synchronized void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private void requireOpen() {
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException("NativeMemory: expected open, found closed");
        }
    }
}
