package dev.zoetrope.cli.metrics;

import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.Frame;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A copy of one frame on the heap, {@code [height, width, 3]} bytes without gaps. Does not change. */
public final class Picture {
    private final int widthPx;
    private final int heightPx;
    private final byte[] samples;

    private Picture(int widthPx, int heightPx, byte[] samples) {
        this.widthPx = widthPx;
        this.heightPx = heightPx;
        this.samples = samples;
    }

    /** Copies a frame. */
    public static Picture of(Frame frame) {
        int rowBytes = frame.widthPx() * Frame.PIXEL_BYTES;
        byte[] samples = new byte[Math.multiplyExact(rowBytes, frame.heightPx())];
        for (int y = 0; y < frame.heightPx(); y++) {
            MemorySegment.copy(
                    frame.pixels(),
                    ValueLayout.JAVA_BYTE,
                    (long) y * frame.strideBytes(),
                    samples,
                    y * rowBytes,
                    rowBytes);
        }
        return new Picture(frame.widthPx(), frame.heightPx(), samples);
    }

    public int widthPx() {
        return widthPx;
    }

    public int heightPx() {
        return heightPx;
    }

    /** Pixels of the picture. */
    int pixels() {
        return widthPx * heightPx;
    }

    /** Number of samples: three a pixel. */
    int samples() {
        return samples.length;
    }

    /** One sample, 0 to 255; red, green and blue of a pixel follow each other, pixels of a row too. */
    int sample(int index) {
        return samples[index] & 0xFF;
    }

    /** Brightness by BT.601's weights, 0 to 255. */
    float luma(int pixel) {
        int red = pixel * Frame.PIXEL_BYTES;
        return 0.299f * sample(red) + 0.587f * sample(red + 1) + 0.114f * sample(red + 2);
    }

    /** Refuses a picture of another size. */
    void requireSameSize(Picture other, String what) {
        if (widthPx != other.widthPx || heightPx != other.heightPx) {
            throw new RequestException(what + ": expected " + widthPx + "x" + heightPx + " px as the clip has, found "
                    + other.widthPx + "x" + other.heightPx);
        }
    }
}
