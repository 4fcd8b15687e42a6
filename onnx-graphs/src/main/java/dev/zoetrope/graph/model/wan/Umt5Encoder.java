package dev.zoetrope.graph.model.wan;

import dev.zoetrope.graph.component.Linear;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Graph;
import dev.zoetrope.graph.ir.GraphBuilder;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;
import dev.zoetrope.graph.weight.WeightScope;
import dev.zoetrope.graph.weight.WeightSource;
import dev.zoetrope.graph.weight.WeightTensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * UMT5's encoder (arXiv:2304.09151) on one text of its true length. Replicates transformers' {@code UMT5EncoderModel}: T5 (arXiv:
 * 1910.10683) with RMS norms, no scale on the attention, a gated feed-forward part, and a table of relative positions in every
 * block. Its reference pads the text and masks the padding; without either the states are the same.
 */
public final class Umt5Encoder {
    private final Umt5Config config;
    private final WeightTensor shared;
    private final List<Block> blocks;
    private final WeightTensor finalNorm;

    /** Asks for every tensor of the checkpoint, and refuses one with others. */
    private Umt5Encoder(Umt5Config config, WeightScope weights) {
        this.config = config;
        this.shared = embedding(config, weights);
        this.blocks = IntStream.range(0, config.depth())
                .mapToObj(i -> Block.of(weights.at("encoder.block." + i), config))
                .toList();
        this.finalNorm = weights.tensor("encoder.final_layer_norm.weight", config.width());
        weights.requireAllAsked();
    }

    /** The token table has two names; a checkpoint has either, or both for the same numbers. */
    private static WeightTensor embedding(Umt5Config config, WeightScope weights) {
        Optional<WeightTensor> found = Stream.of("encoder.embed_tokens.weight", "shared.weight")
                .filter(weights::has)
                .map(name -> weights.tensor(name, config.vocabulary(), config.width()))
                .reduce((_, last) -> last);
        return found.orElseGet(() -> weights.tensor("shared.weight", config.vocabulary(), config.width()));
    }

    /**
     * Builds the encoder of a folder with {@code config.json} and safetensors. Input: {@code input_ids [T]} int64, of one text without
     * padding. Output: {@code last_hidden_state [T, width]}.
     *
     * @param longest most tokens of a text
     */
    public static OnnxModel build(Path textEncoderFolder, int longest) {
        return build(textEncoderFolder, longest, ElementType.FLOAT);
    }

    /**
     * The same computing in another type. What the blocks add up stays float32, and in float16 their last matrix too: both leave its
     * range (the reference keeps {@code wo} so).
     */
    public static OnnxModel build(Path textEncoderFolder, int longest, ElementType computeType) {
        Umt5Config config = Umt5Config.read(textEncoderFolder.resolve("config.json"));
        try (WeightSource source = WeightSource.open(textEncoderFolder)) {
            Graph graph = new Umt5Encoder(config, WeightScope.root(source)).graph(longest, computeType);
            return OnnxModel.of(graph);
        }
    }

    /** Whether a matrix bears being kept in few bits: those of the blocks, but for the tables of positions. */
    public static boolean isQuantizable(String weight) {
        return weight.startsWith("encoder.block.") && !weight.contains("relative_attention_bias");
    }

    private Graph graph(int longest, ElementType computeType) {
        GraphBuilder graph = GraphBuilder.create("umt5-encoder");
        Value ids = graph.input("input_ids", ElementType.INT64, Shape.parse("[T]"));
        Operators op = Operators.of(graph, computeType);
        Operators exact = op.computingIn(ElementType.FLOAT);
        Value buckets = buckets(op.in("position"), ids.shape().get(0), longest);
        // Rows first, then the type: the table is too large to be kept twice.
        Value x = exact.cast(op.gatherRows(op.storedWeight(shared), ids), ElementType.FLOAT);
        for (Block block : blocks) {
            x = block.apply(op, x, buckets);
        }
        Operators last = exact.in("encoder.final_layer_norm");
        graph.output("last_hidden_state", last.rmsNormalization(x, last.weight(finalNorm), config.epsilon()));
        return graph.build();
    }

    /** Row of the table of relative positions for each token and each it looks at, {@code [T, T]} int64. */
    private Value buckets(Operators op, Dimension tokens, int longest) {
        long[] bucketOfDistance = new long[2 * longest - 1];
        for (int i = 0; i < bucketOfDistance.length; i++) {
            bucketOfDistance[i] = bucket(i - (longest - 1));
        }
        Value place = op.range(tokens);
        Value distance =
                op.subtract(op.unsqueeze(place, 0), op.unsqueeze(place, 1)); // of what is looked at from who looks
        return op.gatherRows(op.constant(bucketOfDistance), op.add(distance, op.scalar((long) longest - 1)));
    }

    /**
     * Half of the buckets are for tokens behind, half for those ahead; half of those for single distances, half for ranges that grow
     * as powers. In float32, as the reference computes it.
     */
    private int bucket(int distance) {
        int side = config.buckets() / 2;
        int single = side / 2;
        int away = Math.abs(distance);
        int ahead = distance > 0 ? side : 0;
        if (away < single) {
            return ahead + away;
        }
        float powers = (float) Math.log((float) away / single)
                / (float) Math.log((double) config.longestDistance() / single)
                * (side - single);
        return ahead + Math.min(side - 1, single + (int) powers);
    }

    /**
     * A block.
     *
     * @param positions {@code [buckets, heads]}
     */
    private record Block(
            String place,
            Umt5Config config,
            WeightTensor attentionNorm,
            Linear q,
            Linear k,
            Linear v,
            Linear o,
            WeightTensor positions,
            WeightTensor feedForwardNorm,
            Linear gate,
            Linear up,
            Linear down) {

        static Block of(WeightScope scope, Umt5Config config) {
            int width = config.width();
            int inner = config.heads() * config.headSize();
            WeightScope attention = scope.at("layer.0.SelfAttention");
            WeightScope feedForward = scope.at("layer.1.DenseReluDense");
            return new Block(
                    scope.path(),
                    config,
                    scope.tensor("layer.0.layer_norm.weight", width),
                    Linear.withoutBias(attention.at("q"), width, inner),
                    Linear.withoutBias(attention.at("k"), width, inner),
                    Linear.withoutBias(attention.at("v"), width, inner),
                    Linear.withoutBias(attention.at("o"), inner, width),
                    attention.tensor("relative_attention_bias.weight", config.buckets(), config.heads()),
                    scope.tensor("layer.1.layer_norm.weight", width),
                    Linear.withoutBias(feedForward.at("wi_0"), width, config.feedForwardWidth()),
                    Linear.withoutBias(feedForward.at("wi_1"), width, config.feedForwardWidth()),
                    Linear.withoutBias(feedForward.at("wo"), config.feedForwardWidth(), width));
        }

        /** {@code [T, width]} to the same. */
        Value apply(Operators operators, Value x, Value buckets) {
            Operators op = operators.in(place);
            Operators exact = op.computingIn(ElementType.FLOAT);
            Value read = attention(op, normalised(exact, op, x, attentionNorm), buckets);
            Value attended = exact.add(x, exact.cast(read, ElementType.FLOAT));
            Value fed = feedForward(op, normalised(exact, op, attended, feedForwardNorm));
            return exact.add(attended, exact.cast(fed, ElementType.FLOAT));
        }

        private Value attention(Operators op, Value x, Value buckets) {
            Value perPair = op.gatherRows(op.weight(positions), buckets); // [T, T, heads]
            Value bias = op.unsqueeze(op.transpose(perPair, 2, 0, 1), 0);
            Value mixed = op.unscaledMultiHeadAttention(
                    op.unsqueeze(q.apply(op, x), 0),
                    op.unsqueeze(k.apply(op, x), 0),
                    op.unsqueeze(v.apply(op, x), 0),
                    config.heads(),
                    bias);
            return o.apply(op, op.squeeze(mixed, 0));
        }

        private Value feedForward(Operators op, Value x) {
            Value gated = op.multiply(op.in(gate.place()).geluTanh(gate.apply(op, x)), up.apply(op, x));
            Operators last = op.computeType() == ElementType.FLOAT16 ? op.computingIn(ElementType.FLOAT) : op;
            return down.apply(last, last.cast(gated, last.computeType()));
        }

        private Value normalised(Operators exact, Operators op, Value x, WeightTensor gain) {
            return op.cast(exact.rmsNormalization(x, exact.weight(gain), config.epsilon()), op.computeType());
        }
    }
}
