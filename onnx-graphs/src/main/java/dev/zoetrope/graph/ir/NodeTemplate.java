package dev.zoetrope.graph.ir;

import java.util.List;
import java.util.Map;

/**
 * A node before it is part of a graph.
 *
 * @param scope start of the node's name, such as {@code blocks.0.up/}
 */
public record NodeTemplate(
        String scope, String domain, String operator, List<Value> inputs, Map<String, Attribute> attributes) {
    public NodeTemplate {
        inputs = List.copyOf(inputs);
        attributes = Map.copyOf(attributes);
    }
}
