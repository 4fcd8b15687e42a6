package dev.zoetrope.cli.metrics;

import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameSink;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** Clips drawn from formulas, whose figures are known beforehand. */
public final class DrawnClip {
    /** A row is longer than its pixels, as decoders hand it over. */
    private static final int GAP_BYTES = 5;

    private DrawnClip() {}

    /** The colour of a pixel, 0xRRGGBB. */
    @FunctionalInterface
    public interface Pixels {
        int at(int frame, int x, int y);
    }

    /** Hands frames drawn by a formula to a sink. */
    public static void draw(FrameSink sink, int widthPx, int heightPx, int frames, Pixels pixels) {
        try (Arena arena = Arena.ofConfined()) {
            int stride = 3 * widthPx + GAP_BYTES;
            MemorySegment memory = arena.allocate((long) stride * heightPx);
            for (int frame = 0; frame < frames; frame++) {
                for (int y = 0; y < heightPx; y++) {
                    for (int x = 0; x < widthPx; x++) {
                        int colour = pixels.at(frame, x, y);
                        long place = (long) y * stride + 3L * x;
                        memory.set(ValueLayout.JAVA_BYTE, place, (byte) (colour >> 16));
                        memory.set(ValueLayout.JAVA_BYTE, place + 1, (byte) (colour >> 8));
                        memory.set(ValueLayout.JAVA_BYTE, place + 2, (byte) colour);
                    }
                }
                sink.accept(new Frame(memory, widthPx, heightPx, stride, frame));
            }
        }
    }

    /** One drawn picture. */
    public static Picture picture(int widthPx, int heightPx, Pixels pixels) {
        try (FrameStack stack = FrameStack.create()) {
            draw(stack, widthPx, heightPx, 1, pixels);
            return Picture.of(stack.get(0));
        }
    }

    public static int grey(int level) {
        return level << 16 | level << 8 | level;
    }

    /** White inside a square of so many pixels, black outside. */
    public static int square(int x, int y, int left, int top, int side) {
        return x >= left && x < left + side && y >= top && y < top + side ? 0xFFFFFF : 0;
    }

    /**
     * A world of soft spots at random places, which a camera can look at anywhere: brightness 0 to 255 at a place that need
     * not be whole.
     */
    public static final class World {
        private static final int CELL = 12;
        private final double[][] levels = new double[64][64];

        public World(long seed) {
            Random random = new Random(seed);
            for (double[] row : levels) {
                for (int i = 0; i < row.length; i++) {
                    row[i] = random.nextInt(256);
                }
            }
        }

        /** Bilinear between random levels that stand {@value #CELL} pixels apart; repeats itself far away. */
        public int at(double x, double y) {
            double column = x / CELL;
            double row = y / CELL;
            int left = (int) Math.floor(column);
            int top = (int) Math.floor(row);
            double right = column - left;
            double lower = row - top;
            double above = level(left, top) * (1 - right) + level(left + 1, top) * right;
            double below = level(left, top + 1) * (1 - right) + level(left + 1, top + 1) * right;
            return grey((int) Math.round(above * (1 - lower) + below * lower));
        }

        private double level(int column, int row) {
            return levels[Math.floorMod(row, levels.length)][Math.floorMod(column, levels[0].length)];
        }
    }
}
