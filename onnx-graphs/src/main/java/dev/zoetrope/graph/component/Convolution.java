package dev.zoetrope.graph.component;

import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;
import dev.zoetrope.graph.weight.WeightScope;
import dev.zoetrope.graph.weight.WeightTensor;

/**
 * A 2-D convolution that keeps height and width.
 *
 * @param weight {@code [out, in, kernel, kernel]}
 * @param bias {@code [out]}
 */
public record Convolution(String place, WeightTensor weight, WeightTensor bias) {
    public static Convolution of(WeightScope scope, long in, long out, int kernel) {
        return new Convolution(
                scope.path(), scope.tensor("weight", out, in, kernel, kernel), scope.tensor("bias", out));
    }

    /** {@code [n, in, height, width]} to {@code [n, out, height, width]}. */
    public Value apply(Operators operators, Value x) {
        Operators op = operators.in(place);
        return op.convolution(x, op.weight(weight), op.weight(bias));
    }
}
