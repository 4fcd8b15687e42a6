package dev.zoetrope.cli.metrics;

import dev.zoetrope.runtime.error.RequestException;
import java.util.Optional;

/**
 * The boundary of the part of the picture that an edit had to keep: is there a step along it? Neighbouring pixels across
 * the boundary are compared with neighbouring pixels a little away from it, on both sides.
 */
final class KeptRegion {
    /** The nearest pixels to compare with, counted from the boundary; the ones at it (1) may ring after compression. */
    static final int NEAR_PX = 2;

    static final int FAR_PX = 6;

    private static final int WHITE = 128;

    private final Picture mask;
    private final int widthPx;
    private final int heightPx;
    private final int featherPx;
    private final boolean[] white;
    private final int[] distancesPx;
    private final boolean[] kept;
    private double acrossSum;
    private double besideSum;
    private double worstRatio = -1;
    private long worstFrame;
    private long frames;

    /**
     * What was found along the boundary.
     *
     * @param ratio mean step across the boundary over the mean step beside it, over all frames
     * @param worstRatio the same of the worst frame alone
     * @param worstFrame number of that frame
     */
    record Boundary(double ratio, double worstRatio, long worstFrame) {}

    /**
     * Looks along the boundary of a mask.
     *
     * @param mask white where the picture is kept
     * @param featherPx width of the cross-over on either side of the boundary
     */
    KeptRegion(Picture mask, int featherPx) {
        this.mask = mask;
        this.widthPx = mask.widthPx();
        this.heightPx = mask.heightPx();
        this.featherPx = featherPx;
        this.white = new boolean[mask.pixels()];
        for (int pixel = 0; pixel < white.length; pixel++) {
            white[pixel] = mask.luma(pixel) >= WHITE;
        }
        this.distancesPx = distances();
        this.kept = new boolean[white.length];
        for (int pixel = 0; pixel < white.length; pixel++) {
            kept[pixel] = white[pixel] && distancesPx[pixel] > featherPx;
        }
        requireBoundary();
    }

    private void requireBoundary() {
        int whites = count(white);
        if (whites == 0 || whites == white.length) {
            throw new RequestException("mask: expected white where the picture is kept and black elsewhere, found "
                    + (whites == 0 ? "no white" : "nothing but white"));
        }
        if (count(kept) == 0) {
            throw new RequestException(
                    "feather: expected kept pixels beyond it, found none in a feather of " + featherPx + " px");
        }
    }

    private static int count(boolean[] pixels) {
        int count = 0;
        for (boolean pixel : pixels) {
            count += pixel ? 1 : 0;
        }
        return count;
    }

    /** The kept pixels outside the feather, {@code [height, width]}. */
    boolean[] kept() {
        return kept;
    }

    /** Looks at the boundary in one frame. */
    void add(long frame, Picture picture) {
        picture.requireSameSize(mask, "mask");
        Steps across = new Steps();
        Steps beside = new Steps();
        for (int y = 0; y < heightPx; y++) {
            for (int x = 0; x < widthPx; x++) {
                int pixel = y * widthPx + x;
                if (x + 1 < widthPx) {
                    sort(picture, pixel, pixel + 1, across, beside);
                }
                if (y + 1 < heightPx) {
                    sort(picture, pixel, pixel + widthPx, across, beside);
                }
            }
        }
        if (beside.pairs == 0) {
            throw new RequestException(
                    "mask: expected room for a comparison " + (featherPx + NEAR_PX) + " to " + (featherPx + FAR_PX)
                            + " px from the boundary, found none in " + widthPx + "x" + heightPx + " px");
        }
        acrossSum += across.mean();
        besideSum += beside.mean();
        double ratio = Statistics.ratio(across.mean(), beside.mean());
        if (ratio > worstRatio) {
            worstRatio = ratio;
            worstFrame = frame;
        }
        frames++;
    }

    private void sort(Picture picture, int pixel, int neighbour, Steps across, Steps beside) {
        if (white[pixel] != white[neighbour]) {
            across.add(picture, pixel, neighbour);
        } else if (isBeside(pixel) && isBeside(neighbour)) {
            beside.add(picture, pixel, neighbour);
        }
    }

    private boolean isBeside(int pixel) {
        return distancesPx[pixel] >= featherPx + NEAR_PX && distancesPx[pixel] <= featherPx + FAR_PX;
    }

    /** What was found; nothing if no frame came. */
    Optional<Boundary> result() {
        return frames == 0
                ? Optional.empty()
                : Optional.of(
                        new Boundary(Statistics.ratio(acrossSum / frames, besideSum / frames), worstRatio, worstFrame));
    }

    /** Steps to the nearest pixel of the other colour, along rows and columns: 1 at the boundary. Two passes. */
    private int[] distances() {
        int[] distances = new int[white.length];
        for (int pixel = 0; pixel < white.length; pixel++) {
            distances[pixel] = isAtBoundary(pixel) ? 1 : Integer.MAX_VALUE / 2;
        }
        for (int pixel = 0; pixel < white.length; pixel++) {
            relax(distances, pixel, pixel % widthPx > 0, pixel - 1);
            relax(distances, pixel, pixel >= widthPx, pixel - widthPx);
        }
        for (int pixel = white.length - 1; pixel >= 0; pixel--) {
            relax(distances, pixel, pixel % widthPx < widthPx - 1, pixel + 1);
            relax(distances, pixel, pixel < white.length - widthPx, pixel + widthPx);
        }
        return distances;
    }

    private boolean isAtBoundary(int pixel) {
        int column = pixel % widthPx;
        boolean mine = white[pixel];
        return (column > 0 && white[pixel - 1] != mine)
                || (column < widthPx - 1 && white[pixel + 1] != mine)
                || (pixel >= widthPx && white[pixel - widthPx] != mine)
                || (pixel < white.length - widthPx && white[pixel + widthPx] != mine);
    }

    private static void relax(int[] distances, int pixel, boolean inside, int neighbour) {
        if (inside) {
            distances[pixel] = Math.min(distances[pixel], distances[neighbour] + 1);
        }
    }

    /** Mean absolute difference between neighbours, all samples alike. */
    private static final class Steps {
        private long sum;
        private long pairs;

        void add(Picture picture, int left, int right) {
            for (int channel = 0; channel < 3; channel++) {
                sum += Math.abs(picture.sample(3 * left + channel) - picture.sample(3 * right + channel));
            }
            pairs++;
        }

        double mean() {
            return sum / (3.0 * pairs);
        }
    }
}
