package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_FLAG_ALPHA;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_FLAG_PAL;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGBA;

import dev.zoetrope.runtime.frame.Frame;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVPixFmtDescriptor;
import org.bytedeco.ffmpeg.global.avutil;

/**
 * Turns decoded frames of one size and pixel format into upright RGB24 of another size, by the matrix and range they are
 * tagged with. Owns the memory of the frame it gives, which holds until the next one. Used by one thread at a time.
 */
final class FrameReader implements AutoCloseable {
    /* Road of a picture: decoder's pixels -> swscale: RGB24 or, with transparency, RGBA at the cover size -> over white
     * -> middle part -> turned upright. The last three cost nothing where there is nothing to do: then the frame is a
     * view of what swscale wrote. */

    private static final int RGBA_BYTES = 4;
    private static final int WHITE = 255;

    /** Rows begin at multiples of this, for swscale writes whole vectors. */
    private static final int ROW_ALIGNMENT_BYTES = 64;

    private final int sourceWidthPx;
    private final int sourceHeightPx;
    private final int pixelFormat;
    private final Fit fit;
    private final Orientation orientation;
    private final boolean transparent;
    private final PictureScaler scaler;
    private final Arena arena;
    private final int scaledStrideBytes;
    private final MemorySegment scaled;
    private final int uprightStrideBytes;
    private final MemorySegment upright;

    /**
     * How a stored picture is brought to a size: scaled as a whole, then cut at the centre. All as the picture is stored,
     * before it is turned upright.
     *
     * @param scaledWidthPx columns of the whole picture after scaling
     * @param scaledHeightPx rows of it
     * @param widthPx columns that are kept
     * @param heightPx rows that are kept
     */
    record Fit(int scaledWidthPx, int scaledHeightPx, int widthPx, int heightPx) {
        /** The picture's own size with square pixels: the side whose pixels are too narrow is made longer. */
        static Fit natural(int widthPx, int heightPx, double pixelAspect) {
            int width = pixelAspect > 1 ? (int) Math.round(widthPx * pixelAspect) : widthPx;
            int height = pixelAspect < 1 ? (int) Math.round(heightPx / pixelAspect) : heightPx;
            return new Fit(width, height, width, height);
        }

        /** The smallest size of the same shape that covers another one. */
        static Fit covering(int sourceWidthPx, int sourceHeightPx, double pixelAspect, int widthPx, int heightPx) {
            double shownWidth = sourceWidthPx * pixelAspect;
            double scale = Math.max(widthPx / shownWidth, (double) heightPx / sourceHeightPx);
            return new Fit(
                    Math.max(widthPx, (int) Math.round(shownWidth * scale)),
                    Math.max(heightPx, (int) Math.round(sourceHeightPx * scale)),
                    widthPx,
                    heightPx);
        }

        boolean isWhole() {
            return scaledWidthPx == widthPx && scaledHeightPx == heightPx;
        }
    }

    /** For frames like this one. */
    @SuppressWarnings("MustBeClosed") // close() frees the arena
    FrameReader(AVFrame example, Fit fit, Orientation orientation) {
        this.sourceWidthPx = example.width();
        this.sourceHeightPx = example.height();
        this.pixelFormat = example.format();
        this.fit = fit;
        this.orientation = orientation;
        this.transparent = isTransparent(pixelFormat);
        this.scaler = PictureScaler.open(
                example, fit.scaledWidthPx(), fit.scaledHeightPx(), transparent ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24);
        this.arena = Arena.ofShared();
        this.scaledStrideBytes = strideBytes(fit.scaledWidthPx(), transparent ? RGBA_BYTES : Frame.PIXEL_BYTES);
        this.scaled = allocate(scaledStrideBytes, fit.scaledHeightPx());
        if (orientation.isUpright()) {
            this.uprightStrideBytes = scaledStrideBytes;
            this.upright = scaled;
        } else {
            this.uprightStrideBytes = strideBytes(widthPx(), Frame.PIXEL_BYTES);
            this.upright = allocate(uprightStrideBytes, heightPx());
        }
    }

    private static boolean isTransparent(int pixelFormat) {
        AVPixFmtDescriptor format = avutil.av_pix_fmt_desc_get(pixelFormat);
        return format != null && (format.flags() & (AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_PAL)) != 0;
    }

    private static int strideBytes(int widthPx, int pixelBytes) {
        return Math.ceilDiv(Math.multiplyExact(widthPx, pixelBytes), ROW_ALIGNMENT_BYTES) * ROW_ALIGNMENT_BYTES;
    }

    private MemorySegment allocate(int strideBytes, int rows) {
        return arena.allocate((long) strideBytes * rows + Frame.PADDING_BYTES, ROW_ALIGNMENT_BYTES);
    }

    /** Columns of the upright frame. */
    int widthPx() {
        return orientation.width(fit.widthPx(), fit.heightPx());
    }

    /** Rows of the upright frame. */
    int heightPx() {
        return orientation.width(fit.heightPx(), fit.widthPx());
    }

    /** Whether a picture is stored like the one this was made for. */
    boolean takes(AVFrame picture) {
        return picture.width() == sourceWidthPx
                && picture.height() == sourceHeightPx
                && picture.format() == pixelFormat;
    }

    /** A picture as an upright frame, padded, whose pixels hold until the next call. */
    Frame read(AVFrame picture, long index) throws FfmpegException {
        scaler.scale(picture, scaled, scaledStrideBytes);
        if (transparent) {
            layOverWhite();
        }
        int left = (fit.scaledWidthPx() - fit.widthPx()) / 2;
        int top = (fit.scaledHeightPx() - fit.heightPx()) / 2;
        MemorySegment middle = scaled.asSlice((long) top * scaledStrideBytes + (long) left * Frame.PIXEL_BYTES);
        Frame stored = new Frame(middle, fit.widthPx(), fit.heightPx(), scaledStrideBytes, index);
        if (orientation.isUpright()) {
            return stored;
        }
        orientation.turn(stored, upright, uprightStrideBytes);
        return new Frame(upright, widthPx(), heightPx(), uprightStrideBytes, index);
    }

    /** RGBA to RGB in place: every pixel moves towards the beginning of its row, over those that are done. */
    private void layOverWhite() {
        for (int row = 0; row < fit.scaledHeightPx(); row++) {
            long source = (long) row * scaledStrideBytes;
            long place = source;
            for (int column = 0; column < fit.scaledWidthPx(); column++) {
                int alpha = level(source + Frame.PIXEL_BYTES);
                for (int channel = 0; channel < Frame.PIXEL_BYTES; channel++) {
                    int mixed = level(source + channel) * alpha + WHITE * (WHITE - alpha);
                    scaled.set(ValueLayout.JAVA_BYTE, place + channel, (byte) ((mixed + WHITE / 2) / WHITE));
                }
                source += RGBA_BYTES;
                place += Frame.PIXEL_BYTES;
            }
        }
    }

    private int level(long offset) {
        return scaled.get(ValueLayout.JAVA_BYTE, offset) & WHITE;
    }

    @Override
    public void close() {
        scaler.close();
        arena.close();
    }
}
