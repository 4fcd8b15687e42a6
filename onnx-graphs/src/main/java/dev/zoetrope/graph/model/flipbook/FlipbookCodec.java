package dev.zoetrope.graph.model.flipbook;

import dev.zoetrope.graph.component.ChannelNorm;
import dev.zoetrope.graph.component.ColourBytes;
import dev.zoetrope.graph.component.Convolution;
import dev.zoetrope.graph.component.PixelBlocks;
import dev.zoetrope.graph.component.ResidualBlock;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Graph;
import dev.zoetrope.graph.ir.GraphBuilder;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.model.FrameForm;
import dev.zoetrope.graph.op.Operators;
import dev.zoetrope.graph.weight.WeightScope;
import dev.zoetrope.graph.weight.WeightSource;
import dev.zoetrope.graph.weight.WeightTensor;
import java.nio.file.Path;
import java.util.List;

/**
 * The flipbook codec, one group of frames per run. Replicates {@code onnx-graphs/training/flipbook/codec.py}
 * ({@code encode_group}, {@code decode_group}). A group looks back at exactly one earlier group, through the caches that each run
 * hands to the next; for a run's first group they are zeros. Nothing looks further than {@link CodecConfig#haloCells()} cells, so
 * a tile with that halo decodes to the same pixels as the whole frame.
 */
public final class FlipbookCodec {
    private static final ChannelNorm NORM = new ChannelNorm(1e-4f);
    private static final int PIXEL_BLOCK = 4; // pixels per cell of the fine layers, each way
    private static final int CELL_BLOCK = 2; // cells of the fine layers per latent cell, each way
    private static final int COLOURS = 3;

    private final CodecConfig config;
    private final WeightScope weights;
    private final ElementType computeType;

    private FlipbookCodec(CodecConfig config, WeightScope weights, ElementType computeType) {
        this.config = config;
        this.weights = weights;
        this.computeType = computeType;
    }

    /**
     * Builds the encoder of a folder with {@code config.json} and safetensors. Inputs: {@code frames [4, 3, 8*rows, 8*columns]} in
     * -1..1 (a run's first frame: four times the same) and {@code previous_feature [1, wide, rows, columns]}. Outputs: {@code latent
     * [rows, columns, channels]} and {@code feature}, the next group's {@code previous_feature}.
     */
    public static OnnxModel encoder(Path vaeFolder) {
        return encoder(vaeFolder, ElementType.FLOAT);
    }

    /** The same computing in another type; {@code feature} is handed on in it, the rest stays float32. */
    public static OnnxModel encoder(Path vaeFolder, ElementType computeType) {
        CodecConfig config = CodecConfig.read(vaeFolder.resolve("config.json"));
        try (WeightSource source = WeightSource.open(vaeFolder)) {
            return OnnxModel.of(new FlipbookCodec(config, WeightScope.root(source), computeType).encoder());
        }
    }

    /**
     * Builds the decoder of a folder with {@code config.json} and safetensors. Inputs: {@code latent [rows, columns, channels]},
     * {@code previous_latent} alike and {@code previous_hidden [1, wide, rows, columns]}. Outputs: {@code frames} in the given
     * form and {@code hidden}, the next group's {@code previous_hidden}. Of a run's first group only the last frame counts.
     */
    public static OnnxModel decoder(Path vaeFolder, FrameForm form) {
        return decoder(vaeFolder, form, ElementType.FLOAT);
    }

    /** The same computing in another type; {@code hidden} is handed on in it, the rest stays float32. */
    public static OnnxModel decoder(Path vaeFolder, FrameForm form, ElementType computeType) {
        CodecConfig config = CodecConfig.read(vaeFolder.resolve("config.json"));
        try (WeightSource source = WeightSource.open(vaeFolder)) {
            return OnnxModel.of(new FlipbookCodec(config, WeightScope.root(source), computeType).decoder(form));
        }
    }

    private Graph encoder() {
        GraphBuilder graph = GraphBuilder.create("flipbook-encoder");
        Value frames = graph.input(
                "frames", ElementType.FLOAT, Shape.parse("[" + config.temporal() + ", 3, 8*rows, 8*columns]"));
        Value previousFeature = graph.input("previous_feature", computeType, cacheShape());
        Operators op = Operators.of(graph, computeType);
        Operators exact = op.computingIn(ElementType.FLOAT); // the linear part: most of the picture, little of the work

        Value feature = features(op, op.cast(frames, computeType));
        Value residual = op.cast(encoderResidual(op, feature, previousFeature), ElementType.FLOAT);
        Value raw = exact.add(principalCode(exact, frames), residual);
        Value centred = exact.subtract(raw, perChannel(exact, "latent_mean"));
        Value latent = exact.divide(centred, perChannel(exact, "latent_std")); // [1, channels, rows, columns]
        graph.output("latent", exact.squeeze(exact.transpose(latent, 0, 2, 3, 1), 0));
        graph.output("feature", feature);
        return graph.build();
    }

    /** {@code [temporal, 3, 8*rows, 8*columns]} to {@code [1, wide, rows, columns]}. */
    private Value features(Operators op, Value frames) {
        WeightScope scope = weights.at("encoder");
        int fine = config.fineChannels();
        int blockNumbers = COLOURS * PIXEL_BLOCK * PIXEL_BLOCK;
        Value blocks = new PixelBlocks(PIXEL_BLOCK).toChannels(op.in("encoder.conv_in"), frames);
        Value x = Convolution.of(scope.at("conv_in"), blockNumbers, fine, 3).apply(op, blocks);
        x = ResidualBlock.of(scope.at("fine1"), fine, NORM).apply(op, x); // [temporal, fine, 2*rows, 2*columns]
        Operators down = op.in("encoder.down");
        x = new PixelBlocks(CELL_BLOCK).toChannels(down, down.silu(x)); // [temporal, 4*fine, rows, columns]
        x = down.reshape(x, grid(config.temporal() * 4L * fine));
        return Convolution.of(scope.at("down"), config.temporal() * 4L * fine, config.wideChannels(), 1)
                .apply(op, x);
    }

    /** The linear part of the code, {@code [1, channels, rows, columns]}. */
    private Value principalCode(Operators operators, Value frames) {
        Operators op = operators.in("pca_encode");
        long numbers = blockNumbers();
        Shape stacked =
                frames.shape().with(0, Dimension.of(1)).with(1, Dimension.of((long) config.temporal() * COLOURS));
        Value blocks = new PixelBlocks(config.spatial()).toChannels(op, op.reshape(frames, stacked));
        Value centred = op.subtract(
                blocks, op.weight(weights.tensor("pca_mean", numbers).reshaped(numbers, 1, 1)));
        WeightTensor encode = weights.tensor("pca_encode", config.latentChannels(), numbers)
                .reshaped(config.latentChannels(), numbers, 1, 1);
        return op.convolution(centred, op.weight(encode), Value.none());
    }

    private Value encoderResidual(Operators op, Value feature, Value previousFeature) {
        WeightScope scope = weights.at("encoder");
        int wide = config.wideChannels();
        Value both = op.in("encoder.mix").concat(1, List.of(feature, previousFeature));
        Value x = Convolution.of(scope.at("mix"), 2L * wide, wide, 3).apply(op, both);
        x = ResidualBlock.of(scope.at("wide1"), wide, NORM).apply(op, x);
        x = activated(op.in("encoder.conv_out"), x);
        return Convolution.of(scope.at("conv_out"), wide, config.latentChannels(), 1)
                .apply(op, x);
    }

    private Graph decoder(FrameForm form) {
        GraphBuilder graph = GraphBuilder.create("flipbook-decoder");
        Shape latentShape = Shape.parse("[rows, columns, " + config.latentChannels() + "]");
        Value latent = graph.input("latent", ElementType.FLOAT, latentShape);
        Value previousLatent = graph.input("previous_latent", ElementType.FLOAT, latentShape);
        Value previousHidden = graph.input("previous_hidden", computeType, cacheShape());
        Operators op = Operators.of(graph, computeType);
        Operators exact = op.computingIn(ElementType.FLOAT); // the linear part: most of the picture, little of the work

        Value channelsFirst = channelsFirst(exact, latent);
        Value previous = channelsFirst(exact, previousLatent);
        Value hidden = hidden(op, op.cast(channelsFirst, computeType), op.cast(previous, computeType));
        Value residual = op.cast(decoderResidual(op, hidden, previousHidden), ElementType.FLOAT);
        Value frames = exact.add(principalFrames(exact, channelsFirst), residual);
        graph.output("frames", form == FrameForm.RGB8 ? rgb8(exact.in("rgb8"), frames) : frames);
        graph.output("hidden", hidden);
        return graph.build();
    }

    private static Value channelsFirst(Operators op, Value latent) {
        return op.transpose(op.unsqueeze(latent, 0), 0, 3, 1, 2); // [1, channels, rows, columns]
    }

    private Value hidden(Operators op, Value latent, Value previousLatent) {
        WeightScope scope = weights.at("decoder");
        Value both = op.in("decoder.conv_in").concat(1, List.of(latent, previousLatent));
        Value x = Convolution.of(scope.at("conv_in"), 2L * config.latentChannels(), config.wideChannels(), 3)
                .apply(op, both);
        return ResidualBlock.of(scope.at("wide1"), config.wideChannels(), NORM).apply(op, x);
    }

    /** The linear part of the picture, {@code [temporal, 3, 8*rows, 8*columns]}. */
    private Value principalFrames(Operators operators, Value latent) {
        Operators op = operators.in("pca_decode");
        long numbers = blockNumbers();
        Value raw = op.add(op.multiply(latent, perChannel(op, "latent_std")), perChannel(op, "latent_mean"));
        WeightTensor decode = weights.tensor("pca_decode", numbers, config.latentChannels())
                .reshaped(numbers, config.latentChannels(), 1, 1);
        Value blocks = op.convolution(raw, op.weight(decode), op.weight(weights.tensor("pca_mean", numbers)));
        return frames(op, new PixelBlocks(config.spatial()).toPixels(op, blocks));
    }

    /** {@code [temporal, 3, 8*rows, 8*columns]} */
    private Value decoderResidual(Operators op, Value hidden, Value previousHidden) {
        WeightScope scope = weights.at("decoder");
        int wide = config.wideChannels();
        int fine = config.fineChannels();
        Value both = op.in("decoder.mix").concat(1, List.of(hidden, previousHidden));
        Value x = Convolution.of(scope.at("mix"), 2L * wide, wide, 3).apply(op, both);
        x = ResidualBlock.of(scope.at("wide2"), wide, NORM).apply(op, x);
        Operators up = op.in("decoder.up");
        x = Convolution.of(scope.at("up"), wide, config.temporal() * 4L * fine, 1)
                .apply(op, activated(up, x));
        Shape perFrame = x.shape().with(0, Dimension.of(config.temporal())).with(1, Dimension.of(4L * fine));
        x = new PixelBlocks(CELL_BLOCK).toPixels(up, up.reshape(x, perFrame)); // [temporal, fine, 2*rows, 2*columns]
        x = ResidualBlock.of(scope.at("fine1"), fine, NORM).apply(op, x);
        x = ResidualBlock.of(scope.at("fine2"), fine, NORM).apply(op, x);
        Operators last = op.in("decoder.conv_out");
        x = Convolution.of(scope.at("conv_out"), fine, (long) COLOURS * PIXEL_BLOCK * PIXEL_BLOCK, 3)
                .apply(op, activated(last, x));
        return new PixelBlocks(PIXEL_BLOCK).toPixels(last, x);
    }

    /** {@code [temporal, 8*rows, 8*columns, 3]} uint8 */
    private static Value rgb8(Operators op, Value frames) {
        return op.transpose(ColourBytes.of(op, frames), 0, 2, 3, 1);
    }

    private static Value activated(Operators op, Value x) {
        return op.silu(NORM.apply(op, x));
    }

    /** A weight {@code [channels]} as {@code [channels, 1, 1]}. */
    private Value perChannel(Operators op, String name) {
        long channels = config.latentChannels();
        return op.weight(weights.tensor(name, channels).reshaped(channels, 1, 1));
    }

    /** Splits {@code [1, temporal*3, height, width]} into frames. */
    private Value frames(Operators op, Value stacked) {
        Shape shape = stacked.shape().with(0, Dimension.of(config.temporal())).with(1, Dimension.of(COLOURS));
        return op.reshape(stacked, shape);
    }

    private long blockNumbers() {
        return (long) config.temporal() * COLOURS * config.spatial() * config.spatial();
    }

    private Shape cacheShape() {
        return grid(config.wideChannels());
    }

    private static Shape grid(long channels) {
        return Shape.of(Dimension.of(1), Dimension.of(channels), Dimension.symbol("rows"), Dimension.symbol("columns"));
    }
}
