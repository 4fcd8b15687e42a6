package dev.zoetrope.graph.model.wan;

import dev.zoetrope.graph.component.Linear;
import dev.zoetrope.graph.component.Modulation;
import dev.zoetrope.graph.component.NetworkForm;
import dev.zoetrope.graph.component.RotaryPosition;
import dev.zoetrope.graph.component.SegmentAttention;
import dev.zoetrope.graph.component.SegmentCrossAttention;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Graph;
import dev.zoetrope.graph.ir.GraphBuilder;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;
import dev.zoetrope.graph.weight.LoraFile;
import dev.zoetrope.graph.weight.WeightScope;
import dev.zoetrope.graph.weight.WeightSource;
import dev.zoetrope.graph.weight.WeightTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;

/**
 * The Wan denoiser as two graphs: {@link #keysAndValues} turns a text into what the blocks see of it, once for a request;
 * {@link #denoiser} makes the velocity of a packed sequence, once for a step.
 *
 * <p>Replicates diffusers' {@code WanTransformer3DModel}. A token is a patch of one latent, two rows and two columns; it holds
 * {@code (channel, row, column)} in the order of the patch embedding's weight, which is therefore used as it lies. The text's
 * states are padded with zeros to a fixed length in the reference; here all padding is one row with its weight ({@link
 * SegmentCrossAttention}), which is the same number.
 */
public final class WanTransformer {
    private static final int POSITION_AXES = 3;

    private final WanTransformerConfig config;
    private final Linear patchEmbedding;
    private final Linear time1;
    private final Linear time2;
    private final Linear timeProjection;
    private final Linear text1;
    private final Linear text2;
    private final List<WanBlock> blocks;
    private final WeightTensor table;
    private final Linear projectOut;
    private final BiConsumer<String, Value> stages;

    /** Asks for every tensor of the checkpoint, and refuses one with others. */
    private WanTransformer(WanTransformerConfig config, WeightScope weights, BiConsumer<String, Value> stages) {
        this.config = config;
        this.stages = stages;
        int width = config.width();
        int channels = config.latentChannels() + config.conditionChannels();
        int numbers = config.tokenNumbers() + config.conditionNumbers();
        WeightScope patch = weights.at("patch_embedding");
        this.patchEmbedding = new Linear(
                patch.path(),
                patch.tensor("weight", width, channels, 1, 2, 2).reshaped(width, numbers),
                Optional.of(patch.tensor("bias", width)));
        WeightScope condition = weights.at("condition_embedder");
        this.time1 = Linear.of(condition.at("time_embedder.linear_1"), config.timeWaves(), width);
        this.time2 = Linear.of(condition.at("time_embedder.linear_2"), width, width);
        this.timeProjection = Linear.of(condition.at("time_proj"), width, 6L * width);
        this.text1 = Linear.of(condition.at("text_embedder.linear_1"), config.textWidth(), width);
        this.text2 = Linear.of(condition.at("text_embedder.linear_2"), width, width);
        this.blocks = IntStream.range(0, config.depth())
                .mapToObj(i -> WanBlock.of(weights.at("blocks." + i), config))
                .toList();
        this.table = weights.tensor("scale_shift_table", 1, 2, width).reshaped(2L * width);
        this.projectOut = Linear.of(weights.at("proj_out"), width, config.tokenNumbers());
        weights.requireAllAsked();
    }

    /**
     * Builds the denoiser of a folder with {@code config.json} and safetensors. With S packed tokens, V latent rows, G groups and T
     * text rows. Inputs: {@code latent [V, numbers]}, {@code condition [V, condition numbers]} where the model has one, {@code order
     * [S]} int64 (each token's latent row), {@code position [3, S]} int64 (latent, row and column in its own clip), {@code group
     * [S]} int64, {@code timestep [G]}, {@code text_weight [T]} float32 and, in the compute type, for every block i, {@code key.i} and {@code value.i} {@code [1, T,
     * width]}; and the attention form's own ({@link SegmentAttention}, {@link SegmentCrossAttention}). Output: {@code velocity [S,
     * numbers]}.
     */
    public static OnnxModel denoiser(Path transformerFolder, NetworkForm form) {
        return denoiser(transformerFolder, List.of(), form);
    }

    /** The same with LoRAs added. */
    public static OnnxModel denoiser(Path transformerFolder, List<LoraFile> loras, NetworkForm form) {
        return build(transformerFolder, loras, false, (transformer, graph) -> transformer.denoiser(graph, form));
    }

    /** The same with further outputs: the stages inside, named as modules of the reference; for checking against it. */
    public static OnnxModel denoiserWithStages(Path transformerFolder, NetworkForm form) {
        return build(transformerFolder, List.of(), true, (transformer, graph) -> transformer.denoiser(graph, form));
    }

    /**
     * Builds the text's part. Input: {@code text [T, textWidth]}. Outputs for every block i: {@code key.i} and {@code value.i}
     * {@code [1, T, width]}, in the compute type. Rows do not see each other.
     */
    public static OnnxModel keysAndValues(Path transformerFolder, ElementType computeType) {
        return keysAndValues(transformerFolder, List.of(), computeType);
    }

    /** The same with LoRAs added. */
    public static OnnxModel keysAndValues(Path transformerFolder, List<LoraFile> loras, ElementType computeType) {
        return build(
                transformerFolder, loras, false, (transformer, graph) -> transformer.keysAndValues(graph, computeType));
    }

    /** The same with the embedded text {@code condition_embedder.2} as a further output; for checking against the reference. */
    public static OnnxModel keysAndValuesWithStages(Path transformerFolder, ElementType computeType) {
        return build(
                transformerFolder,
                List.of(),
                true,
                (transformer, graph) -> transformer.keysAndValues(graph, computeType));
    }

    /**
     * Whether a matrix bears being kept in few bits: those of the blocks, nearly all of the model. What stands before and after them
     * is small, and every token's error goes through it.
     */
    public static boolean isQuantizable(String weight) {
        return weight.startsWith("blocks.");
    }

    private interface Part {
        Graph graph(WanTransformer transformer, GraphBuilder graph);
    }

    private static OnnxModel build(Path folder, List<LoraFile> loras, boolean withStages, Part part) {
        WanTransformerConfig config = WanTransformerConfig.read(folder.resolve("config.json"));
        try (WeightSource source = WeightSource.open(folder)) {
            GraphBuilder graph = GraphBuilder.create("wan-transformer");
            BiConsumer<String, Value> stages = withStages ? graph::output : (name, value) -> {};
            WanTransformer transformer = new WanTransformer(
                    config, WeightScope.root(source, LoraFile.readAll(loras, WanLayerNames::place)), stages);
            return OnnxModel.of(part.graph(transformer, graph));
        }
    }

    private Graph keysAndValues(GraphBuilder graph, ElementType computeType) {
        Value text = graph.input("text", ElementType.FLOAT, Shape.parse("[T, " + config.textWidth() + "]"));
        Operators op = Operators.of(graph, computeType);
        Value hidden = op.in(text1.place()).geluTanh(text1.apply(op, op.cast(text, computeType)));
        Value embedded = text2.apply(op, hidden);
        stages.accept("condition_embedder.2", embedded);
        for (int i = 0; i < blocks.size(); i++) {
            WanAttention attention = blocks.get(i).attn2();
            graph.output(keyName(i), attention.keys(op, embedded));
            graph.output(valueName(i), attention.values(op, embedded));
        }
        return graph.build();
    }

    private Graph denoiser(GraphBuilder graph, NetworkForm form) {
        WanInputs in = WanInputs.declare(graph, config, form.computeType());
        Operators op = Operators.of(graph, form.computeType());
        Operators exact = op.computingIn(ElementType.FLOAT); // of groups, not of tokens: costs nothing
        Dimension tokens = in.order().shape().get(0);
        SegmentAttention segments = SegmentAttention.declare(graph, form, tokens);
        SegmentCrossAttention texts = SegmentCrossAttention.declare(
                graph, op.in("text"), segments, tokens, Dimension.symbol(WanInputs.TEXTS));

        Value time = time(exact, in.timestep());
        Value modulation =
                timeProjection.apply(exact, exact.in(timeProjection.place()).silu(time));
        stages.accept("condition_embedder.1", modulation);
        RotaryPosition positions = GridPositions.rotary(exact.in("rope"), in.position(), config);
        stages.accept("rope.0", positions.cosine());
        stages.accept("rope.1", positions.sine());
        WanSequence sequence = new WanSequence(modulation, in.group(), positions.in(op.in("rope")), segments, texts);

        Value x = embed(op, in);
        for (int i = 0; i < blocks.size(); i++) {
            String name = "block" + i;
            BiConsumer<String, Value> inside = (stage, value) -> stages.accept(name + "." + stage, value);
            x = blocks.get(i).apply(op, x, sequence, in.texts().get(i), inside);
            stages.accept(name, x);
        }
        graph.output("velocity", op.cast(head(op, in, time, x), ElementType.FLOAT));
        return graph.build();
    }

    /** {@code [S, width]} */
    private Value embed(Operators operators, WanInputs in) {
        Operators op = operators.in(patchEmbedding.place());
        Value rows = in.condition().isNone() ? in.latent() : op.concat(1, List.of(in.latent(), in.condition()));
        Value embedded = op.gatherRows(patchEmbedding.apply(operators, op.cast(rows, op.computeType())), in.order());
        stages.accept("patch_embedding", embedded);
        return embedded;
    }

    /** What the timesteps {@code [G]} say, {@code [G, width]}. */
    private Value time(Operators operators, Value timestep) {
        Operators op = operators.in(time1.place());
        Value waves = waves(op, timestep);
        stages.accept("timesteps_proj", waves);
        Value time = time2.apply(operators, op.silu(time1.apply(operators, waves)));
        stages.accept("condition_embedder.0", time);
        return time;
    }

    /**
     * Cosines, then sines, of frequencies from 1 down to 1/10000, computed in float32 as the reference does: {@code
     * exp(-ln(10000) i / n)}.
     */
    private Value waves(Operators op, Value timestep) {
        int half = config.timeWaves() / 2;
        float logarithm = (float) -Math.log(10_000);
        float[] frequencies = new float[half];
        for (int i = 0; i < half; i++) {
            frequencies[i] = (float) Math.exp(logarithm * i / half);
        }
        Value angle = op.multiply(op.unsqueeze(timestep, 1), op.constant(frequencies, 1, half));
        return op.concat(1, List.of(op.cosine(angle), op.sine(angle)));
    }

    /** The velocity {@code [S, numbers]} in the tokens' own order. */
    private Value head(Operators operators, WanInputs in, Value time, Value x) {
        Operators op = operators.in("norm_out");
        long width = config.width();
        Operators exact = op.computingIn(ElementType.FLOAT);
        Value shared = exact.add(exact.concat(1, List.of(time, time)), exact.weight(table)); // [G, 2*width]
        List<Value> shiftAndScale = exact.split(shared, 1, width, width);
        Value normalised = Modulation.of(op, shiftAndScale.get(1), shiftAndScale.get(0), config.epsilon())
                .apply(op, x, in.group());
        Operators out = operators.in(projectOut.place());
        Value patches = projectOut.apply(operators, normalised); // (row, column, channel)
        stages.accept("proj_out", patches);
        Dimension tokens = x.shape().get(0);
        Dimension cells = Dimension.of(WanTransformerConfig.PATCH);
        Dimension channels = Dimension.of(config.latentChannels());
        Value moved = out.transpose(out.reshape(patches, Shape.of(tokens, cells, channels)), 0, 2, 1);
        return out.reshape(moved, Shape.of(tokens, channels.times(cells)));
    }

    /** The name of a block's keys, an output of one graph and an input of the other. */
    public static String keyName(int block) {
        return "key." + block;
    }

    /** The name of a block's values, alike. */
    public static String valueName(int block) {
        return "value." + block;
    }

    /** Inputs of the denoiser. */
    private record WanInputs(
            Value latent,
            Value condition,
            Value order,
            Value position,
            Value group,
            Value timestep,
            List<WanBlock.TextInput> texts) {
        private static final String TEXTS = "T";

        private WanInputs {
            texts = List.copyOf(texts);
        }

        static WanInputs declare(GraphBuilder graph, WanTransformerConfig config, ElementType textType) {
            Value latent = graph.input("latent", ElementType.FLOAT, Shape.parse("[V, " + config.tokenNumbers() + "]"));
            Value condition = config.conditionChannels() == 0
                    ? Value.none()
                    : graph.input(
                            "condition", ElementType.FLOAT, Shape.parse("[V, " + config.conditionNumbers() + "]"));
            Value order = graph.input("order", ElementType.INT64, Shape.parse("[S]"));
            Value position = graph.input("position", ElementType.INT64, Shape.parse("[" + POSITION_AXES + ", S]"));
            Value group = graph.input("group", ElementType.INT64, Shape.parse("[S]"));
            Value timestep = graph.input("timestep", ElementType.FLOAT, Shape.parse("[G]"));
            Shape text = Shape.parse("[1, " + TEXTS + ", " + config.width() + "]");
            List<WanBlock.TextInput> texts = new ArrayList<>();
            for (int i = 0; i < config.depth(); i++) {
                texts.add(new WanBlock.TextInput(
                        graph.input(keyName(i), textType, text), graph.input(valueName(i), textType, text)));
            }
            return new WanInputs(latent, condition, order, position, group, timestep, texts);
        }
    }
}
