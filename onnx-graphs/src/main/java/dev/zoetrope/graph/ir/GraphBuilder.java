package dev.zoetrope.graph.ir;

import dev.zoetrope.graph.GraphException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Collects inputs, initializers and nodes into a {@link Graph}. Names are unique; equal constants and equal weights are kept
 * once. Not safe for several threads.
 */
public final class GraphBuilder {
    private final String name;
    private final List<Value> inputs = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final Map<Initializer, Value> initializers = new LinkedHashMap<>();
    private final Map<String, String> outputNames = new LinkedHashMap<>(); // value → the name callers see
    private final List<TensorInfo> outputs = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private final Map<String, TensorInfo> computed = new LinkedHashMap<>();
    private final Map<String, Integer> counters = new HashMap<>();

    private GraphBuilder(String name) {
        this.name = name;
    }

    public static GraphBuilder create(String name) {
        return new GraphBuilder(name);
    }

    public Value input(String inputName, ElementType type, Shape shape) {
        Value value = new Value(this, new TensorInfo(claim(inputName), type, shape));
        inputs.add(value);
        return value;
    }

    /** The inputs so far. */
    public List<Value> inputValues() {
        return List.copyOf(inputs);
    }

    /** Makes a node's result an output of the graph under the given name. */
    public void output(String outputName, Value value) {
        requireOwn(value, "output " + outputName);
        if (!computed.containsKey(value.name())) {
            throw new GraphException("output " + outputName + ": expected the result of a node, found " + value);
        }
        if (outputNames.putIfAbsent(value.name(), claim(outputName)) != null) {
            throw new GraphException("output " + outputName + ": expected a value of its own, found " + value
                    + ", which is output " + outputNames.get(value.name()) + " too");
        }
        outputs.add(new TensorInfo(outputName, value.type(), value.shape()));
    }

    /** Adds an initializer, or finds the equal one that is there; its name may change to stay unique. */
    public Value initializer(Initializer wanted) {
        Initializer nameless = rename(wanted, "");
        Value known = initializers.get(nameless);
        if (known != null) {
            return known;
        }
        Shape shape = new Shape(wanted.sizes().stream().map(Dimension::of).toList());
        Value value = new Value(this, new TensorInfo(unique(wanted.name()), wanted.type(), shape));
        initializers.put(nameless, value);
        return value;
    }

    /** A constant of 64-bit whole numbers, {@code [values]}. */
    public Value constant(long... values) {
        return initializer(Constants.of("constant/long", values, values.length));
    }

    /** A single 64-bit whole number, {@code []}. */
    public Value scalar(long value) {
        return initializer(Constants.of("constant/long", new long[] {value}));
    }

    /** A constant of 32-bit floats of the given shape. */
    public Value constant(float[] values, long... sizes) {
        if (Arrays.stream(sizes).reduce(1, Math::multiplyExact) != values.length) {
            throw new GraphException("constant: expected as many values as " + Arrays.toString(sizes)
                    + " has places, found " + values.length);
        }
        return initializer(Constants.of("constant/float", values, sizes));
    }

    /** Adds a node with one result. */
    public Value node(NodeTemplate template, ElementType type, Shape shape) {
        return node(template, List.of(new TensorInfo("", type, shape))).getFirst();
    }

    /** Adds a node with one result for each given type and shape (names are made here). */
    public List<Value> node(NodeTemplate template, List<TensorInfo> results) {
        String nodeName = unique(template.scope() + template.operator());
        template.inputs().forEach(input -> requireOwn(input, "node " + nodeName));
        List<Value> values = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            String valueName = results.size() == 1 ? claim(nodeName + ":out") : claim(nodeName + ":" + i);
            TensorInfo result = results.get(i);
            TensorInfo named = new TensorInfo(valueName, result.type(), result.shape());
            values.add(new Value(this, named));
            computed.put(valueName, named);
        }
        nodes.add(new Node(
                nodeName,
                template.domain(),
                template.operator(),
                template.inputs().stream().map(Value::name).toList(),
                values.stream().map(Value::name).toList(),
                template.attributes()));
        return values;
    }

    public Graph build() {
        if (outputs.isEmpty()) {
            throw new GraphException("graph " + name + ": expected at least one output, found none");
        }
        List<Initializer> kept = new ArrayList<>();
        initializers.forEach((initializer, value) -> kept.add(rename(initializer, value.name())));
        List<Node> named = nodes.stream()
                .map(node -> new Node(
                        node.name(),
                        node.domain(),
                        node.operator(),
                        outside(node.inputs()),
                        outside(node.outputs()),
                        node.attributes()))
                .toList();
        Map<String, TensorInfo> results = new HashMap<>();
        computed.forEach((valueName, info) -> {
            String callers = outputNames.getOrDefault(valueName, valueName);
            results.put(callers, new TensorInfo(callers, info.type(), info.shape()));
        });
        return new Graph(name, inputs.stream().map(Value::info).toList(), outputs, kept, named, results);
    }

    private List<String> outside(List<String> valueNames) {
        return valueNames.stream()
                .map(valueName -> outputNames.getOrDefault(valueName, valueName))
                .toList();
    }

    private static Initializer rename(Initializer initializer, String newName) {
        return switch (initializer) {
            case Initializer.Inline inline ->
                new Initializer.Inline(newName, inline.type(), inline.sizes(), inline.bytes());
            case Initializer.External external ->
                new Initializer.External(
                        newName,
                        external.type(),
                        external.sizes(),
                        external.location(),
                        external.offset(),
                        external.byteSize());
        };
    }

    private void requireOwn(Value value, String where) {
        if (!value.isNone() && value.owner() != this) {
            throw new GraphException(where + ": expected values of graph " + name + ", found " + value + " of graph "
                    + value.owner().name);
        }
    }

    private String claim(String wanted) {
        if (wanted.isEmpty() || !names.add(wanted)) {
            throw new GraphException("graph " + name + ": expected a new name, found '" + wanted + "' again");
        }
        return wanted;
    }

    private String unique(String wanted) {
        String candidate = wanted;
        while (!names.add(candidate)) {
            candidate = wanted + "_" + counters.merge(wanted, 1, Integer::sum);
        }
        return candidate;
    }
}
