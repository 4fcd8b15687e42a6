package dev.zoetrope.parity;

import dev.zoetrope.ffm.ort.ElementType;
import dev.zoetrope.ffm.ort.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** A tensor in native memory that is freed when nothing refers to it any more. */
final class HostTensor {
    private final ElementType type;
    private final long[] sizes;
    private final MemorySegment data;

    private HostTensor(ElementType type, long[] sizes, MemorySegment data) {
        this.type = type;
        this.sizes = sizes.clone();
        this.data = data;
    }

    static HostTensor zeros(ElementType type, long... sizes) {
        return zeros(Arena.ofAuto(), type, sizes);
    }

    /** Memory of a given arena: a run takes tensors of few arenas. */
    static HostTensor zeros(Arena arena, ElementType type, long... sizes) {
        long elements = Arrays.stream(sizes).reduce(1, Math::multiplyExact);
        // One byte more: memory of size 0 has no address, and unused slots of a sequence are of size 0.
        MemorySegment data = arena.allocate(elements * type.byteSize() + 1, 64);
        return new HostTensor(type, sizes, data.asSlice(0, elements * type.byteSize()));
    }

    static HostTensor of(float[] values, long... sizes) {
        HostTensor tensor = zeros(ElementType.FLOAT32, sizes);
        MemorySegment.copy(values, 0, tensor.data, ValueLayout.JAVA_FLOAT, 0, values.length);
        return tensor;
    }

    static HostTensor of(long[] values, long... sizes) {
        HostTensor tensor = zeros(ElementType.INT64, sizes);
        MemorySegment.copy(values, 0, tensor.data, ValueLayout.JAVA_LONG, 0, values.length);
        return tensor;
    }

    static HostTensor copyOf(MemorySegment bytes, ElementType type, long... sizes) {
        HostTensor tensor = zeros(type, sizes);
        tensor.data.copyFrom(bytes);
        return tensor;
    }

    MemorySegment segment() {
        return data;
    }

    /** A copy in an arena, to be bound. */
    Tensor viewOfCopy(Arena arena) {
        MemorySegment copy = arena.allocate(data.byteSize() + 1, 64).asSlice(0, data.byteSize());
        return Tensor.view(copy.copyFrom(data), type, sizes);
    }

    /** Takes over the numbers of a tensor of the same size. */
    void copyFrom(Tensor tensor) {
        data.copyFrom(tensor.segment());
    }

    ElementType type() {
        return type;
    }

    long size(int axis) {
        return sizes[axis];
    }

    int rows() {
        return Math.toIntExact(sizes[0]);
    }

    float[] floats() {
        return data.toArray(ValueLayout.JAVA_FLOAT);
    }

    long[] longs() {
        return data.toArray(ValueLayout.JAVA_LONG);
    }

    byte[] bytes() {
        return data.toArray(ValueLayout.JAVA_BYTE);
    }

    /** Rows {@code from} (included) to {@code to} (excluded) of the first axis. */
    HostTensor rows(int from, int to) {
        long rowBytes = sizes[0] == 0 ? 0 : data.byteSize() / sizes[0];
        long[] part = sizes.clone();
        part[0] = (long) to - from;
        return copyOf(data.asSlice(from * rowBytes, part[0] * rowBytes), type, part);
    }

    /** The same numbers under other sizes. */
    HostTensor reshaped(long... newSizes) {
        return copyOf(data, type, newSizes);
    }

    /** Channels last: {@code [channels, height, width]} to {@code [height, width, channels]}. */
    HostTensor channelsLast() {
        int channels = rows();
        int positions = Math.toIntExact(sizes[1] * sizes[2]);
        float[] from = floats();
        float[] to = new float[from.length];
        for (int channel = 0; channel < channels; channel++) {
            for (int position = 0; position < positions; position++) {
                to[position * channels + channel] = from[channel * positions + position];
            }
        }
        return of(to, sizes[1], sizes[2], channels);
    }

    /** A rectangle of axes {@code first} and {@code first + 1}. */
    HostTensor window(int first, int row, int column, int rows, int columns) {
        long before = Arrays.stream(sizes, 0, first).reduce(1, Math::multiplyExact);
        int height = Math.toIntExact(sizes[first]);
        int width = Math.toIntExact(sizes[first + 1]);
        int after =
                Math.toIntExact(Arrays.stream(sizes, first + 2, sizes.length).reduce(1, Math::multiplyExact));
        float[] from = floats();
        float[] to = new float[Math.toIntExact(before * rows * columns * after)];
        int at = 0;
        for (int outer = 0; outer < before; outer++) {
            for (int y = row; y < row + rows; y++) {
                int start = ((outer * height + y) * width + column) * after;
                System.arraycopy(from, start, to, at, columns * after);
                at += columns * after;
            }
        }
        long[] part = sizes.clone();
        part[first] = rows;
        part[first + 1] = columns;
        return of(to, part);
    }
}
