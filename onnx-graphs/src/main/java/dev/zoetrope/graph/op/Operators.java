package dev.zoetrope.graph.op;

import dev.zoetrope.graph.GraphException;
import dev.zoetrope.graph.ir.Attribute;
import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.GraphBuilder;
import dev.zoetrope.graph.ir.Initializer;
import dev.zoetrope.graph.ir.NodeTemplate;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.TensorInfo;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.weight.WeightTensor;
import java.util.List;
import java.util.Map;

/**
 * Adds operators to one graph. Nodes are named after the scope they are made in ({@link #in}), which is the component's place in
 * the checkpoint. Weights are converted to the type that the graph computes in.
 */
public final class Operators implements Elementwise, Shaping, Products, Normalizations, AttentionOperators {
    private final GraphBuilder graph;
    private final ElementType computeType;
    private final String scope;

    private Operators(GraphBuilder graph, ElementType computeType, String scope) {
        this.graph = graph;
        this.computeType = computeType;
        this.scope = scope;
    }

    /** Operators of a graph that computes in a type: FLOAT on the CPU, FLOAT16 or BFLOAT16 on some devices. */
    public static Operators of(GraphBuilder graph, ElementType computeType) {
        return new Operators(graph, computeType, "");
    }

    /** The same, with names that start with the given place. */
    public Operators in(String place) {
        return new Operators(graph, computeType, place.isEmpty() ? "" : place + "/");
    }

    /** The same graph, computing in another type from here on. */
    public Operators computingIn(ElementType type) {
        return new Operators(graph, type, scope);
    }

    public ElementType computeType() {
        return computeType;
    }

    /** A weight, left in its file and cast to the compute type where it has another. */
    public Value weight(WeightTensor tensor) {
        return in(tensor.name()).cast(storedWeight(tensor), computeType);
    }

    /** A weight, left in its file and in the type that it has there. */
    public Value storedWeight(WeightTensor tensor) {
        return graph.initializer(new Initializer.External(
                tensor.name(),
                tensor.type(),
                tensor.sizes(),
                tensor.file().toString(),
                tensor.offset(),
                tensor.byteSize()));
    }

    /** Constants of the given shape, in the compute type. */
    public Value constant(float[] values, long... sizes) {
        return cast(graph.constant(values, sizes), computeType);
    }

    /** One number {@code []} in the compute type. */
    public Value scalar(float value) {
        return constant(new float[] {value});
    }

    @Override
    public Value constant(long... values) {
        return graph.constant(values);
    }

    @Override
    public Value factors(float... values) {
        return graph.constant(values, values.length);
    }

    @Override
    public Value scalar(long value) {
        return graph.scalar(value);
    }

    @Override
    public Value sizes(Shape shape) {
        List<Value> sizes = shape.dimensions().stream().map(this::size).toList();
        return concat(0, sizes);
    }

    /** The run-time value {@code [1]} int64 of a size made of symbols that the graph's inputs have. */
    public Value size(Dimension dimension) {
        Value sum = null;
        for (Map.Entry<List<String>, Long> term : dimension.terms()) {
            Value product = constant(term.getValue());
            for (String symbol : term.getKey()) {
                Value factor = symbolSize(symbol);
                product = term.getValue() == 1 && symbol.equals(term.getKey().getFirst())
                        ? factor
                        : multiply(product, factor);
            }
            sum = sum == null ? product : add(sum, product);
        }
        return sum == null ? constant(0L) : sum;
    }

    /** Looks for an input that has an axis of the symbol's size or of a multiple of it. */
    private Value symbolSize(String symbol) {
        Dimension plain = Dimension.symbol(symbol);
        for (boolean multiples : new boolean[] {false, true}) {
            for (Value input : graph.inputValues()) {
                for (int axis = 0; axis < input.shape().rank(); axis++) {
                    Dimension size = input.shape().get(axis);
                    if (size.equals(plain)) {
                        return sizeOfAxis(input, axis);
                    }
                    if (multiples
                            && size.terms().size() == 1
                            && size.terms().getFirst().getKey().equals(List.of(symbol))) {
                        return divide(
                                sizeOfAxis(input, axis),
                                constant(size.terms().getFirst().getValue()));
                    }
                }
            }
        }
        throw new GraphException("size of " + symbol + ": expected an input with an axis of this size, found none");
    }

    private Value sizeOfAxis(Value x, int axis) {
        Map<String, Attribute> attributes = Map.of("start", Attribute.of(axis), "end", Attribute.of(axis + 1));
        return emit("", "Shape", List.of(x), attributes, ElementType.INT64, Shape.of(1L));
    }

    @Override
    public Value emit(
            String domain,
            String operator,
            List<Value> inputs,
            Map<String, Attribute> attributes,
            ElementType type,
            Shape shape) {
        return graph.node(new NodeTemplate(scope, domain, operator, inputs, attributes), type, shape);
    }

    @Override
    public List<Value> emitAll(NodeTemplate template, List<TensorInfo> results) {
        return graph.node(template, results);
    }

    @Override
    public NodeTemplate template(String operator, List<Value> inputs, Map<String, Attribute> attributes) {
        return new NodeTemplate(scope, "", operator, inputs, attributes);
    }
}
