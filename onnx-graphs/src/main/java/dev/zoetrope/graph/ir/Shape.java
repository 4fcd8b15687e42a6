package dev.zoetrope.graph.ir;

import dev.zoetrope.graph.GraphException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The axes of a tensor, outermost first. */
public record Shape(List<Dimension> dimensions) {
    public Shape {
        dimensions = List.copyOf(dimensions);
    }

    public static Shape of(Dimension... dimensions) {
        return new Shape(List.of(dimensions));
    }

    public static Shape of(long... sizes) {
        return new Shape(Arrays.stream(sizes).mapToObj(Dimension::of).toList());
    }

    /** Reads the form used in documentation: {@code [4, 3, 8*rows, 8*columns]}. */
    public static Shape parse(String text) {
        String stripped = text.strip();
        if (!stripped.startsWith("[") || !stripped.endsWith("]")) {
            throw new GraphException("shape: expected [size, size, …], found '" + text + "'");
        }
        String inside = stripped.substring(1, stripped.length() - 1).strip();
        return inside.isEmpty()
                ? new Shape(List.of())
                : new Shape(Arrays.stream(inside.split(",", -1))
                        .map(Dimension::parse)
                        .toList());
    }

    public int rank() {
        return dimensions.size();
    }

    /** The size of an axis; negative axes count from the end. */
    public Dimension get(int axis) {
        return dimensions.get(normalise(axis));
    }

    public Shape with(int axis, Dimension dimension) {
        List<Dimension> changed = new ArrayList<>(dimensions);
        changed.set(normalise(axis), dimension);
        return new Shape(changed);
    }

    /** The axis counted from the start. */
    public int normalise(int axis) {
        int fromStart = axis < 0 ? axis + rank() : axis;
        if (fromStart < 0 || fromStart >= rank()) {
            throw new GraphException("axis: expected one of the " + rank() + " axes of " + this + ", found " + axis);
        }
        return fromStart;
    }

    /** The number of elements. */
    public Dimension elements() {
        return dimensions.stream().reduce(Dimension.of(1), Dimension::times);
    }

    public boolean isFixed() {
        return dimensions.stream().allMatch(Dimension::isFixed);
    }

    /** Every size, where all are known. */
    public long[] sizes() {
        return dimensions.stream().mapToLong(Dimension::size).toArray();
    }

    /** Every size, where the symbols stand for these numbers. */
    public long[] sizesWhere(Map<String, Long> symbols) {
        return dimensions.stream()
                .mapToLong(dimension -> dimension.sizeWhere(symbols))
                .toArray();
    }

    @Override
    public String toString() {
        return dimensions.stream().map(Dimension::toString).collect(Collectors.joining(", ", "[", "]"));
    }
}
