package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avutil.AV_FRAME_DATA_DISPLAYMATRIX;

import dev.zoetrope.runtime.frame.Frame;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVFrameSideData;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.IntPointer;

/**
 * How a stored picture has to be laid on the screen: one of the eight ways to turn and mirror a rectangle. Cameras store
 * what the sensor gives and write down how they were held: MP4 as a matrix in the track header (ISO/IEC 14496-12, 8.3.2),
 * photographs as an Exif orientation; FFmpeg gives both as the same matrix of a frame.
 *
 * @param transposed rows become columns, before anything is mirrored
 * @param mirrored left and right change places
 * @param upsideDown top and bottom change places
 */
record Orientation(boolean transposed, boolean mirrored, boolean upsideDown) {
    static final Orientation UPRIGHT = new Orientation(false, false, false);

    /** Where FFmpeg keeps the four numbers that turn, in its 3x3 matrix. */
    private static final int X_TO_X = 0;

    private static final int X_TO_Y = 1;
    private static final int Y_TO_X = 3;
    private static final int Y_TO_Y = 4;

    /** By the frame's display matrix; upright where there is none. */
    static Orientation of(AVFrame frame) {
        AVFrameSideData matrix = avutil.av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
        if (matrix == null) {
            return UPRIGHT;
        }
        try (IntPointer values = new IntPointer(matrix.data())) {
            return nearest(values.get(X_TO_X), values.get(X_TO_Y), values.get(Y_TO_X), values.get(Y_TO_Y));
        }
    }

    /** The way nearest to a matrix that takes (x, y) to (xToX x + yToX y, xToY x + yToY y), y downwards. */
    static Orientation nearest(int xToX, int xToY, int yToX, int yToY) {
        long straight = Math.abs((long) xToX) + Math.abs((long) yToY);
        long turned = Math.abs((long) xToY) + Math.abs((long) yToX);
        return turned > straight
                ? new Orientation(true, yToX < 0, xToY < 0)
                : new Orientation(false, xToX < 0, yToY < 0);
    }

    boolean isUpright() {
        return equals(UPRIGHT);
    }

    /** Columns of the upright picture of a stored one, and rows with the arguments exchanged. */
    int width(int storedWidth, int storedHeight) {
        return transposed ? storedHeight : storedWidth;
    }

    /** Copies a stored picture upright into packed rows of {@code strideBytes}. */
    void turn(Frame stored, MemorySegment upright, int strideBytes) {
        int width = width(stored.widthPx(), stored.heightPx());
        int height = width(stored.heightPx(), stored.widthPx());
        MemorySegment from = stored.pixels();
        long columnStep = transposed ? stored.strideBytes() : Frame.PIXEL_BYTES;
        long rowStep = transposed ? Frame.PIXEL_BYTES : stored.strideBytes();
        for (int row = 0; row < height; row++) {
            long source = (upsideDown ? height - 1 - row : row) * rowStep + (mirrored ? (width - 1) * columnStep : 0);
            long step = mirrored ? -columnStep : columnStep;
            long target = (long) row * strideBytes;
            for (int column = 0; column < width; column++, source += step, target += Frame.PIXEL_BYTES) {
                upright.set(ValueLayout.JAVA_BYTE, target, from.get(ValueLayout.JAVA_BYTE, source));
                upright.set(ValueLayout.JAVA_BYTE, target + 1, from.get(ValueLayout.JAVA_BYTE, source + 1));
                upright.set(ValueLayout.JAVA_BYTE, target + 2, from.get(ValueLayout.JAVA_BYTE, source + 2));
            }
        }
    }
}
