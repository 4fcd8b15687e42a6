package dev.zoetrope.graph.model.wan;

import dev.zoetrope.graph.component.FeedForward;
import dev.zoetrope.graph.component.LayerNorm;
import dev.zoetrope.graph.component.Linear;
import dev.zoetrope.graph.component.Modulation;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;
import dev.zoetrope.graph.weight.WeightScope;
import dev.zoetrope.graph.weight.WeightTensor;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * One block: modulated attention of the tokens to each other, plain attention to the text, a modulated feed-forward part.
 *
 * @param crossNorm weights of the norm before the attention to the text
 * @param table {@code [6*width]}: this block's own bias on the shared modulation
 */
record WanBlock(
        String place,
        WanAttention attn1,
        WanAttention attn2,
        Optional<NormWeights> crossNorm,
        FeedForward feedForward,
        WeightTensor table,
        float epsilon) {

    /** Gain and bias of a layer norm, {@code [width]} each. */
    record NormWeights(WeightTensor weight, WeightTensor bias) {}

    static WanBlock of(WeightScope scope, WanTransformerConfig config) {
        int width = config.width();
        int inner = config.feedForwardWidth();
        return new WanBlock(
                scope.path(),
                WanAttention.of(scope.at("attn1"), config),
                WanAttention.of(scope.at("attn2"), config),
                config.crossNorm()
                        ? Optional.of(
                                new NormWeights(scope.tensor("norm2.weight", width), scope.tensor("norm2.bias", width)))
                        : Optional.empty(),
                new FeedForward(
                        Linear.of(scope.at("ffn.net.0.proj"), width, inner),
                        Linear.of(scope.at("ffn.net.2"), inner, width)),
                scope.tensor("scale_shift_table", 1, 6, width).reshaped(6L * width),
                config.epsilon());
    }

    /**
     * Adds the block's nodes.
     *
     * @param x {@code [tokens, width]}
     * @param text what the tokens see of their text
     * @param stages told the results inside by name
     */
    Value apply(Operators operators, Value x, WanSequence sequence, TextInput text, BiConsumer<String, Value> stages) {
        Operators op = operators.in(place);
        Operators exact = op.computingIn(ElementType.FLOAT); // the tables are small: kept in float32
        long width = x.shape().get(1).size();
        Value shared = exact.add(sequence.modulation(), exact.weight(table));
        List<Value> parts = exact.split(shared, 1, width, width, width, width, width, width);
        Value group = sequence.group();

        Value attended = attn1.toThemselves(
                op,
                Modulation.of(op, parts.get(1), parts.get(0), epsilon).apply(op, x, group),
                sequence.positions(),
                sequence.segments());
        stages.accept("attn1", attended);
        Value first = Modulation.gated(op, x, parts.get(2), group, attended);

        Value read = attn2.toText(op, normalised(op, first), text.key(), text.value(), sequence.texts());
        stages.accept("attn2", read);
        Value second = op.add(first, read);

        Value fed = feedForward.apply(
                op, Modulation.of(op, parts.get(4), parts.get(3), epsilon).apply(op, second, group));
        stages.accept("ffn", fed);
        return Modulation.gated(op, second, parts.get(5), group, fed);
    }

    private Value normalised(Operators op, Value x) {
        return crossNorm
                .map(norm -> new LayerNorm(epsilon).apply(op, x, op.weight(norm.weight()), op.weight(norm.bias())))
                .orElse(x);
    }

    /**
     * A block's view of the text.
     *
     * @param key {@code [1, texts, width]}
     * @param value {@code [1, texts, width]}
     */
    record TextInput(Value key, Value value) {}
}
