package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ420P;
import static org.bytedeco.ffmpeg.global.swscale.SWS_ACCURATE_RND;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BICUBIC;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BITEXACT;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_ITU601;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_ITU709;
import static org.bytedeco.ffmpeg.global.swscale.SWS_FULL_CHR_H_INP;
import static org.bytedeco.ffmpeg.global.swscale.SWS_FULL_CHR_H_INT;

import dev.zoetrope.runtime.frame.Frame;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.swscale;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * Turns RGB24 frames into an encoder's pixels (BT.709 with limited range where those are YCbCr, but for JPEG) by swscale, which reads
 * the frame where it lies: its address and stride are handed over, nothing passes through the heap. Confined to one
 * thread; owns its context.
 *
 * <p>swscale reads its input 16 bytes and more at a time, also beyond the last pixel: at sizes whose rows are no
 * multiple of that (62x50, 72x64, 318x200, even 2x2) it ran into a guard page placed behind the frame and ended the
 * process. A frame without {@link Frame#PADDING_BYTES} behind it is therefore converted in two slices: all but the last
 * rows in place, the last rows from a small padded copy. Both ways give the same bytes.
 */
final class PixelConverter implements AutoCloseable {
    /** Exact rounding and whole chroma, so that every processor gives the same bytes. */
    static final int FLAGS = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP | SWS_FULL_CHR_H_INT | SWS_BITEXACT;

    private static final int PLANES = 4;
    private static final int UNITY = 1 << 16;

    private final int heightPx;
    private final int rowBytes;
    private final int tailRows;
    private final SwsContext context;
    private final Arena arena;
    private final MemorySegment tail;
    private final PointerPointer<BytePointer> source = new PointerPointer<>(PLANES);
    private final IntPointer sourceStride = new IntPointer(PLANES);

    @SuppressWarnings("MustBeClosed") // close() frees the arena
    PixelConverter(int widthPx, int heightPx, int pixelFormat) {
        this.heightPx = heightPx;
        this.rowBytes = widthPx * Frame.PIXEL_BYTES;
        this.tailRows = heightPx % 2 == 0 ? 2 : 1;
        this.context = swscale.sws_getContext(
                widthPx, heightPx, AV_PIX_FMT_RGB24, widthPx, heightPx, pixelFormat, FLAGS, null, null, (DoublePointer)
                        null);
        if (context == null) {
            throw new IllegalStateException("pixel conversion: FFmpeg has none from RGB24 to format " + pixelFormat);
        }
        boolean jpeg = pixelFormat == AV_PIX_FMT_YUVJ420P;
        IntPointer matrix = swscale.sws_getCoefficients(jpeg ? SWS_CS_ITU601 : SWS_CS_ITU709);
        // A refusal means that the target is RGB and has no matrix.
        swscale.sws_setColorspaceDetails(context, matrix, 1, matrix, jpeg ? 1 : 0, 0, UNITY, UNITY);
        for (int plane = 1; plane < PLANES; plane++) {
            sourceStride.put(plane, 0);
        }
        this.arena = Arena.ofConfined();
        this.tail = arena.allocate((long) tailRows * rowBytes + Frame.PADDING_BYTES);
    }

    /** Fills a frame of the encoder's format and the same size; its buffer must be writable. */
    void convert(Frame frame, AVFrame target) throws FfmpegException {
        if (frame.isPadded()) {
            slice(frame.pixels(), frame.strideBytes(), 0, heightPx, target);
            return;
        }
        int headRows = heightPx - tailRows;
        if (headRows > 0) {
            // The rows below stand in for the padding: the slice never reaches the end of the frame.
            slice(frame.pixels(), frame.strideBytes(), 0, headRows, target);
        }
        for (int row = 0; row < tailRows; row++) {
            MemorySegment.copy(
                    frame.pixels(),
                    (long) (headRows + row) * frame.strideBytes(),
                    tail,
                    (long) row * rowBytes,
                    rowBytes);
        }
        slice(tail, rowBytes, headRows, tailRows, target);
    }

    private void slice(MemorySegment pixels, int strideBytes, int firstRow, int rows, AVFrame target)
            throws FfmpegException {
        try (BytePointer address = new BytePointer(pixels.asByteBuffer())) {
            source.put(0, address);
            sourceStride.put(0, strideBytes);
            int converted =
                    swscale.sws_scale(context, source, sourceStride, firstRow, rows, target.data(), target.linesize());
            Ffmpeg.check(converted, "pixel conversion");
        }
    }

    @Override
    public void close() {
        swscale.sws_freeContext(context);
        source.close();
        sourceStride.close();
        arena.close();
    }
}
