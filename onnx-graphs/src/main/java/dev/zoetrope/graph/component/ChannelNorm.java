package dev.zoetrope.graph.component;

import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;

/**
 * Root mean square 1 over the channels of each position, without a gain: {@code x / sqrt(mean(x^2) + epsilon)}. The reduction
 * looks at no neighbour, so it adds nothing to a receptive field.
 */
public record ChannelNorm(float epsilon) {
    private static final float LARGEST_FLOAT16 = 65_504;

    /** {@code [n, channels, height, width]} to the same. */
    public Value apply(Operators op, Value x) {
        Operators exact = op.computingIn(ElementType.FLOAT); // squares leave the range of float16
        Value wide = op.cast(x, ElementType.FLOAT);
        Value meanSquare = exact.mean(exact.multiply(wide, wide), 1); // 0.1 of the time of ReduceSumSquare on the CPU
        Value root = exact.squareRoot(exact.add(meanSquare, exact.scalar(epsilon)));
        return op.multiply(x, narrowed(exact, exact.reciprocal(root), x.type())); // [n, 1, height, width]
    }

    /** A position without anything has a factor that float16 cannot hold, and nothing times infinity is no number. */
    private static Value narrowed(Operators exact, Value factor, ElementType type) {
        Value finite =
                type == ElementType.FLOAT16 ? exact.clip(factor, Value.none(), exact.scalar(LARGEST_FLOAT16)) : factor;
        return exact.cast(finite, type);
    }
}
