package dev.zoetrope.server.job;

import dev.zoetrope.runtime.encode.OutputFormat;
import dev.zoetrope.runtime.encode.VideoEncoder;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import dev.zoetrope.runtime.frame.FrameSink;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Keeps pictures of a clip: its first frame, and a few, evenly spaced, side by side. Memory is bounded; used by one thread. */
final class StillPictures implements FrameSink {
    private static final int MOST_CELLS = 8;

    /** Of large frames there are fewer in a row. */
    private static final long MOST_BYTES = 64L << 20;

    private final int frames;
    private final VideoFolder folder;
    private final Arena arena = Arena.ofConfined();
    private @Nullable Row row;
    private int taken;

    /** The row while it is filled: [height, cells * width, 3]. */
    private record Row(MemorySegment pixels, int cells, int widthPx, int heightPx) {
        int strideBytes() {
            return cells * widthPx * Frame.PIXEL_BYTES;
        }
    }

    StillPictures(int frames, VideoFolder folder) {
        this.frames = frames;
        this.folder = folder;
    }

    @Override
    public void accept(Frame frame) {
        Row cells = row;
        if (cells == null) {
            write(folder.thumbnail(), frame);
            cells = begin(frame);
            row = cells;
        }
        if (taken < cells.cells() && frame.index() == wanted(taken, cells.cells())) {
            long rowBytes = (long) frame.widthPx() * Frame.PIXEL_BYTES;
            for (int y = 0; y < frame.heightPx(); y++) {
                MemorySegment.copy(
                        frame.pixels(),
                        (long) y * frame.strideBytes(),
                        cells.pixels(),
                        (long) y * cells.strideBytes() + taken * rowBytes,
                        rowBytes);
            }
            taken++;
        }
    }

    @Override
    public void finish() {
        Row cells = row;
        if (cells != null) {
            write(
                    folder.spriteSheet(),
                    Frame.packed(cells.pixels(), cells.cells() * cells.widthPx(), cells.heightPx(), 0));
        }
    }

    private Row begin(Frame frame) {
        long bytes = (long) frame.widthPx() * frame.heightPx() * Frame.PIXEL_BYTES;
        int cells = (int) Math.clamp(MOST_BYTES / bytes, 1L, (long) Math.min(MOST_CELLS, frames));
        return new Row(arena.allocate(cells * bytes + Frame.PADDING_BYTES), cells, frame.widthPx(), frame.heightPx());
    }

    /** The first and the last are among them. */
    private long wanted(int cell, int cells) {
        return cells == 1 ? 0 : Math.round((double) cell * (frames - 1) / (cells - 1));
    }

    private static void write(Path file, Frame picture) {
        try (VideoEncoder encoder = VideoEncoder.open(
                file, OutputFormat.PNG_SEQUENCE, picture.widthPx(), picture.heightPx(), FrameRate.of(1), Map.of())) {
            encoder.accept(picture);
            encoder.finish();
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
