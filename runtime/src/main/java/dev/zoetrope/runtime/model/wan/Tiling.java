package dev.zoetrope.runtime.model.wan;

/**
 * How frames too large to decode at once are cut: square tiles that overlap, each decoded by itself, as diffusers'
 * {@code AutoencoderKLWan.tiled_decode} does it. Because every pixel depends a little on the whole frame, tiles give another
 * picture than the whole frame does.
 *
 * @param wholePx frames of up to this many pixels are decoded whole
 * @param tilePx a tile's longest side
 * @param stridePx from one tile to the next; what is left of a tile is its overlap with the next
 */
public record Tiling(long wholePx, int tilePx, int stridePx) {
    /** The reference's tiles, for frames whose caches would take several gigabytes. */
    public static final Tiling REFERENCE = new Tiling(512L * 512, 256, 192);

    public Tiling {
        if (stridePx < 1 || tilePx < stridePx || tilePx > 2 * stridePx) {
            throw new IllegalArgumentException(
                    "tiles of " + tilePx + " px: expected a stride of half to all of it, found " + stridePx);
        }
    }
}
