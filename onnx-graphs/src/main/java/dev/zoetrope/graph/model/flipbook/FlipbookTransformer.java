package dev.zoetrope.graph.model.flipbook;

import dev.zoetrope.graph.component.Linear;
import dev.zoetrope.graph.component.Modulation;
import dev.zoetrope.graph.component.NetworkForm;
import dev.zoetrope.graph.component.RotaryPosition;
import dev.zoetrope.graph.component.SegmentAttention;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Graph;
import dev.zoetrope.graph.ir.GraphBuilder;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;
import dev.zoetrope.graph.weight.WeightScope;
import dev.zoetrope.graph.weight.WeightSource;
import dev.zoetrope.graph.weight.WeightTensor;
import java.nio.file.Path;
import java.util.List;

/**
 * The flipbook denoiser: a packed sequence of text, reference and noisy tokens in, one velocity per visual token out.
 *
 * <p>Replicates {@code onnx-graphs/training/flipbook/transformer.py}, which names the papers. Inputs: {@code latent [V,
 * channels]}, {@code text [T, 384]}, {@code order [S]}, {@code visual [P]}, {@code coordinates [S, 6]}, {@code group [S]}, {@code sigma [G]},
 * {@code role [G]}, {@code pooled [G, 384]} and the attention form's own ({@link SegmentAttention}). Output: {@code velocity [P,
 * channels]}.
 */
public final class FlipbookTransformer {
    private static final int ROLES = 8;

    private final TransformerConfig config;
    private final WeightScope weights;

    private FlipbookTransformer(TransformerConfig config, WeightScope weights) {
        this.config = config;
        this.weights = weights;
    }

    /** Builds the graph for a folder with {@code config.json} and safetensors. */
    public static OnnxModel build(Path transformerFolder, NetworkForm form) {
        TransformerConfig config = TransformerConfig.read(transformerFolder.resolve("config.json"));
        try (WeightSource source = WeightSource.open(transformerFolder)) {
            Graph graph = new FlipbookTransformer(config, WeightScope.root(source)).graph(form);
            return OnnxModel.of(graph);
        }
    }

    private Graph graph(NetworkForm form) {
        GraphBuilder graph = GraphBuilder.create("flipbook-transformer");
        TransformerInputs in = TransformerInputs.declare(graph, config);
        SegmentAttention segments =
                SegmentAttention.declare(graph, form, in.order().shape().get(0));
        Operators op = Operators.of(graph, ElementType.FLOAT);
        Operators inner = op.computingIn(form.computeType());

        RotaryPosition positions = PositionTables.rotary(op.in("positions"), in.coordinates(), config)
                .in(inner);
        Value condition = condition(op, in); // [G, width]
        Value table = linear("modulation", config.width(), 6 * config.width()).apply(op, condition);
        Value x = embed(op, in); // [S, width], float32 to the end: a few channels grow to 300,000, beyond float16
        for (int i = 0; i < config.depth(); i++) {
            TransformerBlock block = TransformerBlock.of(weights.at("blocks." + i), config);
            x = block.apply(inner, x, table, in.group(), positions, segments);
        }
        Value clean = head(inner, in, condition, x);
        graph.output("velocity", velocity(op.in("velocity"), in, op.cast(clean, ElementType.FLOAT)));
        return graph.build();
    }

    /** The packed tokens {@code [S, width]}: text and latents in packed order, plus their positions. */
    private Value embed(Operators op, TransformerInputs in) {
        Value text = linear("text_in", config.textWidth(), config.width()).apply(op, in.text());
        List<Value> pictureAndLayout = pictureAndLayout(op, in.latent());
        Value latent =
                linear("latent_in", config.pictureChannels(), config.width()).apply(op, pictureAndLayout.getFirst());
        Value features = PositionTables.features(op.in("position_in"), in.coordinates());
        Linear positionIn = Linear.withoutBias(
                weights.at("position_in"), (long) PositionTables.QUANTITIES * PositionTables.FEATURES, config.width());
        Operators packing = op.in("packing");
        Value packed = packing.gatherRows(packing.concat(0, List.of(text, latent)), in.order());
        Value placed = packing.add(packed, positionIn.apply(op, features));
        return config.layoutChannels() == 0
                ? placed
                : packing.add(placed, layout(op.in("layout_in"), in, pictureAndLayout.getLast()));
    }

    private List<Value> pictureAndLayout(Operators op, Value latent) {
        return config.layoutChannels() == 0
                ? List.of(latent)
                : op.in("latent_in").split(latent, 1, config.pictureChannels(), config.layoutChannels());
    }

    /**
     * The layout's part of the packed tokens {@code [S, width]}; text has none. Of a layout of standard deviation s, (1 - sigma) s is left
     * under noise of sigma: divided by the root of the sum of both squares, it is seen at every noise level (c_in of EDM,
     * arXiv:2206.00364, table 1).
     */
    private Value layout(Operators op, TransformerInputs in, Value rows) {
        int channels = config.layoutChannels();
        Value left = op.multiply(op.subtract(op.scalar(1f), in.sigma()), op.scalar((float) config.layoutScale()));
        Value variance = op.add(op.multiply(left, left), op.multiply(in.sigma(), in.sigma()));
        Value gain = op.gatherRows(op.reciprocal(op.squareRoot(variance)), in.group()); // [S]
        Value none = op.multiply(
                op.split(in.text(), 1, channels, config.textWidth() - channels).getFirst(), op.scalar(0f));
        Value packed = op.gatherRows(op.concat(0, List.of(none, rows)), in.order()); // [S, layout channels]
        return Linear.withoutBias(weights.at("layout_in"), channels, config.width())
                .apply(op, op.multiply(packed, op.unsqueeze(gain, 1)));
    }

    /** What modulates the tokens of each group {@code [G, width]}: noise level, prompt and role. */
    private Value condition(Operators op, TransformerInputs in) {
        int width = config.width();
        Operators time = op.in("time1");
        Value waves = PositionTables.sinusoids(time, in.sigma(), width);
        Value hidden = time.silu(linear("time1", width, width).apply(op, waves));
        Value noise = linear("time2", width, width).apply(op, hidden);
        Value prompt = linear("pooled_in", config.textWidth(), width).apply(op, in.pooled());
        Operators role = op.in("role");
        WeightTensor roles = weights.tensor("role.weight", ROLES, width);
        Value sum = role.add(role.add(noise, prompt), role.gatherRows(role.weight(roles), in.role()));
        return role.silu(sum);
    }

    /** The clean latents {@code [P, channels]}. */
    private Value head(Operators op, TransformerInputs in, Value condition, Value x) {
        int width = config.width();
        Operators exact = op.computingIn(ElementType.FLOAT).in("final_modulation");
        Value table = linear("final_modulation", width, 2 * width).apply(exact, condition);
        List<Value> scaleAndShift = exact.split(table, 1, width, width);
        Operators here = op.in("latent_out");
        Value visual = here.gatherRows(x, in.visual()); // [P, width]
        Value group = here.gatherRows(in.group(), in.visual()); // [P]
        Value modulated = Modulation.of(here, scaleAndShift.get(0), scaleAndShift.get(1), TransformerBlock.EPSILON)
                .apply(here, visual, group);
        return linear("latent_out", width, config.latentChannels()).apply(op, modulated);
    }

    /** {@code (noisy - clean) / sigma}, with sigma kept from 0: {@code [P, channels]}. */
    private Value velocity(Operators op, TransformerInputs in, Value clean) {
        Value row = op.gatherRows(in.order(), in.visual()); // of text and latents together
        // Zeros in place of the text, not the row less a size: that would be a copy to the device in the middle of the
        // graph.
        Dimension textRows = in.text().shape().get(0);
        Value zeros = op.constant(new float[config.latentChannels()], 1, config.latentChannels());
        Value none = op.repeat(zeros, 0, op.size(textRows), textRows);
        Value noisy = op.gatherRows(op.concat(0, List.of(none, in.latent())), row);
        Value sigma = op.clip(in.sigma(), op.scalar((float) config.sigmaMin()), Value.none());
        Value perPrediction = op.gatherRows(sigma, op.gatherRows(in.group(), in.visual()));
        return op.divide(op.subtract(noisy, clean), op.unsqueeze(perPrediction, 1));
    }

    private Linear linear(String name, int in, int out) {
        return Linear.of(weights.at(name), in, out);
    }
}
