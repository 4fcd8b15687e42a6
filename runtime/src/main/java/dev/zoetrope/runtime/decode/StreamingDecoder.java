package dev.zoetrope.runtime.decode;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.decode.TilePlan.Tile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Decodes one clip group by group: memory holds one group of frames and the codec's caches, whatever the clip's length.
 * Frames larger than {@value TilePlan#WHOLE_CELLS} cells are decoded in halo tiles with the same result. Not
 * thread-safe.
 */
public final class StreamingDecoder implements AutoCloseable {
    private final CompressorGeometry geometry;
    private final int rows;
    private final int columns;
    private final Arena arena;
    private final List<TileDecoder> tiles;
    /** The whole frames of one group, 8-bit RGB {@code [temporal, height, width, 3]}; unused when one tile is all. */
    private final MemorySegment assembled;

    @SuppressWarnings("MustBeClosed") // close() frees tiles and arena
    private StreamingDecoder(Compressor compressor, int rows, int columns) {
        this.geometry = compressor.geometry();
        this.rows = rows;
        this.columns = columns;
        List<Tile> plan = TilePlan.plan(rows, columns, geometry.haloCells());
        this.arena = Arena.ofShared();
        this.tiles = new ArrayList<>(plan.size());
        try {
            this.assembled = plan.size() == 1 ? MemorySegment.NULL : arena.allocate(frameBytes() * geometry.temporal());
            for (Tile tile : plan) {
                tiles.add(new TileDecoder(tile, compressor.openDecoder(tile.rows(), tile.columns())));
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** A decoder for clips of {@code rows x columns} latent cells. */
    @MustBeClosed
    public static StreamingDecoder open(Compressor compressor, int rows, int columns) {
        return new StreamingDecoder(compressor, rows, columns);
    }

    /** Cells that are worked on at a time in frames of {@code rows x columns} cells. */
    public static int largestTileCells(int rows, int columns, CompressorGeometry geometry) {
        return TilePlan.plan(rows, columns, geometry.haloCells()).stream()
                .mapToInt(tile -> tile.rows() * tile.columns())
                .max()
                .orElse(0);
    }

    /** Bytes of one whole decoded frame, RGB. */
    public long frameBytes() {
        return 3L * rows * columns * geometry.spatial() * geometry.spatial();
    }

    /** Bytes from one row of pixels to the next. */
    public int strideBytes() {
        return 3 * columns * geometry.spatial();
    }

    /** The next latent is the first of a run. */
    public void startRun() {
        for (TileDecoder tile : tiles) {
            tile.startRun();
        }
    }

    /** As {@link #startRun()}, for a run whose latents are known: see {@link GroupDecoder#startRun(List, Runnable)}. */
    public void startRun(List<MemorySegment> latents, Runnable pause) {
        if (tiles.size() == 1) {
            tiles.getFirst().decoder.startRun(latents, pause);
        } else {
            startRun();
        }
    }

    /**
     * Decodes one latent group.
     *
     * @param latent native float32 {@code [rows, columns, channels]}, unchanged until the next call
     * @return 8-bit RGB {@code [temporal, height, width, 3]}, overwritten by the next call
     */
    public MemorySegment decode(MemorySegment latent) {
        if (tiles.size() == 1) {
            return tiles.getFirst().decoder.decode(latent);
        }
        for (TileDecoder tile : tiles) {
            tile.decode(latent);
        }
        return assembled;
    }

    @Override
    public void close() {
        for (TileDecoder tile : tiles) {
            tile.decoder.close();
        }
        arena.close();
    }

    /** One tile: its slice of each latent is copied to a dense block, its core of each frame back. */
    private final class TileDecoder {
        private final Tile tile;
        private final GroupDecoder decoder;
        /** Two blocks, because the codec still reads the latent before. */
        private final MemorySegment[] latents;

        private int turn;

        TileDecoder(Tile tile, GroupDecoder decoder) {
            this.tile = tile;
            this.decoder = decoder;
            long bytes = (long) tile.rows() * tile.columns() * geometry.channels() * Float.BYTES;
            boolean whole = assembled.equals(MemorySegment.NULL);
            this.latents = whole
                    ? new MemorySegment[0]
                    : new MemorySegment[] {arena.allocate(bytes, 64), arena.allocate(bytes, 64)};
        }

        void startRun() {
            decoder.startRun();
        }

        void decode(MemorySegment latent) {
            MemorySegment block = latents[turn];
            turn = 1 - turn;
            long cellBytes = (long) geometry.channels() * Float.BYTES;
            long rowBytes = tile.columns() * cellBytes;
            for (int row = 0; row < tile.rows(); row++) {
                long from = ((long) (tile.top() + row) * columns + tile.left()) * cellBytes;
                MemorySegment.copy(latent, from, block, row * rowBytes, rowBytes);
            }
            copyCore(decoder.decode(block));
        }

        private void copyCore(MemorySegment frames) {
            int spatial = geometry.spatial();
            long tileStride = 3L * tile.columns() * spatial;
            long bytes = 3L * (tile.coreRight() - tile.coreLeft()) * spatial;
            for (int frame = 0; frame < geometry.temporal(); frame++) {
                for (int y = tile.coreTop() * spatial; y < tile.coreBottom() * spatial; y++) {
                    long row = (long) frame * tile.rows() * spatial + y - (long) tile.top() * spatial;
                    long from = row * tileStride + 3L * (tile.coreLeft() - tile.left()) * spatial;
                    long to = frame * frameBytes() + (long) y * strideBytes() + 3L * tile.coreLeft() * spatial;
                    MemorySegment.copy(
                            frames, ValueLayout.JAVA_BYTE, from, assembled, ValueLayout.JAVA_BYTE, to, bytes);
                }
            }
        }
    }
}
