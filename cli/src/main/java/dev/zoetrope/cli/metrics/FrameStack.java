package dev.zoetrope.cli.metrics;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameSink;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The frames of a short clip, kept outside the heap so that they can be looked at again. Owns its copies: frames it hands
 * out end with it. Filled by one thread, then read by any.
 */
public final class FrameStack implements FrameSink {
    private final Arena arena;
    private final List<Frame> frames = new ArrayList<>();

    @SuppressWarnings("MustBeClosed") // close() frees the arena
    private FrameStack() {
        this.arena = Arena.ofShared();
    }

    /** An empty stack. */
    @MustBeClosed
    public static FrameStack create() {
        return new FrameStack();
    }

    @Override
    public void accept(Frame frame) {
        int rowBytes = frame.widthPx() * Frame.PIXEL_BYTES;
        long contentBytes = (long) rowBytes * frame.heightPx();
        MemorySegment pixels = arena.allocate(contentBytes + Frame.PADDING_BYTES);
        for (int y = 0; y < frame.heightPx(); y++) {
            MemorySegment.copy(frame.pixels(), (long) y * frame.strideBytes(), pixels, (long) y * rowBytes, rowBytes);
        }
        frames.add(Frame.packed(pixels, frame.widthPx(), frame.heightPx(), frames.size()));
    }

    public int size() {
        return frames.size();
    }

    /** A frame by its number, from 0. */
    public Frame get(int index) {
        return frames.get(index);
    }

    /** All frames from the first one on; each call starts anew. */
    public FrameSource source() {
        var remaining = List.copyOf(frames).iterator();
        return () -> remaining.hasNext() ? Optional.of(remaining.next()) : Optional.empty();
    }

    /** Hands all frames to a sink, which is neither finished nor closed. */
    public void readTo(FrameSink sink) {
        frames.forEach(sink::accept);
    }

    /** Frees the copies. A second call does nothing. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
