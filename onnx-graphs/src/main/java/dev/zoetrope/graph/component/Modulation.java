package dev.zoetrope.graph.component;

import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;

/**
 * Layer norm without weights, then a scale and a shift that depend on the token's group: adaptive layer norm of DiT
 * (arXiv:2212.09748), as in facebookresearch/DiT {@code models.py}, {@code modulate}.
 *
 * @param factor {@code [groups, width]}: 1 + scale
 * @param shift {@code [groups, width]}
 */
public record Modulation(Value factor, Value shift, float epsilon) {
    /** Scale and shift {@code [groups, width]}, float32, as a layer of the type the operators compute in. */
    public static Modulation of(Operators op, Value scale, Value shift, float epsilon) {
        Value one = op.computingIn(ElementType.FLOAT).scalar(1f);
        Value factor = op.cast(op.add(scale, one), op.computeType());
        return new Modulation(factor, op.cast(shift, op.computeType()), epsilon);
    }

    /**
     * A residual change, weighted by a gate that depends on the token's group.
     *
     * @param x {@code [tokens, width]}
     * @param gate {@code [groups, width]}
     * @param group {@code [tokens]} int64
     * @param change as x
     */
    public static Value gated(Operators op, Value x, Value gate, Value group, Value change) {
        Value perToken = op.gatherRows(op.cast(gate, op.computeType()), group);
        return op.add(x, op.multiply(perToken, change));
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
        Value gain = op.gatherRows(factor, rows); // [1, tokens, width]
        return op.squeeze(op.layerNormalization(op.unsqueeze(x, 0), gain, op.gatherRows(shift, rows), epsilon), 0);
    }

    private Value inSteps(Operators op, Value x, Value group) {
        Value normalised = new LayerNorm(epsilon).apply(op, x);
        return op.add(op.multiply(normalised, op.gatherRows(factor, group)), op.gatherRows(shift, group));
    }
}
