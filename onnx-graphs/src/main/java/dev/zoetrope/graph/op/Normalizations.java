package dev.zoetrope.graph.op;

import dev.zoetrope.graph.ir.Attribute;
import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Value;
import java.util.List;
import java.util.Map;

/** Reductions and the fused normalisations over the last axis. */
public sealed interface Normalizations extends OperatorSet permits Operators {
    /** A constant of whole numbers, {@code [values]}. */
    Value constant(long... values);

    /**
     * Mean 0 and variance 1 over the last axis, times a gain, plus a bias.
     *
     * @param gain {@code [channels]}, or the shape of x: the kernels take one for each row where x has three axes
     * @param bias as gain, or none
     */
    default Value layerNormalization(Value x, Value gain, Value bias, float epsilon) {
        String operator = "LayerNormalization";
        List<Value> inputs = bias.isNone() ? List.of(x, gain) : List.of(x, gain, bias);
        for (Value factor : inputs.subList(1, inputs.size())) {
            if (factor.shape().rank() == 1) {
                requireGain(operator, x, factor);
            } else if (x.shape().rank() != 3 || !factor.shape().equals(x.shape())) {
                throw OperatorSet.refuse(operator, factor, "[channels] or the shape of a value with 3 axes, here " + x);
            }
            OperatorSet.requireType(operator, factor, x.type());
        }
        Map<String, Attribute> attributes = Map.of("axis", Attribute.of(-1), "epsilon", Attribute.of(epsilon));
        return emit("", operator, inputs, attributes, x.type(), x.shape());
    }

    /** Root mean square 1 over the last axis, times a gain {@code [channels]}. */
    default Value rmsNormalization(Value x, Value gain, float epsilon) {
        requireGain("RMSNormalization", x, gain);
        Map<String, Attribute> attributes = Map.of("axis", Attribute.of(-1), "epsilon", Attribute.of(epsilon));
        return emit("", "RMSNormalization", List.of(x, gain), attributes, x.type(), x.shape());
    }

    /** Mean over one axis, which stays with size 1. */
    default Value mean(Value x, int axis) {
        OperatorSet.requireFloatingPoint("ReduceMean", x);
        if (x.type() == ElementType.BFLOAT16) { // not every CUDA provider has a ReduceMean of this type
            return cast(mean(cast(x, ElementType.FLOAT), axis), ElementType.BFLOAT16);
        }
        return emit(
                "",
                "ReduceMean",
                List.of(x, constant(x.shape().normalise(axis))),
                Map.of("keepdims", Attribute.of(1)),
                x.type(),
                x.shape().with(axis, Dimension.of(1)));
    }

    private static void requireGain(String operator, Value x, Value gain) {
        OperatorSet.requireFloatingPoint(operator, x);
        OperatorSet.requireRank(operator, gain, 1);
        OperatorSet.requireType(operator, gain, x.type());
        OperatorSet.requireSize(operator, x, -1, gain.shape().get(0));
    }
}
