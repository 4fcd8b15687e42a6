package dev.zoetrope.ffm.ort;

import dev.zoetrope.ffm.cuda.DeviceMemory;
import dev.zoetrope.ffm.cuda.MappedHostMemory;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Memory seen as a tensor: an address, an element type and a shape. It does not own the memory, but keeps its segment
 * reachable, so that memory of an automatic arena lives as long as a binding refers to it.
 *
 * <p>Immutable; the memory it shows is not.
 */
public final class Tensor {
    private final MemorySegment segment;
    private final long address;
    private final ElementType type;
    private final long[] shape;
    private final int cudaDevice;

    private Tensor(MemorySegment segment, long address, ElementType type, long[] shape, int cudaDevice) {
        this.segment = segment;
        this.address = address;
        this.type = type;
        this.shape = shape;
        this.cudaDevice = cudaDevice;
    }

    /**
     * Shows off-heap memory as a tensor; does not own it.
     *
     * @param segment native memory, at least as large as the tensor
     * @param type type of the elements
     * @param shape lengths of the dimensions, outermost first; none for a scalar
     * @throws IllegalArgumentException if the memory is on the heap or too small, or a length is negative
     */
    public static Tensor view(MemorySegment segment, ElementType type, long... shape) {
        requireNative(segment);
        requireRoom(segment.byteSize(), type, shape);
        return new Tensor(segment, segment.address(), type, shape.clone(), -1);
    }

    /**
     * Shows memory of a GPU as a tensor of that GPU; does not own it. Closing the memory while a run uses it is refused,
     * and so is a run on memory that is closed.
     *
     * @param memory the memory
     * @param byteOffset where in it the tensor begins
     * @param type type of the elements
     * @param shape lengths of the dimensions, outermost first
     * @throws IllegalArgumentException if the memory is too small, or a length is negative
     */
    public static Tensor viewDevice(DeviceMemory memory, long byteOffset, ElementType type, long... shape) {
        if (byteOffset < 0) {
            throw new IllegalArgumentException("byteOffset: expected 0 or more, found " + byteOffset);
        }
        requireRoom(memory.byteSize() - byteOffset, type, shape);
        return new Tensor(
                memory.guard(), memory.devicePointer() + byteOffset, type, shape.clone(), memory.deviceOrdinal());
    }

    /**
     * Shows host memory that is mapped into a GPU's address space as a tensor of that GPU; does not own it. Java writes
     * the segment, kernels read the same memory.
     *
     * @param memory the memory
     * @param segment its segment, or a slice of it
     * @param type type of the elements
     * @param shape lengths of the dimensions, outermost first
     * @throws IllegalArgumentException if the segment is not of that memory, the memory is too small, or a length is
     *     negative
     */
    public static Tensor viewMapped(MappedHostMemory memory, MemorySegment segment, ElementType type, long... shape) {
        requireRoom(segment.byteSize(), type, shape);
        return new Tensor(segment, memory.devicePointer(segment), type, shape.clone(), memory.deviceOrdinal());
    }

    private static void requireNative(MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException(
                    "tensor memory: expected a native (off-heap) segment, found one on the heap;"
                            + " allocate it from an Arena");
        }
    }

    private static void requireRoom(long byteSize, ElementType type, long[] shape) {
        long needed = byteSize(type, shape);
        if (byteSize < needed) {
            throw new IllegalArgumentException("tensor memory: expected " + needed + " bytes for " + type + " "
                    + Arrays.toString(shape) + ", found " + byteSize);
        }
    }

    private static long byteSize(ElementType type, long[] shape) {
        long bytes = type.byteSize();
        for (long length : shape) {
            if (length < 0) {
                throw new IllegalArgumentException(
                        "tensor shape: expected lengths of 0 or more, found " + Arrays.toString(shape));
            }
            bytes = Math.multiplyExact(bytes, length);
        }
        return bytes;
    }

    /** The memory on the host's side; a segment of no length for memory of a GPU. */
    public MemorySegment segment() {
        return segment;
    }

    /** The address that is bound: of the segment, or in the GPU's address space. */
    public long address() {
        return address;
    }

    /** Type of the elements. */
    public ElementType type() {
        return type;
    }

    /** A copy of the dimensions, outermost first. */
    public long[] shape() {
        return shape.clone();
    }

    /** Bytes from the first to the last element. */
    public long byteSize() {
        return byteSize(type, shape);
    }

    /** True if the address is one of a GPU. */
    public boolean isOnDevice() {
        return cudaDevice >= 0;
    }

    /** Number of the GPU, or -1. */
    int cudaDevice() {
        return cudaDevice;
    }

    /** True while the memory may be used. */
    boolean isAlive() {
        return segment.scope().isAlive();
    }

    /** Type and shape as messages show them, for example {@code FLOAT32 [3, 48]}. */
    @Override
    public String toString() {
        return type + " " + Arrays.toString(shape);
    }
}
