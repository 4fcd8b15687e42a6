package dev.zoetrope.ffm.ort;

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
     * Shows memory of a GPU as a tensor; does not own it, and cannot tell whether it is still there: free it after the
     * binding.
     *
     * @param devicePointer address in the GPU's address space
     * @param byteSize size of the memory there
     * @param deviceId number of the GPU, from 0
     * @param type type of the elements
     * @param shape lengths of the dimensions, outermost first
     * @throws IllegalArgumentException if the memory is too small, or a length is negative
     */
    public static Tensor viewDevice(long devicePointer, long byteSize, int deviceId, ElementType type, long... shape) {
        requireRoom(byteSize, type, shape);
        requireDevice(devicePointer, deviceId);
        // A segment of no length: the address cannot be read from Java, and must not be.
        return new Tensor(MemorySegment.ofAddress(devicePointer), devicePointer, type, shape.clone(), deviceId);
    }

    /**
     * Shows host memory that is mapped into a GPU's address space as a tensor of that GPU; does not own it. Java writes
     * the segment, kernels read the same memory, and the segment's scope tells whether it is still there.
     *
     * @param segment the host's side of the memory
     * @param devicePointer the GPU's side of it
     * @param deviceId number of the GPU, from 0
     * @param type type of the elements
     * @param shape lengths of the dimensions, outermost first
     * @throws IllegalArgumentException if the memory is too small, or a length is negative
     */
    public static Tensor viewMapped(
            MemorySegment segment, long devicePointer, int deviceId, ElementType type, long... shape) {
        requireNative(segment);
        requireRoom(segment.byteSize(), type, shape);
        requireDevice(devicePointer, deviceId);
        return new Tensor(segment, devicePointer, type, shape.clone(), deviceId);
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

    private static void requireDevice(long devicePointer, int deviceId) {
        if (devicePointer == 0 || deviceId < 0) {
            throw new IllegalArgumentException(
                    "tensor memory: expected a device pointer and a device number, found pointer " + devicePointer
                            + " and device " + deviceId);
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

    /** True while the memory may be used. Memory of a GPU without a host side always says true. */
    boolean isAlive() {
        return segment.scope().isAlive();
    }

    /** Type and shape as messages show them, for example {@code FLOAT32 [3, 48]}. */
    @Override
    public String toString() {
        return type + " " + Arrays.toString(shape);
    }
}
