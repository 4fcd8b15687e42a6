package dev.zoetrope.runtime.frame;

import java.lang.foreign.MemorySegment;

/**
 * One picture: a view of packed RGB pixels outside the heap, [height, width, 3] with {@code strideBytes} between two
 * rows. A crop is a view with the stride of the whole. The view does not own the memory and holds only for the call
 * that hands it over.
 *
 * <p>The pixels are sRGB, one byte each of red, green and blue. Where {@value #PADDING_BYTES} readable bytes follow the
 * last pixel, a consumer may read the frame in place to its end; where they do not, it has to copy the last rows, for
 * vector code reads past the end of a row.
 *
 * @param pixels native memory that begins with the first pixel
 * @param widthPx columns, from 1
 * @param heightPx rows, from 1
 * @param strideBytes bytes from one row to the next, at least {@code 3 * widthPx}
 * @param index number of the frame in its clip, from 0
 */
public record Frame(MemorySegment pixels, int widthPx, int heightPx, int strideBytes, long index) {
    /** Bytes of one RGB24 pixel. */
    public static final int PIXEL_BYTES = 3;

    /** Bytes that should follow the last pixel, so that a frame can be read by vector code without a copy. */
    public static final int PADDING_BYTES = 64;

    public Frame {
        if (widthPx < 1 || heightPx < 1) {
            throw new IllegalArgumentException(
                    "frame size: expected at least 1x1 px, found " + widthPx + "x" + heightPx);
        }
        if (strideBytes < (long) widthPx * PIXEL_BYTES) {
            throw new IllegalArgumentException("frame stride: expected at least " + (long) widthPx * PIXEL_BYTES
                    + " bytes for a width of " + widthPx + " px, found " + strideBytes);
        }
        if (!pixels.isNative()) {
            throw new IllegalArgumentException("frame pixels: expected memory outside the heap, found a heap segment");
        }
        long needed = contentBytes(widthPx, heightPx, strideBytes);
        if (pixels.byteSize() < needed) {
            throw new IllegalArgumentException("frame pixels: expected at least " + needed + " bytes for " + widthPx
                    + "x" + heightPx + " px with a stride of " + strideBytes + ", found " + pixels.byteSize());
        }
    }

    /** A frame whose rows follow each other without a gap. */
    public static Frame packed(MemorySegment pixels, int widthPx, int heightPx, long index) {
        return new Frame(pixels, widthPx, heightPx, Math.multiplyExact(widthPx, PIXEL_BYTES), index);
    }

    /** Whether {@link #PADDING_BYTES} readable bytes follow the last pixel. */
    public boolean isPadded() {
        return pixels.byteSize() - contentBytes(widthPx, heightPx, strideBytes) >= PADDING_BYTES;
    }

    /** The upper left part of this frame, without a copy. */
    public Frame crop(int croppedWidthPx, int croppedHeightPx) {
        if (croppedWidthPx > widthPx || croppedHeightPx > heightPx) {
            throw new IllegalArgumentException("crop: expected at most " + widthPx + "x" + heightPx + " px, found "
                    + croppedWidthPx + "x" + croppedHeightPx);
        }
        return new Frame(pixels, croppedWidthPx, croppedHeightPx, strideBytes, index);
    }

    /** Bytes from the first to behind the last pixel; the last row has no gap after it. */
    private static long contentBytes(int widthPx, int heightPx, int strideBytes) {
        return (long) (heightPx - 1) * strideBytes + (long) widthPx * PIXEL_BYTES;
    }
}
