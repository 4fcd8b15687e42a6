package dev.zoetrope.graph.component;

import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;
import dev.zoetrope.graph.weight.LowRank;
import dev.zoetrope.graph.weight.QuantizedWeight;
import dev.zoetrope.graph.weight.WeightScope;
import dev.zoetrope.graph.weight.WeightTensor;
import java.util.List;
import java.util.Optional;

/**
 * {@code x W^T + b} on PyTorch's own layout, so the weight's bytes are used as they lie in the file. A weight in 4 or 8 bits ({@link
 * QuantizedWeight}) is used as it lies too.
 *
 * @param place where in the checkpoint
 * @param weight {@code [out, in]}, or a quantised weight's numbers {@code [out, blocks, bytes]}
 * @param scale of a quantised weight {@code [out, blocks]}
 * @param bias {@code [out]}
 * @param added what LoRAs add
 */
public record Linear(
        String place,
        WeightTensor weight,
        Optional<WeightTensor> scale,
        Optional<WeightTensor> bias,
        List<LowRank> added) {
    public Linear {
        added = List.copyOf(added);
    }

    /** A layer with a weight that is not quantised. */
    public Linear(String place, WeightTensor weight, Optional<WeightTensor> bias) {
        this(place, weight, Optional.empty(), bias, List.of());
    }

    public static Linear of(WeightScope scope, long in, long out) {
        return withoutBias(scope, in, out).withBias(Optional.of(scope.tensor("bias", out)));
    }

    /** The same layer with another bias. */
    Linear withBias(Optional<WeightTensor> other) {
        return new Linear(place, weight, scale, other, added);
    }

    public static Linear withoutBias(WeightScope scope, long in, long out) {
        List<LowRank> added = scope.added(in, out);
        if (!QuantizedWeight.isAt(scope)) {
            return new Linear(scope.path(), scope.tensor("weight", out, in), Optional.empty(), Optional.empty(), added);
        }
        QuantizedWeight weight = QuantizedWeight.at(scope, in, out);
        return new Linear(scope.path(), weight.numbers(), Optional.of(weight.scale()), Optional.empty(), added);
    }

    /** The layer that makes a range of this one's outputs. */
    public Linear outputs(long from, long to) {
        return new Linear(
                place,
                weight.rows(from, to),
                scale.map(tensor -> tensor.rows(from, to)),
                bias.map(tensor -> tensor.rows(from, to)),
                added.stream().map(each -> each.outputs(from, to)).toList());
    }

    /** {@code [rows, in]} to {@code [rows, out]}. */
    public Value apply(Operators operators, Value x) {
        Operators op = operators.in(place);
        Value y = base(op, x);
        for (LowRank each : added) {
            Value low = op.linear(x, op.weight(each.down()), Value.none());
            Value scaled = op.multiply(low, op.scalar(each.scale()));
            y = op.add(y, op.linear(scaled, op.weight(each.up()), Value.none()));
            if (each.bias().isPresent()) {
                y = op.add(y, op.multiply(op.weight(each.bias().get()), op.scalar(each.biasScale())));
            }
        }
        return y;
    }

    private Value base(Operators op, Value x) {
        Value offset = bias.map(op::weight).orElse(Value.none());
        return scale.map(tensor -> op.quantizedLinear(
                        x,
                        op.storedWeight(weight),
                        op.weight(tensor),
                        QuantizedWeight.BLOCK,
                        QuantizedWeight.bits(weight),
                        offset))
                .orElseGet(() -> op.linear(x, op.weight(weight), offset));
    }
}
