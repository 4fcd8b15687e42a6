package dev.zoetrope.runtime.timeline;

/**
 * The latent grid that covers a picture size and a length, and what is cut away after decoding. Sizes are rounded up:
 * pixels to whole cells, frames to 1 + n * temporal.
 *
 * @param widthPx width asked for
 * @param heightPx height asked for
 * @param frames length asked for
 * @param spatial pixels to a side of a cell
 * @param temporal frames in a latent after the first
 */
public record LatentGrid(int widthPx, int heightPx, int frames, int spatial, int temporal) {
    public LatentGrid {
        if (widthPx < 1 || heightPx < 1 || frames < 1) {
            throw new IllegalArgumentException("clip: expected at least 1x1 px and 1 frame, found " + widthPx + "x"
                    + heightPx + " px, " + frames + " frames");
        }
        if (spatial < 1 || temporal < 1) {
            throw new IllegalArgumentException("codec: expected a spatial and a temporal factor of at least 1, found "
                    + spatial + " and " + temporal);
        }
    }

    public int rows() {
        return Math.ceilDiv(heightPx, spatial);
    }

    public int columns() {
        return Math.ceilDiv(widthPx, spatial);
    }

    /** Latents: one of a single frame, then as many of {@code temporal} frames as it takes. */
    public int groups() {
        return 1 + Math.ceilDiv(frames - 1, temporal);
    }

    /** Width that the decoder makes. */
    public int codedWidthPx() {
        return Math.multiplyExact(columns(), spatial);
    }

    /** Height that the decoder makes. */
    public int codedHeightPx() {
        return Math.multiplyExact(rows(), spatial);
    }

    /** Frames that the decoder makes; those past {@link #frames} are dropped. */
    public int codedFrames() {
        return Math.addExact(1, Math.multiplyExact(temporal, groups() - 1));
    }

    /** Left edge of the picture in the coded frame: the crop is centred, as the model's coordinates are. */
    public int cropLeftPx() {
        return (codedWidthPx() - widthPx) / 2;
    }

    /** Top edge of the picture in the coded frame. */
    public int cropTopPx() {
        return (codedHeightPx() - heightPx) / 2;
    }

    /** The layout of a clip on this grid, all of it noisy. */
    public ClipLayout layout(double fps) {
        return ClipLayout.ofRun(rows(), columns(), groups(), fps, temporal);
    }
}
