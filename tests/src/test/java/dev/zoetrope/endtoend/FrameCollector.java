package dev.zoetrope.endtoend;

import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameSink;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Keeps the pixels of every frame. */
public final class FrameCollector implements FrameSink {
    private final List<byte[]> frames = new ArrayList<>();
    private int widthPx;
    private int heightPx;

    @Override
    public void accept(Frame frame) {
        widthPx = frame.widthPx();
        heightPx = frame.heightPx();
        int rowBytes = 3 * widthPx;
        byte[] pixels = new byte[rowBytes * heightPx];
        for (int y = 0; y < heightPx; y++) {
            MemorySegment.copy(
                    frame.pixels(),
                    ValueLayout.JAVA_BYTE,
                    (long) y * frame.strideBytes(),
                    pixels,
                    y * rowBytes,
                    rowBytes);
        }
        frames.add(pixels);
    }

    @Override
    public void close() {
        // Nothing native is held.
    }

    /** Each frame's RGB bytes, rows without gaps. */
    public List<byte[]> frames() {
        return frames;
    }

    /** Each frame as {@code [height, width, 3]}, 0..255. */
    public List<double[][][]> pixels() {
        List<double[][][]> all = new ArrayList<>();
        for (byte[] bytes : frames) {
            double[][][] frame = new double[heightPx][widthPx][3];
            for (int i = 0; i < bytes.length; i++) {
                frame[i / (3 * widthPx)][i / 3 % widthPx][i % 3] = bytes[i] & 0xFF;
            }
            all.add(frame);
        }
        return all;
    }
}
