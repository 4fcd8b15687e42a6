package dev.zoetrope.runtime.pipeline;

import dev.zoetrope.runtime.decode.LatentProjection;
import dev.zoetrope.runtime.timeline.LatentGrid;
import java.util.function.Supplier;

/**
 * A small picture of a clip that is being made: one frame from the middle of the piece under way, as the network takes it
 * for at a step, without the noise. Holds one latent and no native memory. Thread-safe.
 */
public final class RenderPreview {
    /** A cell gets as many pixels as keep the picture's longer side within this, but at least one each way. */
    private static final int LONGEST_SIDE_PX = 256;

    private final float[] latent;
    private final LatentGrid grid;
    private final Supplier<LatentProjection> projection;
    private final int step;
    private final int steps;
    private final int sidePx;

    /** @param latent {@code [rows, columns, channels]}, left as it is from now on */
    RenderPreview(float[] latent, LatentGrid grid, Supplier<LatentProjection> projection, int step, int steps) {
        this.latent = latent;
        this.grid = grid;
        this.projection = projection;
        this.step = step;
        this.steps = steps;
        int side = grid.spatial();
        while (side > 1 && side % 2 == 0 && side * Math.max(grid.rows(), grid.columns()) > LONGEST_SIDE_PX) {
            side /= 2;
        }
        this.sidePx = side;
    }

    /** The step it belongs to, from 1. */
    public int step() {
        return step;
    }

    /** Steps in all. */
    public int steps() {
        return steps;
    }

    /** Width of the picture. */
    public int widthPx() {
        return scaled(grid.widthPx());
    }

    /** Height of the picture. */
    public int heightPx() {
        return scaled(grid.heightPx());
    }

    private int scaled(int clipPx) {
        return Math.max(1, clipPx * sidePx / grid.spatial());
    }

    /** Makes the picture: 8-bit RGB {@code [height, width, 3]}. */
    public byte[] rgb() {
        byte[] whole = projection.get().coarser(sidePx).project(latent, grid.rows(), grid.columns());
        int left = grid.cropLeftPx() * sidePx / grid.spatial();
        int top = grid.cropTopPx() * sidePx / grid.spatial();
        int wholeRow = 3 * grid.columns() * sidePx;
        int row = 3 * widthPx();
        byte[] cropped = new byte[heightPx() * row];
        for (int y = 0; y < heightPx(); y++) {
            System.arraycopy(whole, (top + y) * wholeRow + 3 * left, cropped, y * row, row);
        }
        return cropped;
    }
}
