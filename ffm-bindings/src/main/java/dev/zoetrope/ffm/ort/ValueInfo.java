package dev.zoetrope.ffm.ort;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * An input or output of a model.
 *
 * @param name its name in the graph
 * @param type type of its elements
 * @param shape its dimensions, outermost first; -1 where the length is chosen at run time
 * @param symbolicDimensions for each dimension the name of its length, empty where it has none
 */
@SuppressWarnings("ArrayRecordComponent") // copied on the way in and out, and compared by its contents
public record ValueInfo(String name, ElementType type, long[] shape, List<String> symbolicDimensions) {
    /** Copies array and list. */
    public ValueInfo {
        shape = shape.clone();
        symbolicDimensions = List.copyOf(symbolicDimensions);
    }

    /** A copy of the dimensions; -1 where the length is chosen at run time. */
    @Override
    public long[] shape() {
        return shape.clone();
    }

    /** Type and shape as messages show them, for example {@code FLOAT32 [rows, 48]}. */
    public String describe() {
        var text = new StringBuilder(type.toString()).append(" [");
        for (int i = 0; i < shape.length; i++) {
            String symbol = symbolicDimensions.get(i);
            text.append(i == 0 ? "" : ", ")
                    .append(shape[i] >= 0 ? Long.toString(shape[i]) : symbol.isEmpty() ? "?" : symbol);
        }
        return text.append(']').toString();
    }

    /** True if a tensor of that type and shape fits. */
    boolean accepts(ElementType elementType, long[] lengths) {
        if (elementType != type || lengths.length != shape.length) {
            return false;
        }
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] >= 0 && shape[i] != lengths[i]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ValueInfo that
                && name.equals(that.name)
                && type == that.type
                && Arrays.equals(shape, that.shape)
                && symbolicDimensions.equals(that.symbolicDimensions);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, type, Arrays.hashCode(shape), symbolicDimensions);
    }

    @Override
    public String toString() {
        return name + " " + describe();
    }
}
