package dev.zoetrope.graph.ir;

import java.util.List;
import java.util.Map;

/**
 * One use of an operator.
 *
 * @param domain who defines the operator: empty for ONNX itself, {@code com.microsoft} for ONNX Runtime's own
 * @param inputs names of values, empty for an optional input left out
 */
public record Node(
        String name,
        String domain,
        String operator,
        List<String> inputs,
        List<String> outputs,
        Map<String, Attribute> attributes) {
    public Node {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        attributes = Map.copyOf(attributes);
    }
}
