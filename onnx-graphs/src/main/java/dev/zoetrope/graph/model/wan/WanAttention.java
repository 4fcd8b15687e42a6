package dev.zoetrope.graph.model.wan;

import dev.zoetrope.graph.component.Linear;
import dev.zoetrope.graph.component.RotaryPosition;
import dev.zoetrope.graph.component.SegmentAttention;
import dev.zoetrope.graph.component.SegmentCrossAttention;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;
import dev.zoetrope.graph.weight.WeightScope;
import dev.zoetrope.graph.weight.WeightTensor;

/**
 * Attention whose queries and keys have root mean square 1 over all heads together, before they are cut into heads.
 *
 * @param normQ {@code [width]}
 * @param normK {@code [width]}
 */
record WanAttention(
        String place,
        int heads,
        Linear toQ,
        Linear toK,
        Linear toV,
        Linear toOut,
        WeightTensor normQ,
        WeightTensor normK,
        float epsilon) {

    static WanAttention of(WeightScope scope, WanTransformerConfig config) {
        int width = config.width();
        return new WanAttention(
                scope.path(),
                config.heads(),
                Linear.of(scope.at("to_q"), width, width),
                Linear.of(scope.at("to_k"), width, width),
                Linear.of(scope.at("to_v"), width, width),
                Linear.of(scope.at("to_out.0"), width, width),
                scope.tensor("norm_q.weight", width),
                scope.tensor("norm_k.weight", width),
                config.epsilon());
    }

    /** Of the tokens to each other: {@code [tokens, width]} to the same. */
    Value toThemselves(Operators operators, Value x, RotaryPosition positions, SegmentAttention segments) {
        Operators op = operators.in(place);
        Value query = positions.rotate(op, query(op, x), heads);
        Value key = positions.rotate(op, keys(op, x), heads);
        return out(op, segments.attend(op, query, key, values(op, x), heads));
    }

    /**
     * Of the tokens to a text.
     *
     * @param x {@code [tokens, width]}
     * @param key {@code [1, texts, width]}, of {@link #keys}
     * @param value {@code [1, texts, width]}, of {@link #values}
     */
    Value toText(Operators operators, Value x, Value key, Value value, SegmentCrossAttention segments) {
        Operators op = operators.in(place);
        return out(op, segments.attend(op, query(op, x), key, value, heads));
    }

    private Value query(Operators op, Value x) {
        return op.unsqueeze(op.rmsNormalization(toQ.apply(op, x), op.weight(normQ), epsilon), 0);
    }

    /** {@code [rows, width]} to {@code [1, rows, width]}. */
    Value keys(Operators operators, Value x) {
        Operators op = operators.in(place);
        return op.unsqueeze(op.rmsNormalization(toK.apply(op, x), op.weight(normK), epsilon), 0);
    }

    /** {@code [rows, width]} to {@code [1, rows, width]}. */
    Value values(Operators operators, Value x) {
        Operators op = operators.in(place);
        return op.unsqueeze(toV.apply(op, x), 0);
    }

    private Value out(Operators op, Value mixed) {
        return toOut.apply(op, op.squeeze(mixed, 0));
    }
}
