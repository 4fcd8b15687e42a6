package dev.zoetrope.graph.component;

import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.GraphBuilder;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;
import dev.zoetrope.graph.op.Shaping;
import java.util.ArrayList;
import java.util.List;

/**
 * Attention of every token of a packed sequence to the tokens of its own segment, in one of the forms of {@link AttentionForm},
 * with the graph inputs that the form needs.
 */
public sealed interface SegmentAttention {
    /**
     * Adds the nodes.
     *
     * @param query {@code [1, tokens, heads*headSize]}; key and value alike
     * @return the same shape
     */
    Value attend(Operators op, Value query, Value key, Value value, int heads);

    /**
     * Adds the form's own inputs to a graph.
     *
     * @param tokens number of packed tokens
     */
    static SegmentAttention declare(GraphBuilder graph, NetworkForm form, Dimension tokens) {
        return switch (form.attention()) {
            case SPLIT -> new Split(graph.input("lengths", ElementType.INT64, Shape.of((long) form.slots())));
            case MASKED ->
                new Masked(graph.input(
                        "attention_bias",
                        form.computeType(),
                        Shape.of(Dimension.of(1), Dimension.of(1), tokens, tokens)));
            case DENSE -> new Dense();
            case VARLEN ->
                new VariableLength(
                        graph.input("token_offset", ElementType.INT32, Shape.parse("[B, Smax]")),
                        graph.input("cumulative_length", ElementType.INT32, Shape.parse("[B + 1]")));
        };
    }

    /**
     * One attention per slot.
     *
     * @param lengths {@code [slots]} int64: tokens of each segment, 0 for slots without one
     */
    record Split(Value lengths) implements SegmentAttention {
        @Override
        public Value attend(Operators op, Value query, Value key, Value value, int heads) {
            Shaping.Parts queries = op.split(query, 1, lengths);
            Shaping.Parts keys = op.split(key, 1, lengths);
            Shaping.Parts values = op.split(value, 1, lengths);
            List<Value> results = new ArrayList<>();
            for (int slot = 0; slot < queries.values().size(); slot++) {
                results.add(op.multiHeadAttention(
                        queries.values().get(slot),
                        keys.values().get(slot),
                        values.values().get(slot),
                        heads,
                        Value.none()));
            }
            return op.join(queries, results);
        }
    }

    /**
     * One attention with hidden pairs.
     *
     * @param bias {@code [1, 1, tokens, tokens]}: 0 inside a segment, very negative elsewhere
     */
    record Masked(Value bias) implements SegmentAttention {
        @Override
        public Value attend(Operators op, Value query, Value key, Value value, int heads) {
            return op.multiHeadAttention(query, key, value, heads, bias);
        }
    }

    /** One attention over everything. */
    record Dense() implements SegmentAttention {
        @Override
        public Value attend(Operators op, Value query, Value key, Value value, int heads) {
            return op.multiHeadAttention(query, key, value, heads, Value.none());
        }
    }

    /**
     * One kernel over all segments.
     *
     * @param tokenOffset {@code [segments, longest]} int32
     * @param cumulativeLength {@code [segments + 1]} int32
     */
    record VariableLength(Value tokenOffset, Value cumulativeLength) implements SegmentAttention {
        @Override
        public Value attend(Operators op, Value query, Value key, Value value, int heads) {
            Value packed = op.packedMultiHeadAttention(
                    op.squeeze(query, 0),
                    op.squeeze(key, 0),
                    op.squeeze(value, 0),
                    heads,
                    tokenOffset,
                    cumulativeLength);
            return op.unsqueeze(packed, 0);
        }
    }
}
