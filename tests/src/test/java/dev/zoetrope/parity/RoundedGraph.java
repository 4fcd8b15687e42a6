package dev.zoetrope.parity;

import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.ir.Attribute;
import dev.zoetrope.graph.ir.Bytes;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Graph;
import dev.zoetrope.graph.ir.Initializer;
import dev.zoetrope.graph.ir.Node;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.TensorInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A graph of 16 bits made ready for the CPU, which has no bfloat16 kernels, few of float16, and none over packed segments. Every node
 * that works in 16 bits works in float32 on the 16-bit operands, and its result is rounded to 16 bits: what a GPU's kernel does that
 * sums in float32. (Where ONNX Runtime itself puts casts around float16 nodes, it leaves out the roundings between them.)
 *
 * <p>{@code PackedMultiHeadAttention} becomes attention with a bias, a new input {@code attention_bias [1, 1, S, S]}.
 */
final class RoundedGraph {
    private static final String BIAS = "attention_bias";
    private static final String AXIS = "first axis";

    private final Graph graph;
    private final Map<String, ElementType> types = new HashMap<>();
    private final List<Node> nodes = new ArrayList<>();

    private RoundedGraph(Graph graph) {
        this.graph = graph;
        graph.inputs().forEach(input -> types.put(input.name(), input.type()));
        graph.initializers().forEach(initializer -> types.put(initializer.name(), initializer.type()));
        graph.results().values().forEach(result -> types.put(result.name(), result.type()));
    }

    static OnnxModel of(OnnxModel model) {
        return new RoundedGraph(model.graph()).model();
    }

    private OnnxModel model() {
        List<TensorInfo> inputs = new ArrayList<>(graph.inputs());
        List<Initializer> initializers = new ArrayList<>(graph.initializers());
        if (graph.nodes().stream().anyMatch(node -> node.operator().equals("PackedMultiHeadAttention"))) {
            inputs.removeIf(
                    input -> List.of("token_offset", "cumulative_length").contains(input.name()));
            inputs.add(new TensorInfo(BIAS, ElementType.FLOAT, Shape.parse("[1, 1, S, S]")));
            types.put(BIAS, ElementType.FLOAT);
            initializers.add(new Initializer.Inline(AXIS, ElementType.INT64, List.of(1L), Bytes.of(new byte[8])));
        }
        graph.nodes().forEach(this::add);
        return OnnxModel.of(new Graph(graph.name(), inputs, graph.outputs(), initializers, nodes));
    }

    private void add(Node node) {
        boolean isPacked = node.operator().equals("PackedMultiHeadAttention");
        if (node.operator().equals("Cast") || !(isPacked || isShort(node.inputs()) || isShort(node.outputs()))) {
            nodes.add(node);
            return;
        }
        List<String> inputs = new ArrayList<>();
        for (int i = 0; i < node.inputs().size(); i++) {
            inputs.add(widened(node, i));
        }
        List<String> outputs = node.outputs().stream()
                .map(output -> isShort(output) ? output + " in 32 bits" : output)
                .toList();
        if (isPacked) {
            addMasked(node, inputs, outputs.getFirst());
        } else {
            nodes.add(new Node(node.name(), node.domain(), node.operator(), inputs, outputs, node.attributes()));
        }
        for (int i = 0; i < outputs.size(); i++) {
            String output = node.outputs().get(i);
            if (isShort(output)) {
                addCast(outputs.get(i), output, type(output));
            }
        }
    }

    private void addMasked(Node node, List<String> inputs, String output) {
        List<String> batched = new ArrayList<>();
        for (String input : inputs.subList(0, 3)) {
            String name = node.name() + "/" + batched.size();
            nodes.add(new Node(name, "", "Unsqueeze", List.of(input, AXIS), List.of(name), Map.of()));
            batched.add(name);
        }
        batched.addAll(List.of("", "", BIAS));
        String mixed = node.name() + "/mixed";
        nodes.add(
                new Node(node.name(), node.domain(), "MultiHeadAttention", batched, List.of(mixed), node.attributes()));
        nodes.add(new Node(node.name() + "/squeeze", "", "Squeeze", List.of(mixed, AXIS), List.of(output), Map.of()));
    }

    private String widened(Node node, int index) {
        String input = node.inputs().get(index);
        if (!isShort(input)) {
            return input;
        }
        String wide = node.name() + "/input " + index;
        addCast(input, wide, ElementType.FLOAT);
        return wide;
    }

    private void addCast(String from, String to, ElementType type) {
        nodes.add(new Node(
                "cast of " + from + " to " + to,
                "",
                "Cast",
                List.of(from),
                List.of(to),
                Map.of("to", Attribute.of(type.code()))));
    }

    private boolean isShort(List<String> names) {
        return names.stream().anyMatch(this::isShort);
    }

    private boolean isShort(String name) {
        return !name.isEmpty() && (type(name) == ElementType.FLOAT16 || type(name) == ElementType.BFLOAT16);
    }

    private ElementType type(String name) {
        ElementType type = types.get(name);
        if (type == null) {
            throw new IllegalStateException("type of " + name + ": unknown");
        }
        return type;
    }
}
