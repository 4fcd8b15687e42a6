package dev.zoetrope.graph.op;

import dev.zoetrope.graph.ir.Attribute;
import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** ONNX Runtime's fused attention operators. */
public sealed interface AttentionOperators extends OperatorSet permits Operators {
    /**
     * Attention of every token to every token, scaled by 1/sqrt(head size).
     *
     * @param query {@code [batch, tokens, heads*headSize]}
     * @param key {@code [batch, keys, heads*headSize]}
     * @param value as key
     * @param bias {@code [1 or batch, 1 or heads, tokens, keys]}, added to the scores, or none
     * @return {@code [batch, tokens, heads*headSize]}
     */
    default Value multiHeadAttention(Value query, Value key, Value value, int heads, Value bias) {
        return multiHeadAttention(query, key, value, heads, bias, Map.of());
    }

    /** The same with scores that are the plain products of query and key, as T5 has them (arXiv:1910.10683). */
    default Value unscaledMultiHeadAttention(Value query, Value key, Value value, int heads, Value bias) {
        return multiHeadAttention(query, key, value, heads, bias, Map.of("scale", Attribute.of(1f)));
    }

    private Value multiHeadAttention(
            Value query, Value key, Value value, int heads, Value bias, Map<String, Attribute> scale) {
        String operator = "MultiHeadAttention";
        OperatorSet.requireRank(operator, query, 3);
        OperatorSet.requireSize(operator, key, 0, query.shape().get(0));
        OperatorSet.requireSize(operator, key, 2, query.shape().get(2));
        if (!value.shape().equals(key.shape())) {
            throw OperatorSet.refuse(operator, value, "the shape of the key " + key);
        }
        query.shape().get(2).dividedBy(heads);
        List<Value> inputs = new ArrayList<>(List.of(query, key, value));
        if (!bias.isNone()) {
            OperatorSet.requireRank(operator, bias, 4);
            OperatorSet.requireType(operator, bias, query.type());
            OperatorSet.requireSize(operator, bias, 2, query.shape().get(1));
            OperatorSet.requireSize(operator, bias, 3, key.shape().get(1));
            inputs.addAll(List.of(Value.none(), Value.none(), bias)); // bias of the projections, key padding: not used
        }
        Map<String, Attribute> attributes = new HashMap<>(scale);
        attributes.put("num_heads", Attribute.of(heads));
        return emit(MICROSOFT, operator, inputs, attributes, query.type(), query.shape());
    }

    /**
     * Attention inside each of several segments that lie end to end. CUDA only (float32 and float16).
     *
     * @param query {@code [tokens, heads*headSize]}; key and value alike
     * @param tokenOffset {@code [segments, longest]} int32: with every segment padded to the longest, the places of all true tokens in
     *     their order, then those of all padding: 0 1 4 5 6, then 2 3 7, for segments of 2 and 3 tokens of at most 4
     * @param cumulativeLength {@code [segments + 1]} int32: where each segment begins, and the end of the last
     * @return {@code [tokens, heads*headSize]}
     */
    default Value packedMultiHeadAttention(
            Value query, Value key, Value value, int heads, Value tokenOffset, Value cumulativeLength) {
        String operator = "PackedMultiHeadAttention";
        OperatorSet.requireRank(operator, query, 2);
        for (Value other : List.of(key, value)) {
            if (!other.shape().equals(query.shape())) {
                throw OperatorSet.refuse(operator, other, "the shape of the query " + query);
            }
        }
        OperatorSet.requireType(operator, tokenOffset, ElementType.INT32);
        OperatorSet.requireRank(operator, tokenOffset, 2);
        OperatorSet.requireType(operator, cumulativeLength, ElementType.INT32);
        Dimension ends = tokenOffset.shape().get(0).plus(Dimension.of(1));
        OperatorSet.requireSize(operator, cumulativeLength, 0, ends);
        query.shape().get(1).dividedBy(heads);
        List<Value> inputs = List.of(query, key, value, Value.none(), tokenOffset, cumulativeLength);
        Map<String, Attribute> attributes = Map.of("num_heads", Attribute.of(heads));
        return emit(MICROSOFT, operator, inputs, attributes, query.type(), query.shape());
    }

    /**
     * Turns pairs of channels by an angle (arXiv:2104.09864).
     *
     * @param x {@code [1, tokens, heads*headSize]}
     * @param cosine {@code [tokens, headSize/2]}
     * @param sine as cosine
     * @param neighbours whether a pair is two channels side by side; else a channel of a head's first half and the same channel of
     *     its second half
     */
    default Value rotaryEmbedding(Value x, Value cosine, Value sine, int heads, boolean neighbours) {
        String operator = "RotaryEmbedding";
        OperatorSet.requireRank(operator, x, 3);
        OperatorSet.requireSize(operator, x, 0, Dimension.of(1));
        Shape expected = Shape.of(x.shape().get(1), x.shape().get(2).dividedBy(2L * heads));
        for (Value table : List.of(cosine, sine)) {
            OperatorSet.requireType(operator, table, x.type());
            if (!table.shape().equals(expected)) {
                throw OperatorSet.refuse(operator, table, "shape " + expected);
            }
        }
        List<Value> inputs = List.of(x, constant(0), cosine, sine); // a single position: the number of the first token
        Map<String, Attribute> attributes =
                Map.of("num_heads", Attribute.of(heads), "interleaved", Attribute.of(neighbours ? 1 : 0));
        return emit(MICROSOFT, operator, inputs, attributes, x.type(), x.shape());
    }

    /** A constant of whole numbers, {@code [values]}. */
    Value constant(long... values);
}
