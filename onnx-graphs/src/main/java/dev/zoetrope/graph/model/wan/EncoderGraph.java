package dev.zoetrope.graph.model.wan;

import dev.zoetrope.graph.component.VolumeConvolution;
import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Graph;
import dev.zoetrope.graph.ir.GraphBuilder;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;
import dev.zoetrope.graph.weight.WeightScope;
import java.util.List;
import java.util.Locale;

/** Builds the encoder of one chunk: diffusers' {@code WanEncoder3d}, {@code WanResidualDownBlock}, {@code AvgDown3D}. */
final class EncoderGraph {
    private final AutoencoderConfig config;
    private final WeightScope root;
    private final Chunk chunk;
    private final GraphBuilder graph;
    private final Operators op;
    private final Operators exact;
    private final AutoencoderLayers layers;

    EncoderGraph(AutoencoderConfig config, WeightScope root, Chunk chunk, ElementType computeType) {
        this.config = config;
        this.root = root;
        this.chunk = chunk;
        this.graph = GraphBuilder.create("wan-encoder-" + chunk.name().toLowerCase(Locale.ROOT));
        this.op = Operators.of(graph, computeType);
        this.exact = op.computingIn(ElementType.FLOAT);
        this.layers = new AutoencoderLayers(op, new FrameCaches(graph, chunk));
    }

    Graph build(LatentForm form) {
        long side = (long) form.cells() * config.cellPixels();
        Value frames = graph.input(
                "frames",
                ElementType.FLOAT,
                Shape.parse("[" + chunk.frames() + ", 3, " + side + "*rows, " + side + "*columns]"));
        WeightScope encoder = root.at("encoder");
        Value x = layers.causal(
                encoder.at("conv_in"),
                patches(op.cast(frames, op.computeType())),
                config.encoderChannels().getFirst());
        x = config.residual() ? residualStages(encoder.at("down_blocks"), x) : stages(encoder.at("down_blocks"), x);
        x = layers.middle(encoder.at("mid_block"), x);
        int numbers = 2 * config.latentChannels(); // means, then logarithms of variances
        x = layers.causal(encoder.at("conv_out"), layers.activated(encoder.at("norm_out"), x), numbers);
        Value means = VolumeConvolution.of(root.at("quant_conv"), numbers, numbers, 1, 1)
                .firstOutputs(config.latentChannels())
                .apply(op, x);
        Value latent = op.cast(means, ElementType.FLOAT);
        graph.output("latent", form == LatentForm.TOKENS ? tokens(latent) : latent);
        return graph.build();
    }

    /** {@code [frames, 3, height, width]} to {@code [1, 3*patch*patch, frames, h, w]}; within a patch columns come first. */
    private Value patches(Value frames) {
        Shape shape = frames.shape();
        Dimension side = Dimension.of(config.patch());
        Dimension height = shape.get(2).dividedBy(config.patch());
        Dimension width = shape.get(3).dividedBy(config.patch());
        Value cut = op.reshape(frames, Shape.of(shape.get(0), shape.get(1), height, side, width, side));
        Value moved = op.transpose(cut, 1, 5, 3, 0, 2, 4); // [3, x, y, frames, h, w]
        Dimension channels = Dimension.of(3L * config.patch() * config.patch());
        return op.reshape(moved, Shape.of(Dimension.of(1), channels, shape.get(0), height, width));
    }

    /** {@code [1, channels, 1, 2*rows, 2*columns]} to {@code [rows, columns, channels*4]}, a token's numbers in the order (c, y, x). */
    private Value tokens(Value means) {
        Value centred = exact.subtract(means, AutoencoderLayers.perChannel(exact, config.means()));
        Value latent = exact.divide(centred, AutoencoderLayers.perChannel(exact, config.deviations()));
        Shape shape = latent.shape();
        Dimension two = Dimension.of(2);
        Dimension rows = shape.get(3).dividedBy(2);
        Dimension columns = shape.get(4).dividedBy(2);
        Value cut = op.reshape(latent, Shape.of(shape.get(1), rows, two, columns, two));
        return op.reshape(
                op.transpose(cut, 1, 3, 0, 2, 4),
                Shape.of(rows, columns, shape.get(1).times(4)));
    }

    /** Wan 2.1 numbers blocks and steps down in one list. */
    private Value stages(WeightScope scope, Value start) {
        Value x = start;
        int number = 0;
        for (int stage = 0; stage <= config.halvesTime().size(); stage++) {
            int channels = config.encoderChannels().get(stage + 1);
            for (int block = 0; block < config.residualBlocks(); block++) {
                x = layers.residualBlock(scope.at(Integer.toString(number++)), x, channels);
            }
            if (stage < config.halvesTime().size()) {
                x = halved(
                        scope.at(Integer.toString(number++)),
                        x,
                        config.halvesTime().get(stage));
            }
        }
        return x;
    }

    private Value residualStages(WeightScope scope, Value start) {
        Value x = start;
        for (int stage = 0; stage <= config.halvesTime().size(); stage++) {
            WeightScope at = scope.at(Integer.toString(stage));
            int channels = config.encoderChannels().get(stage + 1);
            boolean last = stage == config.halvesTime().size();
            boolean time = !last && config.halvesTime().get(stage);
            Value inner = x;
            for (int block = 0; block < config.residualBlocks(); block++) {
                inner = layers.residualBlock(at.at("resnets").at(Integer.toString(block)), inner, channels);
            }
            if (!last) {
                inner = halved(at.at("downsampler"), inner, time);
            }
            Value shortcut = averaged(op.in(at.at("avg_shortcut").path()), x, channels, time ? 2 : 1, last ? 1 : 2);
            x = op.in(at.path()).add(inner, shortcut);
        }
        return x;
    }

    /** Half the height and width, and half the frames where time is halved too: a run's first frame stays as it is. */
    private Value halved(WeightScope scope, Value x, boolean time) {
        int channels = AutoencoderLayers.channels(x);
        Value smaller = VolumeConvolution.perFrame(scope.at("resample").at("1"), channels, channels, 3)
                .apply(op, x, AutoencoderLayers.HALVE_PIXELS, AutoencoderLayers.ZEROS_RIGHT_AND_BELOW);
        if (!time) {
            return smaller;
        }
        WeightScope timeScope = scope.at("time_conv");
        Value joined = layers.caches.preceded(op.in(timeScope.path()), timeScope.path(), smaller, 1);
        return chunk == Chunk.FIRST
                ? smaller
                : VolumeConvolution.of(timeScope, channels, channels, 3, 1)
                        .apply(op, joined, List.of(2L, 1L, 1L), List.of(0L, 0L, 0L, 0L, 0L, 0L));
    }

    /** Means over blocks of frames and pixels and over groups of what they hold; a single frame is preceded by zeros. */
    private static Value averaged(Operators op, Value start, int out, int time, int side) {
        long frames = AutoencoderLayers.frames(start);
        Value x = frames % time == 0 ? start : op.zerosBefore(start, 2, time - frames % time);
        int in = AutoencoderLayers.channels(x);
        Shape shape = x.shape();
        Dimension sideSize = Dimension.of(side);
        Dimension shorter = shape.get(2).dividedBy(time);
        Dimension height = shape.get(3).dividedBy(side);
        Dimension width = shape.get(4).dividedBy(side);
        Value cut = op.reshape(
                x, Shape.of(Dimension.of(in), shorter, Dimension.of(time), height, sideSize, width, sideSize));
        Value moved = op.transpose(cut, 0, 2, 4, 6, 1, 3, 5); // [in, time, y, x, frames, h, w]
        Dimension group = Dimension.of((long) in * time * side * side).dividedBy(out);
        Value groups = op.reshape(moved, Shape.of(Dimension.of(out), group, shorter, height, width));
        return op.reshape(op.mean(groups, 1), Shape.of(Dimension.of(1), Dimension.of(out), shorter, height, width));
    }
}
