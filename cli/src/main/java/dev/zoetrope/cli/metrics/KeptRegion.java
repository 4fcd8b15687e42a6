package dev.zoetrope.cli.metrics;

import dev.zoetrope.runtime.error.RequestException;
import java.util.Optional;

/**
 * The boundary of the part of the picture that an edit had to keep: is there a step along it? Neighbouring pixels across
 * the boundary are compared with neighbouring pixels a little away from it, on both sides. Where a feather leads from the
 * kept part to the new one, each of its rings is looked at, and the one with the largest step counts.
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
    private final Steps[] acrossAll;
    private final Steps besideAll = new Steps();
    private double worstRatio = -1;
    private long worstFrame;

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
     * @param featherPx width of the cross-over outside the white part
     */
    KeptRegion(Picture mask, int featherPx) {
        int longerSidePx = Math.max(mask.widthPx(), mask.heightPx());
        if (featherPx < 0 || featherPx > longerSidePx) {
            throw new RequestException("feather: expected 0 to " + longerSidePx + " px, found " + featherPx);
        }
        this.mask = mask;
        this.widthPx = mask.widthPx();
        this.heightPx = mask.heightPx();
        this.featherPx = featherPx;
        this.white = new boolean[mask.pixels()];
        for (int pixel = 0; pixel < white.length; pixel++) {
            white[pixel] = mask.luma(pixel) >= WHITE;
        }
        requireBoundary();
        this.distancesPx = distances();
        this.acrossAll = steps();
        requireRoom();
    }

    private void requireBoundary() {
        int whites = 0;
        for (boolean pixel : white) {
            whites += pixel ? 1 : 0;
        }
        if (whites == 0 || whites == white.length) {
            throw new RequestException("mask: expected white where the picture is kept and black elsewhere, found "
                    + (whites == 0 ? "no white" : "nothing but white"));
        }
    }

    /** Looks for pairs to compare with in the mask itself: where they are does not depend on the picture. */
    private void requireRoom() {
        Steps beside = new Steps();
        look(mask, steps(), beside);
        if (beside.pairs == 0) {
            throw new RequestException("mask: expected pixels to compare with " + NEAR_PX + " to " + FAR_PX
                    + " px from the boundary and its feather of " + featherPx + " px, found none in " + widthPx + "x"
                    + heightPx + " px");
        }
    }

    /** The kept pixels, {@code [height, width]}. */
    boolean[] kept() {
        return white;
    }

    /** Looks at the boundary in one frame. */
    void add(long frame, Picture picture) {
        picture.requireSameSize(mask, "mask");
        Steps[] across = steps();
        Steps beside = new Steps();
        look(picture, across, beside);
        double ratio = ratio(across, beside);
        if (ratio > worstRatio) {
            worstRatio = ratio;
            worstFrame = frame;
        }
        besideAll.add(beside);
        for (int ring = 0; ring < across.length; ring++) {
            acrossAll[ring].add(across[ring]);
        }
    }

    private Steps[] steps() {
        Steps[] rings = new Steps[featherPx + 1];
        for (int ring = 0; ring < rings.length; ring++) {
            rings[ring] = new Steps();
        }
        return rings;
    }

    private void look(Picture picture, Steps[] across, Steps beside) {
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
    }

    private void sort(Picture picture, int pixel, int neighbour, Steps[] across, Steps beside) {
        int ring = Math.min(outwardPx(pixel), outwardPx(neighbour));
        if (outwardPx(pixel) != outwardPx(neighbour) && ring < across.length) {
            across[ring].add(picture, pixel, neighbour);
        } else if (white[pixel] == white[neighbour] && isBeside(pixel) && isBeside(neighbour)) {
            beside.add(picture, pixel, neighbour);
        }
    }

    /** How far a pixel is from the white part. */
    private int outwardPx(int pixel) {
        return white[pixel] ? 0 : distancesPx[pixel];
    }

    private boolean isBeside(int pixel) {
        int feather = white[pixel] ? 0 : featherPx;
        return distancesPx[pixel] >= feather + NEAR_PX && distancesPx[pixel] <= feather + FAR_PX;
    }

    private static double ratio(Steps[] across, Steps beside) {
        double largest = 0;
        for (Steps ring : across) {
            largest = Math.max(largest, ring.mean());
        }
        return Statistics.ratio(largest, beside.mean());
    }

    /** What was found; nothing if no frame came. */
    Optional<Boundary> result() {
        return worstRatio < 0
                ? Optional.empty()
                : Optional.of(new Boundary(ratio(acrossAll, besideAll), worstRatio, worstFrame));
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

        void add(Steps other) {
            sum += other.sum;
            pairs += other.pairs;
        }

        /** 0 without pairs: a ring of the feather can lie outside the picture. */
        double mean() {
            return pairs == 0 ? 0 : sum / (3.0 * pairs);
        }
    }
}
