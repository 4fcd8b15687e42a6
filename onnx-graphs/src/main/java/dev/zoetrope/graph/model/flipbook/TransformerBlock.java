package dev.zoetrope.graph.model.flipbook;

import dev.zoetrope.graph.component.Attention;
import dev.zoetrope.graph.component.FeedForward;
import dev.zoetrope.graph.component.Linear;
import dev.zoetrope.graph.component.Modulation;
import dev.zoetrope.graph.component.RotaryPosition;
import dev.zoetrope.graph.component.SegmentAttention;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;
import dev.zoetrope.graph.weight.WeightScope;
import dev.zoetrope.graph.weight.WeightTensor;
import java.util.List;

/**
 * A DiT block: modulated attention, then a modulated feed-forward part, each gated into the residual stream.
 *
 * @param modulation {@code [6*width]}: this block's own bias on the shared table
 */
record TransformerBlock(String place, Attention attention, FeedForward feedForward, WeightTensor modulation) {
    static final float EPSILON = 1e-6f;

    static TransformerBlock of(WeightScope scope, TransformerConfig config) {
        int width = config.width();
        int inner = config.expansion() * width;
        return new TransformerBlock(
                scope.path(),
                Attention.of(scope.at("attention"), width, config.heads(), EPSILON),
                new FeedForward(Linear.of(scope.at("up"), width, inner), Linear.of(scope.at("down"), inner, width)),
                scope.tensor("modulation", 6L * width));
    }

    /**
     * Adds the block's nodes.
     *
     * @param x {@code [tokens, width]}
     * @param table {@code [groups, 6*width]} float32, shared by all blocks
     * @param group {@code [tokens]} int64
     */
    Value apply(
            Operators operators,
            Value x,
            Value table,
            Value group,
            RotaryPosition positions,
            SegmentAttention segments) {
        Operators op = operators.in(place);
        Operators exact = op.computingIn(ElementType.FLOAT); // the tables are small: kept in float32
        long width = x.shape().get(1).size();
        Value own = exact.add(table, exact.weight(modulation));
        List<Value> parts = exact.split(own, 1, width, width, width, width, width, width);
        Value attended = attention.apply(
                op, Modulation.of(op, parts.get(0), parts.get(1), EPSILON).apply(op, x, group), positions, segments);
        Value middle = Modulation.gated(op, x, parts.get(2), group, attended);
        Value fed = feedForward.apply(
                op, Modulation.of(op, parts.get(3), parts.get(4), EPSILON).apply(op, middle, group));
        return Modulation.gated(op, middle, parts.get(5), group, fed);
    }
}
