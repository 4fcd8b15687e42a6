package dev.zoetrope.runtime.frame;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;

/**
 * Which pixels of a clip stay as they are. Around them lies a feather, on the side of what is made, in which the old
 * picture fades into the new one.
 */
public final class KeepMask {
    /** Pixels from the kept region to where nothing of it is left. */
    public static final int FEATHER_PX = 8;

    private static final int WHITE = 128;

    private final int widthPx;
    private final int heightPx;
    /** Share of the old picture, {@code [height, width]}. */
    private final float[] share;

    private KeepMask(int widthPx, int heightPx, float[] share) {
        this.widthPx = widthPx;
        this.heightPx = heightPx;
        this.share = share;
    }

    /** A mask from a picture: what is nearer to white than to black is kept. */
    public static KeepMask of(Frame picture) {
        int width = picture.widthPx();
        int height = picture.heightPx();
        float[] distance = new float[width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                long at = (long) y * picture.strideBytes() + (long) x * Frame.PIXEL_BYTES;
                int sum = 0;
                for (int channel = 0; channel < Frame.PIXEL_BYTES; channel++) {
                    sum += Byte.toUnsignedInt(picture.pixels().get(ValueLayout.JAVA_BYTE, at + channel));
                }
                distance[y * width + x] = sum >= WHITE * Frame.PIXEL_BYTES ? 0 : Float.MAX_VALUE;
            }
        }
        spread(distance, width, height);
        float[] share = new float[distance.length];
        for (int i = 0; i < share.length; i++) {
            share[i] = Math.max(0, 1 - distance[i] / (FEATHER_PX + 1));
        }
        return new KeepMask(width, height, share);
    }

    /** Distances to the nearest kept pixel, in two passes (chamfer 1, sqrt 2: G. Borgefors 1986). */
    private static void spread(float[] distance, int width, int height) {
        for (int i = 0; i < distance.length; i++) {
            relax(distance, width, height, i, -1);
        }
        for (int i = distance.length - 1; i >= 0; i--) {
            relax(distance, width, height, i, 1);
        }
    }

    private static void relax(float[] distance, int width, int height, int index, int side) {
        int x = index % width;
        int y = index / width + side;
        float nearest = distance[index];
        if (x + side >= 0 && x + side < width) {
            nearest = Math.min(nearest, distance[index + side] + 1);
        }
        if (y >= 0 && y < height) {
            for (int dx = -1; dx <= 1; dx++) {
                if (x + dx >= 0 && x + dx < width) {
                    nearest = Math.min(nearest, distance[y * width + x + dx] + (dx == 0 ? 1 : (float) Math.sqrt(2)));
                }
            }
        }
        distance[index] = nearest;
    }

    public int widthPx() {
        return widthPx;
    }

    public int heightPx() {
        return heightPx;
    }

    /** Share of the old picture at a pixel: 1 = it stays, 0 = it is new. */
    public float share(int x, int y) {
        return share[y * widthPx + x];
    }

    /**
     * The cells of a latent grid in which nothing at all is new, row by row.
     *
     * @param leftPx where the picture begins in the grid's first cell
     * @param topPx likewise
     */
    public BitSet keptCells(int rows, int columns, int spatial, int leftPx, int topPx) {
        BitSet kept = new BitSet();
        kept.set(0, rows * columns);
        for (int y = 0; y < heightPx; y++) {
            for (int x = 0; x < widthPx; x++) {
                if (share(x, y) < 1) {
                    kept.clear((y + topPx) / spatial * columns + (x + leftPx) / spatial);
                }
            }
        }
        return kept;
    }

    /** Puts the old picture over the new one, in the new one's memory. */
    public void blend(Frame old, Frame fresh) {
        MemorySegment from = old.pixels();
        MemorySegment to = fresh.pixels();
        for (int y = 0; y < heightPx; y++) {
            for (int x = 0; x < widthPx; x++) {
                float part = share(x, y);
                if (part == 0) {
                    continue;
                }
                long source = (long) y * old.strideBytes() + (long) x * Frame.PIXEL_BYTES;
                long target = (long) y * fresh.strideBytes() + (long) x * Frame.PIXEL_BYTES;
                for (int channel = 0; channel < Frame.PIXEL_BYTES; channel++) {
                    int before = Byte.toUnsignedInt(from.get(ValueLayout.JAVA_BYTE, source + channel));
                    int after = Byte.toUnsignedInt(to.get(ValueLayout.JAVA_BYTE, target + channel));
                    int mixed = part == 1 ? before : Math.round(part * before + (1 - part) * after);
                    to.set(ValueLayout.JAVA_BYTE, target + channel, (byte) mixed);
                }
            }
        }
    }
}
