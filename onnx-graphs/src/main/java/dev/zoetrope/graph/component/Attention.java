package dev.zoetrope.graph.component;

import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;
import dev.zoetrope.graph.weight.WeightScope;
import dev.zoetrope.graph.weight.WeightTensor;

/**
 * Self-attention with RMS norm of queries and keys per head (SD3, arXiv:2403.03206 §5.3.2) and rotary positions. The joint
 * {@code qkv} weight is used as three ranges of rows, so that no result has to be cut apart.
 *
 * @param qNorm {@code [headSize]}
 * @param kNorm {@code [headSize]}
 */
public record Attention(
        String place, int heads, Linear qkv, WeightTensor qNorm, WeightTensor kNorm, Linear out, float epsilon) {
    public static Attention of(WeightScope scope, int width, int heads, float epsilon) {
        long headSize = width / heads;
        return new Attention(
                scope.path(),
                heads,
                Linear.withoutBias(scope.at("qkv"), width, 3L * width),
                scope.tensor("q_norm.weight", headSize),
                scope.tensor("k_norm.weight", headSize),
                Linear.withoutBias(scope.at("out"), width, width),
                epsilon);
    }

    /** {@code [tokens, width]} to the same. */
    public Value apply(Operators operators, Value x, RotaryPosition positions, SegmentAttention segments) {
        Operators op = operators.in(place);
        long width = x.shape().get(1).size();
        Value query = normalised(op, qkv.outputs(0, width).apply(op, x), qNorm);
        Value key = normalised(op, qkv.outputs(width, 2 * width).apply(op, x), kNorm);
        Value value = op.unsqueeze(qkv.outputs(2 * width, 3 * width).apply(op, x), 0);
        Value mixed =
                segments.attend(op, positions.rotate(op, query, heads), positions.rotate(op, key, heads), value, heads);
        return out.apply(op, op.squeeze(mixed, 0));
    }

    /** {@code [tokens, width]} to {@code [1, tokens, width]}, each head of root mean square 1. */
    private Value normalised(Operators op, Value x, WeightTensor gain) {
        Dimension tokens = x.shape().get(0);
        Dimension width = x.shape().get(1);
        Value perHead = op.reshape(x, Shape.of(tokens, Dimension.of(heads), width.dividedBy(heads)));
        Value normalised = op.rmsNormalization(perHead, op.weight(gain), epsilon);
        return op.reshape(normalised, Shape.of(Dimension.of(1), tokens, width));
    }
}
