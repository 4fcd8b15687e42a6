package dev.zoetrope.runtime.decode;

import com.google.errorprone.annotations.MustBeClosed;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A video compression network: frames to latents and back, group by group. More than one kind exists in the field
 * (causal VAE, vector-quantised codes); the runtime knows this interface alone.
 */
public interface Compressor {
    CompressorGeometry geometry();

    /**
     * A cheap look at single latents of its codec, with {@link CompressorGeometry#spatial} pixels to a cell: the last frame of
     * what the latent stands for. Empty where a codec has no such factors: its clips have no previews. Asking for the factors
     * may read the codec's weights.
     */
    Optional<Supplier<LatentProjection>> projection();

    /**
     * Memory that encoder or decoder work with, for each pixel of a frame that they work on at a time; from far above where
     * a codec does not say.
     */
    default long bytesPerPixel() {
        return 8192;
    }

    /** Pixels of a frame of {@code rows x columns} cells that its decoder works on at a time. */
    default long decodedPixels(int rows, int columns) {
        long spatial = geometry().spatial();
        return StreamingDecoder.largestTileCells(rows, columns, geometry()) * spatial * spatial;
    }

    /** A decoder for latents of one size; one clip (or tile) at a time. */
    @MustBeClosed
    GroupDecoder openDecoder(int rows, int columns);

    /** An encoder for frames of {@code rows x columns} cells; one clip at a time. */
    @MustBeClosed
    GroupEncoder openEncoder(int rows, int columns);
}
