package dev.zoetrope.graph.ir;

import java.util.List;
import java.util.Map;

/**
 * A finished graph: nodes in the order in which they can run.
 *
 * @param results type and shape of the nodes' results by name, as far as they are known
 */
public record Graph(
        String name,
        List<TensorInfo> inputs,
        List<TensorInfo> outputs,
        List<Initializer> initializers,
        List<Node> nodes,
        Map<String, TensorInfo> results) {
    public Graph {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        initializers = List.copyOf(initializers);
        nodes = List.copyOf(nodes);
        results = Map.copyOf(results);
    }

    /** A graph of whose results nothing is known. */
    public Graph(
            String name,
            List<TensorInfo> inputs,
            List<TensorInfo> outputs,
            List<Initializer> initializers,
            List<Node> nodes) {
        this(name, inputs, outputs, initializers, nodes, Map.of());
    }

    /** The same graph with other initializers of the same names. */
    public Graph withInitializers(List<Initializer> replacements) {
        return new Graph(name, inputs, outputs, replacements, nodes, results);
    }
}
