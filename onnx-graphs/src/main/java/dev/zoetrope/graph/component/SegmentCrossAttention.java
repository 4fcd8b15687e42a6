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
    /** What the number of keys is made a multiple of, where one attention has them all. */
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
            case SegmentAttention.Dense _ -> {
                Filled filled = Filled.of(op, row, keys);
                yield new Biased(filled, op.repeat(filled.row(), 2, op.size(tokens), tokens));
            }
            case SegmentAttention.VariableLength _ -> {
                Value segment = graph.input("segment", ElementType.INT64, Shape.of(tokens));
                Value textSegment = graph.input("text_segment", ElementType.INT64, Shape.of(keys));
                Filled filled = Filled.of(op, row, keys);
                yield new Biased(filled, hidden(op, segment, textSegment, filled));
            }
            case SegmentAttention.Masked _ ->
                throw new GraphException("attention to text: expected the form SPLIT, DENSE or VARLEN, found MASKED");
        };
    }

    /** The weight of each key, or one that hides it from the tokens of other segments: {@code [1, 1, tokens, keys]}. */
    private static Value hidden(Operators op, Value segment, Value textSegment, Filled filled) {
        Dimension one = Dimension.of(1);
        Dimension tokens = segment.shape().get(0);
        Value keys = op.gatherRows(textSegment, filled.order());
        Value own = op.equal(
                op.reshape(segment, Shape.of(one, one, tokens, one)),
                op.reshape(keys, Shape.of(one, one, one, keys.shape().get(0))));
        return op.where(own, filled.row(), op.scalar(UNSEEN));
    }

    /**
     * Keys filled up to a multiple of {@link #ALIGNMENT} with copies of the first that nobody sees: the kernel that CUDA's
     * MultiHeadAttention takes for a bias wants its rows aligned to 16 bytes, and ends the run with an error else. At least one is
     * added, so that nothing is ever empty.
     *
     * @param order {@code [keys + added]} int64: the keys' numbers, then zeros
     * @param row {@code [1, 1, 1, keys + added]}: their weights, then {@link #UNSEEN}
     */
    record Filled(Value order, Value row) {
        private static Filled of(Operators op, Value row, Dimension keys) {
            Value count = op.size(keys); // [1], on the host as all that is said of sizes
            Value eights = op.add(op.divide(count, op.constant(ALIGNMENT)), op.constant(1));
            Value added = op.subtract(op.multiply(eights, op.constant(ALIGNMENT)), count);
            Dimension size = Dimension.symbol(keys + "_added");
            Value zeros = op.repeat(op.constant(0), 0, added, size);
            Value unseen = op.repeat(op.constant(new float[] {UNSEEN}, 1, 1, 1, 1), 3, added, size);
            return new Filled(op.concat(0, List.of(op.range(keys), zeros)), op.concat(3, List.of(row, unseen)));
        }

        /** {@code [1, keys, width]} to {@code [1, keys + added, width]}. */
        private Value fill(Operators op, Value keys) {
            return op.unsqueeze(op.gatherRows(op.squeeze(keys, 0), order), 0);
        }
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
     * @param bias {@code [1, 1, tokens, keys + added]}
     */
    record Biased(Filled filled, Value bias) implements SegmentCrossAttention {
        @Override
        public Value attend(Operators op, Value query, Value key, Value value, int heads) {
            return op.multiHeadAttention(query, filled.fill(op, key), filled.fill(op, value), heads, bias);
        }
    }
}
