package dev.zoetrope.graph.model.wan;

import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.model.FrameForm;
import dev.zoetrope.graph.weight.WeightScope;
import dev.zoetrope.graph.weight.WeightSource;
import java.nio.file.Path;

/**
 * Wan's causal video autoencoder, versions 2.1 (8 x 8 pixels and 4 frames a cell) and 2.2 (16 x 16): graphs that work on one frame of
 * latents at a time. Replicates diffusers 0.42.1, {@code AutoencoderKLWan}: its encode and decode go through a clip in the same
 * chunks with the same caches.
 *
 * <p>A later chunk's graph has an input {@code previous/…} for each output {@code next/…} of the chunk before. Of those that the first
 * chunk's graph does not make the first later chunk gets zeros. Memory for the one may be the memory of the other.
 *
 * <p>Attention in the middle looks at all cells of a frame, so what a tile decodes to is not what the whole frame does.
 */
public final class WanAutoencoder {
    /** What the names of caches that a graph reads begin with; a layer's place in the checkpoint follows. */
    public static final String PREVIOUS = "previous/";

    /** What the names of caches that a graph writes begin with. */
    public static final String NEXT = "next/";

    private WanAutoencoder() {}

    /**
     * Builds the encoder of a chunk. Inputs: {@code frames [chunk's frames, 3, height, width]} in -1..1, caches. Outputs: {@code
     * latent}, the mean of what the encoder holds possible, in the given form; caches.
     */
    public static OnnxModel encoder(Path vaeFolder, Chunk chunk, LatentForm form) {
        return encoder(vaeFolder, chunk, form, ElementType.FLOAT);
    }

    /** The same computing in another type; caches are handed on in it, the rest stays float32. */
    public static OnnxModel encoder(Path vaeFolder, Chunk chunk, LatentForm form, ElementType computeType) {
        AutoencoderConfig config = AutoencoderConfig.read(vaeFolder.resolve("config.json"));
        try (WeightSource source = WeightSource.open(vaeFolder)) {
            WeightScope weights = WeightScope.root(source);
            OnnxModel model = OnnxModel.of(new EncoderGraph(config, weights, chunk, computeType).build(form));
            requireAllAsked(weights, chunk, "decoder", "post_quant_conv");
            return model;
        }
    }

    /**
     * Builds the decoder of a chunk. Inputs: {@code latent} in the given form, caches. Outputs: {@code frames}, as many as the chunk
     * has, in the given form; caches.
     */
    public static OnnxModel decoder(Path vaeFolder, Chunk chunk, LatentForm from, FrameForm to) {
        return decoder(vaeFolder, chunk, from, to, ElementType.FLOAT);
    }

    /** The same computing in another type; caches are handed on in it, the rest stays float32. */
    public static OnnxModel decoder(
            Path vaeFolder, Chunk chunk, LatentForm from, FrameForm to, ElementType computeType) {
        AutoencoderConfig config = AutoencoderConfig.read(vaeFolder.resolve("config.json"));
        try (WeightSource source = WeightSource.open(vaeFolder)) {
            WeightScope weights = WeightScope.root(source);
            OnnxModel model = OnnxModel.of(new DecoderGraph(config, weights, chunk, computeType).build(from, to));
            requireAllAsked(weights, chunk, "encoder", "quant_conv");
            return model;
        }
    }

    /** The first chunk does without the layers that work in time. */
    private static void requireAllAsked(WeightScope weights, Chunk chunk, String... elsewhere) {
        if (chunk == Chunk.LATER) {
            weights.requireAllAsked(elsewhere);
        }
    }
}
