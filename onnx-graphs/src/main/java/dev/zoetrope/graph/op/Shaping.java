package dev.zoetrope.graph.op;

import dev.zoetrope.graph.ir.Attribute;
import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.TensorInfo;
import dev.zoetrope.graph.ir.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Operators that move elements without changing them. */
public sealed interface Shaping extends OperatorSet permits Operators {
    /** A constant of whole numbers, {@code [values]}. */
    Value constant(long... values);

    /** A whole number {@code []}. */
    Value scalar(long value);

    /** The run-time value of a shape, {@code [rank]} int64, for a shape of symbols that the graph's inputs have. */
    Value sizes(Shape shape);

    /**
     * The same elements in the same order under another shape; the numbers of elements must be equal whatever the symbols
     * stand for.
     */
    default Value reshape(Value x, Shape shape) {
        if (!x.shape().elements().equals(shape.elements())) {
            throw OperatorSet.refuse("Reshape", x, "as many elements as " + shape + " has");
        }
        if (x.shape().equals(shape)) {
            return x;
        }
        return emit("", "Reshape", List.of(x, target(x.shape(), shape)), Map.of(), x.type(), shape);
    }

    /** The shape operand: 0 takes over the input's size on the same axis, -1 is worked out from the rest, once. */
    private Value target(Shape before, Shape after) {
        long[] sizes = new long[after.rank()];
        int unknown = 0;
        for (int axis = 0; axis < sizes.length; axis++) {
            Dimension size = after.get(axis);
            if (size.isFixed()) {
                sizes[axis] = size.size();
            } else if (axis < before.rank() && before.get(axis).equals(size)) {
                sizes[axis] = 0;
            } else {
                sizes[axis] = -1;
                unknown++;
            }
        }
        return unknown <= 1 ? constant(sizes) : sizes(after);
    }

    /** Axes in another order: result axis i is input axis {@code order[i]}. */
    default Value transpose(Value x, int... order) {
        int rank = x.shape().rank();
        boolean complete = IntStream.of(order)
                .sorted()
                .boxed()
                .toList()
                .equals(IntStream.range(0, rank).boxed().toList());
        if (!complete) {
            throw OperatorSet.refuse(
                    "Transpose",
                    x,
                    "a value with the axes " + IntStream.of(order).boxed().toList());
        }
        Shape shape = new Shape(IntStream.of(order).mapToObj(x.shape()::get).toList());
        List<Long> permutation = IntStream.of(order).asLongStream().boxed().toList();
        return emit("", "Transpose", List.of(x), Map.of("perm", Attribute.of(permutation)), x.type(), shape);
    }

    /** Adds an axis of size 1 before the given one. */
    default Value unsqueeze(Value x, int axis) {
        List<Dimension> sizes = new ArrayList<>(x.shape().dimensions());
        if (axis < 0 || axis > sizes.size()) {
            throw OperatorSet.refuse("Unsqueeze", x, "a value with at least " + axis + " axes");
        }
        sizes.add(axis, Dimension.of(1));
        return emit("", "Unsqueeze", List.of(x, constant(axis)), Map.of(), x.type(), new Shape(sizes));
    }

    /** Drops an axis of size 1. */
    default Value squeeze(Value x, int axis) {
        OperatorSet.requireSize("Squeeze", x, axis, Dimension.of(1));
        List<Dimension> sizes = new ArrayList<>(x.shape().dimensions());
        sizes.remove(axis);
        return emit("", "Squeeze", List.of(x, constant(axis)), Map.of(), x.type(), new Shape(sizes));
    }

    /** Values end to end along an axis. */
    default Value concat(int axis, List<Value> parts) {
        Value first = parts.getFirst();
        int fromStart = first.shape().normalise(axis);
        Dimension total = Dimension.of(0);
        for (Value part : parts) {
            OperatorSet.requireType("Concat", part, first.type());
            OperatorSet.requireRank("Concat", part, first.shape().rank());
            if (!part.shape().with(axis, Dimension.of(1)).equals(first.shape().with(axis, Dimension.of(1)))) {
                throw OperatorSet.refuse("Concat", part, "the sizes of " + first + " except on axis " + fromStart);
            }
            total = total.plus(part.shape().get(axis));
        }
        Map<String, Attribute> attributes = Map.of("axis", Attribute.of(fromStart));
        return emit("", "Concat", parts, attributes, first.type(), first.shape().with(axis, total));
    }

    /** Cuts an axis into parts of known sizes. */
    default List<Value> split(Value x, int axis, long... sizes) {
        int fromStart = x.shape().normalise(axis);
        OperatorSet.requireSize(
                "Split", x, axis, Dimension.of(LongStream.of(sizes).sum()));
        List<TensorInfo> results = LongStream.of(sizes)
                .mapToObj(size -> new TensorInfo("", x.type(), x.shape().with(fromStart, Dimension.of(size))))
                .toList();
        return emitAll(
                template("Split", List.of(x, constant(sizes)), Map.of("axis", Attribute.of(fromStart))), results);
    }

    /**
     * Cuts an axis into parts whose sizes are known when the graph runs.
     *
     * @param lengths {@code [parts]} int64; they add up to the axis
     */
    default Parts split(Value x, int axis, Value lengths) {
        int fromStart = x.shape().normalise(axis);
        OperatorSet.requireType("Split", lengths, ElementType.INT64);
        OperatorSet.requireRank("Split", lengths, 1);
        int count = Math.toIntExact(lengths.shape().get(0).size());
        List<TensorInfo> results = IntStream.range(0, count)
                .mapToObj(i -> Dimension.symbol(identifier(lengths.name()) + "_" + i))
                .map(size -> new TensorInfo("", x.type(), x.shape().with(fromStart, size)))
                .toList();
        List<Value> values =
                emitAll(template("Split", List.of(x, lengths), Map.of("axis", Attribute.of(fromStart))), results);
        return new Parts(values, fromStart, x.shape().get(fromStart));
    }

    /** Puts results, one for each part of a split, end to end again: the axis has the size it had before the split. */
    default Value join(Parts split, List<Value> results) {
        if (results.size() != split.values().size()) {
            throw OperatorSet.refuse(
                    "Concat", results.getFirst(), split.values().size() + " values, one for each part");
        }
        for (int i = 0; i < results.size(); i++) {
            Dimension size = split.values().get(i).shape().get(split.axis());
            OperatorSet.requireSize("Concat", results.get(i), split.axis(), size);
        }
        Value first = results.getFirst();
        Shape shape = first.shape().with(split.axis(), split.whole());
        return emit("", "Concat", results, Map.of("axis", Attribute.of(split.axis())), first.type(), shape);
    }

    /**
     * The parts of a value split by run-time lengths.
     *
     * @param whole size of the axis before the split
     */
    record Parts(List<Value> values, int axis, Dimension whole) {
        public Parts {
            values = List.copyOf(values);
        }
    }

    /** Places {@code from} (included) to {@code to} (excluded) of an axis of known size. */
    default Value slice(Value x, int axis, long from, long to) {
        int fromStart = x.shape().normalise(axis);
        if (from < 0 || from > to || to > x.shape().get(axis).size()) {
            throw OperatorSet.refuse("Slice", x, "places " + from + ".." + to + " on axis " + fromStart);
        }
        List<Value> inputs = List.of(x, constant(from), constant(to), constant(fromStart));
        return emit("", "Slice", inputs, Map.of(), x.type(), x.shape().with(axis, Dimension.of(to - from)));
    }

    /** Zeros before the first place of an axis. */
    default Value zerosBefore(Value x, int axis, long count) {
        if (x.type() == ElementType.BFLOAT16) { // CUDA has no Pad of this type
            return cast(zerosBefore(cast(x, ElementType.FLOAT), axis, count), ElementType.BFLOAT16);
        }
        long[] pads = new long[2 * x.shape().rank()];
        pads[x.shape().normalise(axis)] = count;
        Shape shape = x.shape().with(axis, x.shape().get(axis).plus(count));
        return emit("", "Pad", List.of(x, constant(pads)), Map.of(), x.type(), shape);
    }

    /** Repeats what lies on an axis of size 1. */
    default Value repeat(Value x, int axis, long times) {
        OperatorSet.requireSize("Expand", x, axis, Dimension.of(1));
        long[] sizes = new long[x.shape().rank()];
        Arrays.fill(sizes, 1);
        sizes[x.shape().normalise(axis)] = times;
        Shape shape = x.shape().with(axis, Dimension.of(times));
        return emit("", "Expand", List.of(x, constant(sizes)), Map.of(), x.type(), shape);
    }

    /** Each pixel as a block of 2 x 2: {@code [n, channels, height, width]} to twice the height and width. */
    default Value doubled(Value x) {
        OperatorSet.requireRank("Resize", x, 4);
        Shape shape = x.shape()
                .with(2, x.shape().get(2).times(2))
                .with(3, x.shape().get(3).times(2));
        if (x.type() == ElementType.BFLOAT16) { // CUDA has no Resize of this type
            Dimension one = Dimension.of(1);
            Dimension pictures = x.shape().get(0).times(x.shape().get(1));
            Value single = reshape(
                    x, Shape.of(pictures, x.shape().get(2), one, x.shape().get(3), one));
            return reshape(repeat(repeat(single, 2, 2), 4, 2), shape);
        }
        List<Value> inputs = List.of(x, Value.none(), factors(1, 1, 2, 2));
        Map<String, Attribute> attributes = Map.of(
                "mode", Attribute.of("nearest"),
                "coordinate_transformation_mode", Attribute.of("asymmetric"),
                "nearest_mode", Attribute.of("floor"));
        return emit("", "Resize", inputs, attributes, x.type(), shape);
    }

    /** float32 constants {@code [values]}, whatever type the graph computes in. */
    Value factors(float... values);

    /**
     * An axis of size 1, repeated.
     *
     * @param count {@code [1]} int64: how often when the graph runs
     * @param size what the axis is called afterwards
     */
    default Value repeat(Value x, int axis, Value count, Dimension size) {
        int fromStart = x.shape().normalise(axis);
        OperatorSet.requireSize("Expand", x, axis, Dimension.of(1));
        OperatorSet.requireType("Expand", count, ElementType.INT64);
        OperatorSet.requireSize("Expand", count, 0, Dimension.of(1));
        List<Value> sizes = new ArrayList<>();
        for (int i = 0; i < x.shape().rank(); i++) {
            sizes.add(i == fromStart ? count : constant(1)); // 1 leaves an axis as it is
        }
        return emit(
                "",
                "Expand",
                List.of(x, concat(0, sizes)),
                Map.of(),
                x.type(),
                x.shape().with(axis, size));
    }

    /** The whole numbers from 0 up to a size that the graph's inputs have, {@code [size]} int64. */
    default Value range(Dimension size) {
        Value end = squeeze(sizes(Shape.of(size)), 0);
        return emit("", "Range", List.of(scalar(0L), end, scalar(1L)), Map.of(), ElementType.INT64, Shape.of(size));
    }

    /** Rows of x by number: {@code [rows, …]} and int64 indices of any shape give {@code [indices…, …]}. */
    default Value gatherRows(Value x, Value indices) {
        OperatorSet.requireType("Gather", indices, ElementType.INT64);
        if (x.shape().rank() == 0) {
            throw OperatorSet.refuse("Gather", x, "a value with at least 1 axis");
        }
        List<Dimension> sizes = new ArrayList<>(indices.shape().dimensions());
        sizes.addAll(x.shape().dimensions().subList(1, x.shape().rank()));
        return emit("", "Gather", List.of(x, indices), Map.of("axis", Attribute.of(0)), x.type(), new Shape(sizes));
    }

    /**
     * Channels become pixels, in the order of PyTorch's {@code pixel_shuffle} (ONNX calls it CRD):
     * {@code [n, c*block*block, h, w]} to {@code [n, c, h*block, w*block]}.
     */
    default Value pixelShuffle(Value x, int block) {
        OperatorSet.requireRank("DepthToSpace", x, 4);
        Shape shape = x.shape()
                .with(1, x.shape().get(1).dividedBy((long) block * block))
                .with(2, x.shape().get(2).times(block))
                .with(3, x.shape().get(3).times(block));
        if (x.type() == ElementType.BFLOAT16) { // CUDA has no DepthToSpace of this type
            Dimension side = Dimension.of(block);
            Dimension height = x.shape().get(2);
            Dimension width = x.shape().get(3);
            Value cut = reshape(x, Shape.of(shape.get(0), shape.get(1), side, side, height, width));
            return reshape(transpose(cut, 0, 1, 4, 2, 5, 3), shape);
        }
        Map<String, Attribute> attributes = Map.of("blocksize", Attribute.of(block), "mode", Attribute.of("CRD"));
        return emit("", "DepthToSpace", List.of(x), attributes, x.type(), shape);
    }

    /** A name made of what symbols may contain. */
    private static String identifier(String name) {
        return name.replaceAll("[^A-Za-z0-9_]", "_");
    }
}
