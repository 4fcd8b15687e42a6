package dev.zoetrope.runtime.decode;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.timeline.LatentGrid;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Frames to latents, one latent at a time. A frame smaller than the coded size lies in its middle, where decoding crops
 * it from; its edge pixels are repeated outward. Not thread-safe.
 */
public final class ClipEncoder implements AutoCloseable {
    private static final int PLANES = 3;

    private final LatentGrid grid;
    private final Arena arena;
    private final GroupEncoder encoder;
    /** {@code [temporal, 3, height, width]} in -1..1 */
    private final MemorySegment pixels;

    @SuppressWarnings("MustBeClosed") // close() frees encoder and arena
    private ClipEncoder(Compressor compressor, LatentGrid grid) {
        this.grid = grid;
        this.encoder = compressor.openEncoder(grid.rows(), grid.columns());
        this.arena = Arena.ofShared();
        this.pixels = arena.allocate(grid.temporal() * frameElements() * Float.BYTES, 64);
    }

    /**
     * An encoder for frames of one size.
     *
     * @param grid size of the frames; its length is not looked at
     */
    @MustBeClosed
    public static ClipEncoder open(Compressor compressor, LatentGrid grid) {
        return new ClipEncoder(compressor, grid);
    }

    private long frameElements() {
        return (long) PLANES * grid.codedHeightPx() * grid.codedWidthPx();
    }

    /** Forgets what came before: the next latent is the first of a run, of one frame. */
    public void startRun() {
        encoder.startRun();
    }

    /** Takes the i-th frame of the next latent, from 0. */
    public void put(int index, Frame frame) {
        if (frame.widthPx() != grid.widthPx() || frame.heightPx() != grid.heightPx()) {
            throw new IllegalArgumentException("frame: expected " + grid.widthPx() + "x" + grid.heightPx()
                    + " px, found " + frame.widthPx() + "x" + frame.heightPx());
        }
        int width = grid.codedWidthPx();
        int height = grid.codedHeightPx();
        for (int y = 0; y < height; y++) {
            int row = Math.clamp(y - grid.cropTopPx(), 0, frame.heightPx() - 1);
            for (int x = 0; x < width; x++) {
                int column = Math.clamp(x - grid.cropLeftPx(), 0, frame.widthPx() - 1);
                long from = (long) row * frame.strideBytes() + (long) column * Frame.PIXEL_BYTES;
                for (int plane = 0; plane < PLANES; plane++) {
                    int value = Byte.toUnsignedInt(frame.pixels().get(ValueLayout.JAVA_BYTE, from + plane));
                    long to = index * frameElements() + ((long) plane * height + y) * width + x;
                    pixels.setAtIndex(ValueLayout.JAVA_FLOAT, to, value / 127.5f - 1);
                }
            }
        }
    }

    /** Takes a frame of zeros, which are grey, as the i-th. */
    public void putGrey(int index) {
        long bytes = frameElements() * Float.BYTES;
        pixels.asSlice(index * bytes, bytes).fill((byte) 0);
    }

    /** Takes a frame that was put once more. */
    public void repeat(int from, int to) {
        long bytes = frameElements() * Float.BYTES;
        MemorySegment.copy(pixels, from * bytes, pixels, to * bytes, bytes);
    }

    /** Repeats the frame put first, as the codec has it at the beginning of a run. */
    public void repeatFirst() {
        for (int index = 1; index < grid.temporal(); index++) {
            repeat(0, index);
        }
    }

    /**
     * Encodes what was put.
     *
     * @param latent receives {@code [rows, columns, channels]}
     */
    public void encode(MemorySegment latent) {
        encoder.encode(pixels, latent);
    }

    @Override
    public void close() {
        encoder.close();
        arena.close();
    }
}
