package dev.zoetrope.graph.component;

import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;
import dev.zoetrope.graph.weight.WeightScope;
import dev.zoetrope.graph.weight.WeightTensor;
import java.util.Optional;

/**
 * {@code x W^T + b} on PyTorch's own layout, so the weight's bytes are used as they lie in the file.
 *
 * @param place where in the checkpoint
 * @param weight {@code [out, in]}
 * @param bias {@code [out]}
 */
public record Linear(String place, WeightTensor weight, Optional<WeightTensor> bias) {
    public static Linear of(WeightScope scope, long in, long out) {
        return new Linear(scope.path(), scope.tensor("weight", out, in), Optional.of(scope.tensor("bias", out)));
    }

    public static Linear withoutBias(WeightScope scope, long in, long out) {
        return new Linear(scope.path(), scope.tensor("weight", out, in), Optional.empty());
    }

    /** The layer that makes a range of this one's outputs. */
    public Linear outputs(long from, long to) {
        return new Linear(place, weight.rows(from, to), bias.map(tensor -> tensor.rows(from, to)));
    }

    /** {@code [rows, in]} to {@code [rows, out]}. */
    public Value apply(Operators operators, Value x) {
        Operators op = operators.in(place);
        return op.linear(x, op.weight(weight), bias.map(op::weight).orElse(Value.none()));
    }
}
