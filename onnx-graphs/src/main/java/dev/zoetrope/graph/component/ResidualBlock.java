package dev.zoetrope.graph.component;

import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;
import dev.zoetrope.graph.weight.WeightScope;

/** {@code x + conv2(silu(norm(conv1(silu(norm(x))))))}: pre-activation residual block (arXiv:1603.05027). */
public record ResidualBlock(String place, ChannelNorm norm, Convolution conv1, Convolution conv2) {
    public static ResidualBlock of(WeightScope scope, long channels, ChannelNorm norm) {
        return new ResidualBlock(
                scope.path(),
                norm,
                Convolution.of(scope.at("conv1"), channels, channels, 3),
                Convolution.of(scope.at("conv2"), channels, channels, 3));
    }

    /** {@code [n, channels, height, width]} to the same. */
    public Value apply(Operators operators, Value x) {
        Operators op = operators.in(place);
        Value inner = conv1.apply(op, op.silu(norm.apply(op, x)));
        return op.add(x, conv2.apply(op, op.silu(norm.apply(op, inner))));
    }
}
