package dev.zoetrope.graph.component;

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
    /**
     * Normalises and modulates every token.
     *
     * @param x {@code [tokens, width]}
     * @param group {@code [tokens]} int64: each token's row of the tables
     */
    public Value apply(Operators op, Value x, Value group) {
        Value normalised = new LayerNorm(epsilon).apply(op, x);
        return op.add(op.multiply(normalised, op.gatherRows(factor, group)), op.gatherRows(shift, group));
    }
}
