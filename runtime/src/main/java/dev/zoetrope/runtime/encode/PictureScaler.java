package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_JPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT2020_CL;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT2020_NCL;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT470BG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_FCC;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_SMPTE240M;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_UNSPECIFIED;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_ARIB_STD_B67;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_SMPTE2084;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.swscale.SWS_AREA;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BICUBIC;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_BT2020;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_FCC;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_ITU601;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_ITU709;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_SMPTE240M;

import java.lang.foreign.MemorySegment;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swscale;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerPointer;

/** Decoded pixels of one size and format to packed RGB of another size, by swscale. Confined to one thread. */
sealed interface PictureScaler extends AutoCloseable permits PictureScaler.OfStandardRange, HighRangeScaler {
    /** For pictures like an example. */
    static PictureScaler open(AVFrame example, int widthPx, int heightPx, int targetFormat) {
        int transfer = example.color_trc();
        boolean highRange = transfer == AVCOL_TRC_SMPTE2084 || transfer == AVCOL_TRC_ARIB_STD_B67;
        return highRange && targetFormat == AV_PIX_FMT_RGB24
                ? new HighRangeScaler(example, widthPx, heightPx)
                : new OfStandardRange(example, widthPx, heightPx, targetFormat);
    }

    /** Averages areas where the picture becomes smaller, for bicubic weights would miss pixels; else bicubic. */
    private static int flags(AVFrame example, int widthPx, int heightPx) {
        boolean smaller = widthPx <= example.width()
                && heightPx <= example.height()
                && (widthPx < example.width() || heightPx < example.height());
        return smaller ? (PixelConverter.FLAGS & ~SWS_BICUBIC) | SWS_AREA : PixelConverter.FLAGS;
    }

    /** Fills native pixels, whose rows have room for whole vectors. */
    void scale(AVFrame picture, MemorySegment pixels, int strideBytes) throws FfmpegException;

    @Override
    void close();

    /** Television and the web: the matrix and the range that a picture is tagged with. */
    final class OfStandardRange implements PictureScaler {
        private static final int PLANES = 4;
        private static final int UNITY = 1 << 16;

        /** Above this size untagged pictures are taken for high definition; mpv draws the line here (csputils.c). */
        private static final int STANDARD_WIDTH_PX = 1280;

        private static final int STANDARD_HEIGHT_PX = 576;

        private final SwsContext context;
        private final PointerPointer<BytePointer> target = new PointerPointer<>(PLANES);
        private final IntPointer targetStride = new IntPointer(PLANES);

        OfStandardRange(AVFrame example, int widthPx, int heightPx, int targetFormat) {
            this.context = swscale.sws_getContext(
                    example.width(),
                    example.height(),
                    example.format(),
                    widthPx,
                    heightPx,
                    targetFormat,
                    flags(example, widthPx, heightPx),
                    null,
                    null,
                    (DoublePointer) null);
            if (context == null) {
                throw new IllegalStateException("pixel conversion: FFmpeg has none from "
                        + Ffmpeg.text(avutil.av_get_pix_fmt_name(example.format())) + " of " + example.width() + "x"
                        + example.height() + " px to RGB of " + widthPx + "x" + heightPx + " px");
            }
            IntPointer matrix = swscale.sws_getCoefficients(matrix(example));
            // A refusal means that the source is RGB and has no matrix.
            swscale.sws_setColorspaceDetails(context, matrix, isFullRange(example) ? 1 : 0, matrix, 1, 0, UNITY, UNITY);
            for (int plane = 1; plane < PLANES; plane++) {
                target.put(plane, (BytePointer) null);
                targetStride.put(plane, 0);
            }
        }

        private static boolean isFullRange(AVFrame example) {
            return example.color_range() == AVCOL_RANGE_JPEG
                    || Ffmpeg.text(avutil.av_get_pix_fmt_name(example.format())).startsWith("yuvj");
        }

        private static int matrix(AVFrame example) {
            int space = example.colorspace();
            if (space == AVCOL_SPC_SMPTE170M || space == AVCOL_SPC_BT470BG) {
                return SWS_CS_ITU601;
            }
            if (space == AVCOL_SPC_BT2020_NCL || space == AVCOL_SPC_BT2020_CL) {
                return SWS_CS_BT2020;
            }
            if (space == AVCOL_SPC_FCC || space == AVCOL_SPC_SMPTE240M) {
                return space == AVCOL_SPC_FCC ? SWS_CS_FCC : SWS_CS_SMPTE240M;
            }
            boolean standard = example.width() < STANDARD_WIDTH_PX && example.height() <= STANDARD_HEIGHT_PX;
            return space == AVCOL_SPC_UNSPECIFIED && standard ? SWS_CS_ITU601 : SWS_CS_ITU709;
        }

        @Override
        public void scale(AVFrame picture, MemorySegment pixels, int strideBytes) throws FfmpegException {
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
}
