package dev.zoetrope.graph.component;

import dev.zoetrope.graph.GraphException;
import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.GraphBuilder;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;
import dev.zoetrope.graph.op.Shaping;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Attention of every token of a packed sequence to the keys of its own segment, which lie beside the sequence: its text.
 *
 * <p>Each key has a weight, the logarithm of how often it counts, added to its scores. Keys that are all the same, such as those
 * of a padded text, are then one key: n equal terms of a softmax are one term plus ln n in the exponent.
 */
public sealed interface SegmentCrossAttention {
    /** On CUDA the number of keys is a multiple of this. */
    int ALIGNMENT = 8;

    /** The weight of a key that nobody sees: far below every score, and within the range of float16. */
    float UNSEEN = -10_000;

    /**
     * Adds the nodes.
     *
     * @param query {@code [1, tokens, heads*headSize]}
     * @param key {@code [1, keys, heads*headSize]}
     * @param value as key
     * @return the query's shape
     */
    Value attend(Operators op, Value query, Value key, Value value, int heads);

    /**
     * Adds the form's own inputs to a graph: {@code text_weight [T]} and, where there may be several segments, {@code text_lengths
     * [slots]} int64 for the form of slots; {@code segment [tokens]} and {@code text_segment [T]}, int64, for the form of variable
     * length: which segment each token and each key belongs to.
     *
     * <p>CUDA's kernels take a bias of float16 only where the number of keys is a multiple of {@link #ALIGNMENT}, and end with an error
     * else. So there further keys are added, of no segment (-1) and with the weight {@link #UNSEEN}.
     *
     * @param segments the form of the same sequence's self-attention
     * @param tokens number of packed tokens
     * @param keys number of keys
     */
    static SegmentCrossAttention declare(
            GraphBuilder graph, Operators op, SegmentAttention segments, Dimension tokens, Dimension keys) {
        Dimension one = Dimension.of(1);
        Value weight = graph.input("text_weight", ElementType.FLOAT, Shape.of(keys));
        Value row = op.cast(op.reshape(weight, Shape.of(one, one, one, keys)), op.computeType());
        return switch (segments) {
            case SegmentAttention.Split split -> {
                Value lengths = graph.input(
                        "text_lengths", ElementType.INT64, split.lengths().shape());
                yield Split.of(op, split.lengths(), lengths, row);
            }
            case SegmentAttention.Dense _ -> new Biased(op.repeat(row, 2, op.size(tokens), tokens));
            case SegmentAttention.VariableLength _ -> new Biased(hidden(graph, op, tokens, keys, row));
            case SegmentAttention.Masked _ ->
                throw new GraphException("attention to text: expected the form SPLIT, DENSE or VARLEN, found MASKED");
        };
    }

    /** The weight of each key, or one that hides it from the tokens of other segments: {@code [1, 1, tokens, keys]}. */
    private static Value hidden(GraphBuilder graph, Operators op, Dimension tokens, Dimension keys, Value row) {
        Value segment = graph.input("segment", ElementType.INT64, Shape.of(tokens));
        Value textSegment = graph.input("text_segment", ElementType.INT64, Shape.of(keys));
        Dimension one = Dimension.of(1);
        Value own = op.equal(
                op.reshape(segment, Shape.of(one, one, tokens, one)),
                op.reshape(textSegment, Shape.of(one, one, one, keys)));
        return op.where(own, row, op.scalar(UNSEEN));
    }

    /**
     * One attention per slot.
     *
     * @param lengths {@code [slots]} int64: tokens of each segment
     * @param textLengths {@code [slots]} int64: keys of each segment
     * @param biases for each slot {@code [1, 1, tokens, keys]}: the weight of each key, alike for every token
     */
    record Split(Value lengths, Value textLengths, List<Value> biases) implements SegmentCrossAttention {
        public Split {
            biases = List.copyOf(biases);
        }

        private static Split of(Operators op, Value lengths, Value textLengths, Value row) {
            int slots = Math.toIntExact(lengths.shape().get(0).size());
            long[] singles = new long[slots];
            Arrays.fill(singles, 1);
            List<Value> counts = op.split(lengths, 0, singles);
            Shaping.Parts rows = op.split(row, 3, textLengths);
            List<Value> biases = new ArrayList<>();
            for (int slot = 0; slot < slots; slot++) {
                Dimension tokens =
                        Dimension.symbol(lengths.name() + "_" + slot); // as the split by these lengths calls it
                biases.add(op.repeat(rows.values().get(slot), 2, counts.get(slot), tokens));
            }
            return new Split(lengths, textLengths, biases);
        }

        @Override
        public Value attend(Operators op, Value query, Value key, Value value, int heads) {
            Shaping.Parts queries = op.split(query, 1, lengths);
            Shaping.Parts keys = op.split(key, 1, textLengths);
            Shaping.Parts values = op.split(value, 1, textLengths);
            List<Value> results = new ArrayList<>();
            for (int slot = 0; slot < biases.size(); slot++) {
                results.add(op.multiHeadAttention(
                        queries.values().get(slot),
                        keys.values().get(slot),
                        values.values().get(slot),
                        heads,
                        biases.get(slot)));
            }
            return op.join(queries, results);
        }
    }

    /**
     * One attention with a bias.
     *
     * @param bias {@code [1, 1, tokens, keys]}
     */
    record Biased(Value bias) implements SegmentCrossAttention {
        @Override
        public Value attend(Operators op, Value query, Value key, Value value, int heads) {
            return op.multiHeadAttention(query, key, value, heads, bias);
        }
    }
}
