package dev.zoetrope.graph.op;

import dev.zoetrope.graph.GraphException;
import dev.zoetrope.graph.ir.Attribute;
import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.NodeTemplate;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.TensorInfo;
import dev.zoetrope.graph.ir.Value;
import java.util.List;
import java.util.Map;

/** What the groups of operators share: adding a node, and saying what is wrong with an operand. */
public sealed interface OperatorSet permits Elementwise, Shaping, Products, Normalizations, AttentionOperators {
    /** The domain of ONNX Runtime's own operators. */
    String MICROSOFT = "com.microsoft";

    /** Adds a node with one result; for the operators of this package. */
    Value emit(
            String domain,
            String operator,
            List<Value> inputs,
            Map<String, Attribute> attributes,
            ElementType type,
            Shape shape);

    /** Adds a node with several results; for the operators of this package. */
    List<Value> emitAll(NodeTemplate template, List<TensorInfo> results);

    /** The same numbers in another type; the value itself where it has that type already. */
    Value cast(Value x, ElementType type);

    /** A template with the current scope and ONNX's own domain. */
    NodeTemplate template(String operator, List<Value> inputs, Map<String, Attribute> attributes);

    /** An operand that cannot be. */
    static GraphException refuse(String operator, Value value, String expected) {
        return new GraphException(operator + ": expected " + expected + ", found " + value);
    }

    static void requireFloatingPoint(String operator, Value value) {
        if (!value.type().isFloatingPoint()) {
            throw refuse(operator, value, "a floating-point value");
        }
    }

    static void requireType(String operator, Value value, ElementType type) {
        if (value.type() != type) {
            throw refuse(operator, value, "a value of type " + type);
        }
    }

    static void requireRank(String operator, Value value, int rank) {
        if (value.shape().rank() != rank) {
            throw refuse(operator, value, "a value with " + rank + " axes");
        }
    }

    static void requireSize(String operator, Value value, int axis, Dimension size) {
        if (!value.shape().get(axis).equals(size)) {
            throw refuse(operator, value, "size " + size + " on axis " + axis);
        }
    }
}
