package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_JPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT470BG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_ITU601;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_ITU709;

import java.lang.foreign.MemorySegment;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.swscale;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * Turns decoded frames of one size and pixel format into RGB24, by the matrix and range they are tagged with; BT.709
 * where they are not. Confined to one thread; owns its context.
 */
final class FrameReader implements AutoCloseable {
    private static final int PLANES = 4;
    private static final int UNITY = 1 << 16;

    private final int pixelFormat;
    private final SwsContext context;
    private final PointerPointer<BytePointer> target = new PointerPointer<>(PLANES);
    private final IntPointer targetStride = new IntPointer(PLANES);

    /** For frames like this one. */
    FrameReader(AVFrame example) {
        this.pixelFormat = example.format();
        this.context = swscale.sws_getContext(
                example.width(),
                example.height(),
                pixelFormat,
                example.width(),
                example.height(),
                AV_PIX_FMT_RGB24,
                PixelConverter.FLAGS,
                null,
                null,
                (DoublePointer) null);
        if (context == null) {
            throw new IllegalStateException(
                    "pixel conversion: FFmpeg has none from format " + pixelFormat + " to RGB24");
        }
        int space = example.colorspace();
        boolean television601 = space == AVCOL_SPC_SMPTE170M || space == AVCOL_SPC_BT470BG;
        IntPointer matrix = swscale.sws_getCoefficients(television601 ? SWS_CS_ITU601 : SWS_CS_ITU709);
        int fullRange = example.color_range() == AVCOL_RANGE_JPEG ? 1 : 0;
        swscale.sws_setColorspaceDetails(context, matrix, fullRange, matrix, 1, 0, UNITY, UNITY);
        for (int plane = 1; plane < PLANES; plane++) {
            target.put(plane, (BytePointer) null);
            targetStride.put(plane, 0);
        }
    }

    int pixelFormat() {
        return pixelFormat;
    }

    /** Fills native pixels, whose rows have room for whole vectors. */
    void read(AVFrame picture, MemorySegment pixels, int strideBytes) throws FfmpegException {
        try (BytePointer address = new BytePointer(pixels.asByteBuffer())) {
            target.put(0, address);
            targetStride.put(0, strideBytes);
            int converted = swscale.sws_scale(
                    context, picture.data(), picture.linesize(), 0, picture.height(), target, targetStride);
            Ffmpeg.check(converted, "pixel conversion");
        }
    }

    @Override
    public void close() {
        swscale.sws_freeContext(context);
        target.close();
        targetStride.close();
    }
}
