package dev.zoetrope.graph.component;

import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;

/**
 * Layer norm without weights, then a scale and a shift that depend on the token's group: adaptive layer norm of DiT
 * (arXiv:2212.09748), as in facebookresearch/DiT {@code models.py}, {@code modulate}.
 *
 * <p>The tokens may be in a wider type than the operators compute in: they are normalised in their own type, and the result is of the
 * operators'.
 *
 * @param factor {@code [groups, width]} float32: 1 + scale
 * @param shift {@code [groups, width]} float32
 */
public record Modulation(Value factor, Value shift, float epsilon) {
    /** Scale and shift {@code [groups, width]}, float32, as a layer. */
    public static Modulation of(Operators op, Value scale, Value shift, float epsilon) {
        Operators exact = op.computingIn(ElementType.FLOAT);
        return new Modulation(exact.add(scale, exact.scalar(1f)), shift, epsilon);
    }

    /**
     * A residual change, weighted by a gate that depends on the token's group.
     *
     * @param x {@code [tokens, width]}
     * @param gate {@code [groups, width]} float32
     * @param group {@code [tokens]} int64
     * @param change as x, or in a shorter type
     */
    public static Value gated(Operators op, Value x, Value gate, Value group, Value change) {
        Value perToken = op.gatherRows(op.cast(gate, x.type()), group);
        return op.add(x, op.multiply(perToken, op.cast(change, x.type())));
    }

    /**
     * Normalises and modulates every token.
     *
     * @param x {@code [tokens, width]}
     * @param group {@code [tokens]} int64: each token's row of the tables
     */
    public Value apply(Operators op, Value x, Value group) {
        return op.computeType() == ElementType.FLOAT ? inSteps(op, x, group) : atOnce(op, x, group);
    }

    /** One kernel that computes in float32 and rounds once, instead of three; it has this form in three axes only. */
    private Value atOnce(Operators op, Value x, Value group) {
        Value rows = op.unsqueeze(group, 0);
        Value gain = op.gatherRows(op.cast(factor, x.type()), rows); // [1, tokens, width]
        Value bias = op.gatherRows(op.cast(shift, x.type()), rows);
        Value modulated = op.layerNormalization(op.unsqueeze(x, 0), gain, bias, epsilon);
        return op.cast(op.squeeze(modulated, 0), op.computeType());
    }

    private Value inSteps(Operators op, Value x, Value group) {
        Value normalised = new LayerNorm(epsilon).apply(op, x);
        return op.add(op.multiply(normalised, op.gatherRows(factor, group)), op.gatherRows(shift, group));
    }
}
