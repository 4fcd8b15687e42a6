package dev.zoetrope.graph.model.wan;

import dev.zoetrope.graph.component.ColourBytes;
import dev.zoetrope.graph.component.VolumeConvolution;
import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Graph;
import dev.zoetrope.graph.ir.GraphBuilder;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.model.FrameForm;
import dev.zoetrope.graph.op.Operators;
import dev.zoetrope.graph.weight.WeightScope;
import java.util.Locale;

/** Builds the decoder of one chunk: diffusers' {@code WanDecoder3d}, {@code WanUpBlock}, {@code WanResidualUpBlock}, {@code DupUp3D}. */
final class DecoderGraph {
    private final AutoencoderConfig config;
    private final WeightScope root;
    private final Chunk chunk;
    private final GraphBuilder graph;
    private final Operators op;
    private final Operators exact;
    private final AutoencoderLayers layers;

    DecoderGraph(AutoencoderConfig config, WeightScope root, Chunk chunk, ElementType computeType) {
        this.config = config;
        this.root = root;
        this.chunk = chunk;
        this.graph = GraphBuilder.create("wan-decoder-" + chunk.name().toLowerCase(Locale.ROOT));
        this.op = Operators.of(graph, computeType);
        this.exact = op.computingIn(ElementType.FLOAT);
        this.layers = new AutoencoderLayers(op, new FrameCaches(graph, chunk));
    }

    Graph build(LatentForm latents, FrameForm frames) {
        int latentChannels = config.latentChannels();
        Value cells = switch (latents) {
            case TOKENS -> cells(input("[rows, columns, " + 4 * latentChannels + "]"));
            case CELLS -> input("[1, " + latentChannels + ", 1, rows, columns]");
        };
        Value x = VolumeConvolution.of(root.at("post_quant_conv"), latentChannels, latentChannels, 1, 1)
                .apply(op, op.cast(cells, op.computeType()));
        WeightScope decoder = root.at("decoder");
        x = layers.causal(decoder.at("conv_in"), x, config.decoderChannels().getFirst());
        x = layers.middle(decoder.at("mid_block"), x);
        for (int stage = 0; stage <= config.halvesTime().size(); stage++) {
            x = stage(decoder.at("up_blocks").at(Integer.toString(stage)), x, stage);
        }
        x = layers.activated(decoder.at("norm_out"), x);
        x = layers.causal(decoder.at("conv_out"), x, 3 * config.patch() * config.patch());
        graph.output("frames", pixels(x, frames));
        return graph.build();
    }

    private Value input(String shape) {
        return graph.input("latent", ElementType.FLOAT, Shape.parse(shape));
    }

    /** {@code [rows, columns, channels*4]} to {@code [1, channels, 1, 2*rows, 2*columns]}. */
    private Value cells(Value tokens) {
        Dimension one = Dimension.of(1);
        Dimension two = Dimension.of(2);
        Dimension rows = tokens.shape().get(0);
        Dimension columns = tokens.shape().get(1);
        Dimension channels = Dimension.of(config.latentChannels());
        Value cut = op.reshape(tokens, Shape.of(rows, columns, channels, two, two));
        Value scaled = op.reshape(
                op.transpose(cut, 2, 0, 3, 1, 4), Shape.of(one, channels, one, rows.times(2), columns.times(2)));
        Value centred = exact.multiply(scaled, AutoencoderLayers.perChannel(exact, config.deviations()));
        return exact.add(centred, AutoencoderLayers.perChannel(exact, config.means()));
    }

    private Value stage(WeightScope scope, Value start, int stage) {
        int channels = config.decoderChannels().get(stage + 1);
        Value x = start;
        for (int block = 0; block <= config.residualBlocks(); block++) {
            x = layers.residualBlock(scope.at("resnets").at(Integer.toString(block)), x, channels);
        }
        if (stage == config.halvesTime().size()) {
            return x;
        }
        boolean time = config.doublesTime(stage);
        if (!config.residual()) {
            return doubled(scope.at("upsamplers").at("0"), x, channels / 2, time);
        }
        x = doubled(scope.at("upsampler"), x, channels, time);
        Operators at = op.in(scope.at("avg_shortcut").path());
        return op.in(scope.path()).add(x, repeated(at, start, channels, time ? 2 : 1));
    }

    /** Twice the height and width, and twice the frames where time is doubled too, but for a run's first. */
    private Value doubled(WeightScope scope, Value start, int out, boolean time) {
        int channels = AutoencoderLayers.channels(start);
        Value x = start;
        if (time && chunk == Chunk.LATER) {
            x = interleaved(scope.at("time_conv"), x, channels);
        }
        Shape shape = x.shape();
        WeightScope resample = scope.at("resample").at("1");
        Operators at = op.in(resample.path());
        Dimension pictures = shape.get(1).times(shape.get(2));
        Value flat = at.reshape(x, Shape.of(Dimension.of(1), pictures, shape.get(3), shape.get(4)));
        Shape larger = shape.with(3, shape.get(3).times(2)).with(4, shape.get(4).times(2));
        return VolumeConvolution.perFrame(resample, channels, out, 3).apply(op, at.reshape(at.doubled(flat), larger));
    }

    /** Two frames from each: half of the layer's outputs makes the earlier, half the later. */
    private Value interleaved(WeightScope scope, Value x, int channels) {
        Operators at = op.in(scope.path());
        Value both = layers.causalInTime(scope, x, 2 * channels);
        Shape shape = both.shape();
        Value halves = at.reshape(
                both, Shape.of(Dimension.of(2), Dimension.of(channels), shape.get(2), shape.get(3), shape.get(4)));
        return at.reshape(
                at.transpose(halves, 1, 2, 0, 3, 4),
                x.shape().with(2, shape.get(2).times(2)));
    }

    /** Numbers spread over blocks of frames and pixels, each as often as needed; of a run's first frame the last copy. */
    private Value repeated(Operators at, Value x, int out, int time) {
        int in = AutoencoderLayers.channels(x);
        Shape shape = x.shape();
        Dimension frames = shape.get(2);
        Dimension height = shape.get(3);
        Dimension width = shape.get(4);
        Dimension two = Dimension.of(2);
        Dimension times = Dimension.of((long) out * time * 4).dividedBy(in);
        Value single = at.reshape(x, Shape.of(Dimension.of(in), Dimension.of(1), frames, height, width));
        Value cut = at.reshape(
                at.repeat(single, 1, times.size()),
                Shape.of(Dimension.of(out), Dimension.of(time), two, two, frames, height, width));
        int kept = chunk == Chunk.FIRST ? 1 : time;
        Value copies = kept == time ? cut : at.slice(cut, 1, time - kept, time);
        Value moved = at.transpose(copies, 0, 4, 1, 5, 2, 6, 3); // [out, frames, time, h, y, w, x]
        return at.reshape(
                moved,
                Shape.of(Dimension.of(1), Dimension.of(out), frames.times(kept), height.times(2), width.times(2)));
    }

    /** {@code [1, 3*patch*patch, frames, h, w]} to pictures; within a patch columns come first. */
    private Value pixels(Value x, FrameForm form) {
        Operators at = exact.in("pixels"); // three channels: costs nothing
        Shape shape = x.shape();
        Dimension colours = Dimension.of(3);
        Dimension side = Dimension.of(config.patch());
        Dimension frames = shape.get(2);
        Dimension height = shape.get(3).times(config.patch());
        Dimension width = shape.get(4).times(config.patch());
        Value colour = at.cast(x, ElementType.FLOAT);
        Value numbers = form == FrameForm.RGB8 ? ColourBytes.of(at, colour) : colour;
        Value cut = at.reshape(numbers, Shape.of(colours, side, side, frames, shape.get(3), shape.get(4)));
        return switch (form) {
            case RGB8 -> at.reshape(at.transpose(cut, 3, 4, 2, 5, 1, 0), Shape.of(frames, height, width, colours));
            case FLOAT -> at.reshape(at.transpose(cut, 3, 0, 4, 2, 5, 1), Shape.of(frames, colours, height, width));
        };
    }
}
