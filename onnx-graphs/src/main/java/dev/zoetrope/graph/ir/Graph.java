package dev.zoetrope.graph.ir;

import java.util.List;

/** A finished graph: nodes in the order in which they can run. */
public record Graph(
        String name,
        List<TensorInfo> inputs,
        List<TensorInfo> outputs,
        List<Initializer> initializers,
        List<Node> nodes) {
    public Graph {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        initializers = List.copyOf(initializers);
        nodes = List.copyOf(nodes);
    }
}
