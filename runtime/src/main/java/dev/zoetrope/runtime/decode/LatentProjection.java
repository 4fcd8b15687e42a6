package dev.zoetrope.runtime.decode;

/**
 * A cheap look at a latent: some pixels to a cell, each colour of each a weighted sum of the cell's numbers. No network
 * runs and no other latent is needed. Programs for image models know such factors as "latent2rgb". Immutable.
 */
public final class LatentProjection {
    private static final int COLOURS = 3;

    private final int channels;
    private final int sidePx;
    /** {@code [sidePx, sidePx, colours, channels]} */
    private final float[] factors;
    /** {@code [sidePx, sidePx, colours]} */
    private final float[] offsets;

    private LatentProjection(int channels, int sidePx, float[] factors, float[] offsets) {
        this.channels = channels;
        this.sidePx = sidePx;
        this.factors = factors;
        this.offsets = offsets;
    }

    /**
     * A projection.
     *
     * @param channels numbers of a cell
     * @param sidePx pixels to a cell, each way
     * @param factors {@code [sidePx, sidePx, 3, channels]}; what they give is -1 for black and 1 for full red, green, blue
     * @param offsets {@code [sidePx, sidePx, 3]}, added
     */
    public static LatentProjection of(int channels, int sidePx, float[] factors, float[] offsets) {
        int numbers = Math.multiplyExact(Math.multiplyExact(sidePx, sidePx), COLOURS);
        if (channels < 1 || factors.length != Math.multiplyExact(numbers, channels) || offsets.length != numbers) {
            throw new IllegalArgumentException("projection of " + channels + " channels to " + sidePx + "x" + sidePx
                    + " pixels: expected " + (long) numbers * channels + " factors and " + numbers + " offsets, found "
                    + factors.length + " and " + offsets.length);
        }
        return new LatentProjection(channels, sidePx, factors.clone(), offsets.clone());
    }

    /** Pixels to a cell, each way. */
    public int sidePx() {
        return sidePx;
    }

    /** The same with fewer pixels to a cell, each the mean of those it stands for. */
    public LatentProjection coarser(int newSidePx) {
        if (newSidePx < 1 || sidePx % newSidePx != 0) {
            throw new IllegalArgumentException(
                    "pixels to a cell: expected a divisor of " + sidePx + ", found " + newSidePx);
        }
        int block = sidePx / newSidePx;
        float share = 1f / (block * block);
        float[] meanFactors = new float[newSidePx * newSidePx * COLOURS * channels];
        float[] meanOffsets = new float[newSidePx * newSidePx * COLOURS];
        for (int y = 0; y < sidePx; y++) {
            for (int x = 0; x < sidePx; x++) {
                int from = (y * sidePx + x) * COLOURS;
                int to = (y / block * newSidePx + x / block) * COLOURS;
                for (int i = 0; i < COLOURS; i++) {
                    meanOffsets[to + i] += share * offsets[from + i];
                }
                for (int i = 0; i < COLOURS * channels; i++) {
                    meanFactors[to * channels + i] += share * factors[from * channels + i];
                }
            }
        }
        return new LatentProjection(channels, newSidePx, meanFactors, meanOffsets);
    }

    /**
     * Looks at a latent.
     *
     * @param latent {@code [rows, columns, channels]}
     * @return 8-bit RGB {@code [rows * sidePx, columns * sidePx, 3]}
     */
    public byte[] project(float[] latent, int rows, int columns) {
        if (latent.length != Math.multiplyExact(Math.multiplyExact(rows, columns), channels)) {
            throw new IllegalArgumentException("latent: expected " + rows + "x" + columns + " cells of " + channels
                    + " numbers, found " + latent.length + " numbers");
        }
        byte[] pixels = new byte[rows * sidePx * columns * sidePx * COLOURS];
        float[] cell = new float[channels];
        int strip = sidePx * COLOURS; // numbers of a row of a cell's pixels
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                int first = (row * columns + column) * channels;
                System.arraycopy(latent, first, cell, 0, channels);
                for (int number = 0; number < offsets.length; number++) {
                    int y = row * sidePx + number / strip;
                    int at = (y * columns + column) * strip + number % strip;
                    pixels[at] = level(offsets[number] + weighted(cell, number * channels));
                }
            }
        }
        return pixels;
    }

    private float weighted(float[] cell, int firstFactor) {
        float sum = 0;
        for (int i = 0; i < cell.length; i++) {
            sum += cell[i] * factors[firstFactor + i];
        }
        return sum;
    }

    private static byte level(float value) {
        return (byte) Math.clamp(Math.round((value + 1) * 127.5f), 0, 255);
    }
}
