package dev.zoetrope.graph.ir;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/** Constants in the byte form of a model file. */
final class Constants {
    private Constants() {}

    static Initializer of(String name, long[] values, long... sizes) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        return new Initializer.Inline(name, ElementType.INT64, boxed(sizes), Bytes.of(bytes.array()));
    }

    static Initializer of(String name, float[] values, long... sizes) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return new Initializer.Inline(name, ElementType.FLOAT, boxed(sizes), Bytes.of(bytes.array()));
    }

    private static List<Long> boxed(long[] sizes) {
        return Arrays.stream(sizes).boxed().toList();
    }
}
