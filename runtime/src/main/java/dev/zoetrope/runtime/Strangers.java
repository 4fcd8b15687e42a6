package dev.zoetrope.runtime;

import dev.zoetrope.runtime.frame.Frame;

/** Whether one clip could go on as another, or shares nothing with it. */
final class Strangers {
    /**
     * Median difference of two pictures, of 255, above which more than half of what is seen is another. A rendered clip's
     * own first and last frame are 2 to 12 apart; of 25 clips the pairs that show the same place are 6 to 16 apart, the
     * next nearest 22, and half of all pairs more than 100.
     */
    private static final int MOST_DIFFERENCE = 16;

    private Strangers() {}

    /** Whether the end of the first has little to do with the beginning of the second. */
    static boolean are(InputFile first, InputFile second, FrameSize size, double fps) {
        return difference(first.frame(true, size, fps), second.frame(false, size, fps)) > MOST_DIFFERENCE;
    }

    /** The median over all pixels of the largest difference in a colour. */
    static int difference(byte[] some, byte[] others) {
        int[] pixelsOf = new int[256];
        for (int pixel = 0; pixel < some.length; pixel += Frame.PIXEL_BYTES) {
            int largest = 0;
            for (int i = pixel; i < pixel + Frame.PIXEL_BYTES; i++) {
                largest = Math.max(largest, Math.abs(Byte.toUnsignedInt(some[i]) - Byte.toUnsignedInt(others[i])));
            }
            pixelsOf[largest]++;
        }
        int difference = 0;
        int counted = pixelsOf[0];
        while (2L * counted * Frame.PIXEL_BYTES < some.length) {
            counted += pixelsOf[++difference];
        }
        return difference;
    }
}
