package dev.zoetrope.runtime.decode;

/**
 * The grid of a causal video codec.
 *
 * @param channels numbers per latent cell
 * @param spatial pixels per cell, each way
 * @param temporal frames per latent group; the first group of a run holds one frame
 * @param haloCells cells around a tile that its pixels depend on; with this halo tiles equal a whole decode; {@link
 *     #WHOLE_FRAME} where they depend on every cell
 */
public record CompressorGeometry(int channels, int spatial, int temporal, int haloCells) {
    /** No halo is enough: the codec decides itself how it decodes large frames. */
    public static final int WHOLE_FRAME = Integer.MAX_VALUE;
}
