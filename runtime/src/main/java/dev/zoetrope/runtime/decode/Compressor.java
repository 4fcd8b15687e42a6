package dev.zoetrope.runtime.decode;

import com.google.errorprone.annotations.MustBeClosed;

/**
 * A video compression network: frames to latents and back, group by group. More than one kind exists in the field
 * (causal VAE, vector-quantised codes); the runtime knows this interface alone.
 */
public interface Compressor {
    CompressorGeometry geometry();

    /** A decoder for latents of one size; one clip (or tile) at a time. */
    @MustBeClosed
    GroupDecoder openDecoder(int rows, int columns);

    /** An encoder for frames of {@code rows x columns} cells; one clip at a time. */
    @MustBeClosed
    GroupEncoder openEncoder(int rows, int columns);
}
