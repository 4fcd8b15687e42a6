package dev.zoetrope.runtime.decode;

/**
 * The grid of a causal video codec.
 *
 * @param channels numbers per latent cell
 * @param spatial pixels per cell, each way
 * @param temporal frames per latent group; the first group of a run holds one frame
 * @param haloCells cells around a tile that its pixels depend on; with this halo tiles equal a whole decode
 */
public record CompressorGeometry(int channels, int spatial, int temporal, int haloCells) {
    /** Latent groups that hold {@code frames} frames of one run: 1 + ceil((frames - 1) / temporal). */
    public int groupsFor(int frames) {
        return 1 + Math.ceilDiv(frames - 1, temporal);
    }

    /** Frames of a run of {@code groups} latents: 1 + temporal (groups - 1). */
    public int framesOf(int groups) {
        return 1 + temporal * (groups - 1);
    }

    /** Cells that cover {@code px} pixels. */
    public int cellsFor(int px) {
        return Math.ceilDiv(px, spatial);
    }
}
