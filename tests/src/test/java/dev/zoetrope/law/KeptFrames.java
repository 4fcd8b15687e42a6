package dev.zoetrope.law;

import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameSink;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Keeps every frame's RGB bytes, rows without gaps. */
final class KeptFrames implements FrameSink {
    private final List<byte[]> frames = new ArrayList<>();

    @Override
    public void accept(Frame frame) {
        frames.add(bytes(frame));
    }

    @Override
    public void close() {
        // Nothing native is held.
    }

    List<byte[]> frames() {
        return frames;
    }

    static byte[] bytes(Frame frame) {
        int rowBytes = Frame.PIXEL_BYTES * frame.widthPx();
        byte[] pixels = new byte[rowBytes * frame.heightPx()];
        for (int y = 0; y < frame.heightPx(); y++) {
            long row = (long) y * frame.strideBytes();
            MemorySegment.copy(frame.pixels(), ValueLayout.JAVA_BYTE, row, pixels, y * rowBytes, rowBytes);
        }
        return pixels;
    }
}
