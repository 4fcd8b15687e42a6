package dev.zoetrope.runtime.model.wan;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.decode.CompressorGeometry;
import dev.zoetrope.runtime.decode.GroupDecoder;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.frame.Frame;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decodes frames in overlapping tiles. Where the run's latents are known ahead, one tile goes through the whole run before the next
 * begins: memory holds the caches of one tile, and the pixels of the tiles wait in a temporary file that nobody else sees, about two
 * bytes for each of the clip's. Otherwise every tile has its own caches, which together take more than those of a whole frame.
 */
final class TiledDecoder implements GroupDecoder {
    /** Opens a decoder of one tile's size. */
    @FunctionalInterface
    interface Opener {
        @MustBeClosed
        GroupDecoder open(int rows, int columns);
    }

    private final CompressorGeometry geometry;
    private final TileGrid grid;
    private final List<TileGrid.Tile> tiles;
    private final Opener opener;
    private final Arena arena;
    /** {@code [temporal, height, width, 3]} */
    private final MemorySegment frames;

    private final List<GroupDecoder> together = new ArrayList<>();
    private @Nullable FileChannel finished;
    private int runLength;
    private int group;

    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // close() frees arena and decoders
    TiledDecoder(CompressorGeometry geometry, TileGrid grid, Opener opener) {
        this.geometry = geometry;
        this.grid = grid;
        this.tiles = grid.tiles();
        this.opener = opener;
        this.arena = Arena.ofShared();
        this.frames = arena.allocate(geometry.temporal() * frameBytes() + Frame.PADDING_BYTES, 64);
    }

    private long frameBytes() {
        return 3L * grid.rows() * grid.columns() * grid.spatial() * grid.spatial();
    }

    @Override
    @SuppressWarnings("MustBeClosed") // close() closes them
    public void startRun() {
        forgetFinished();
        group = 0;
        if (together.isEmpty()) {
            for (TileGrid.Tile tile : tiles) {
                together.add(opener.open(tile.rows(), tile.columns()));
            }
        }
        together.forEach(GroupDecoder::startRun);
    }

    @Override
    public void startRun(List<MemorySegment> latents, Runnable pause) {
        closeAll();
        forgetFinished();
        group = 0;
        FileChannel file = openFile();
        finished = file;
        for (int tile = 0; tile < tiles.size(); tile++) {
            try (GroupDecoder decoder =
                    opener.open(tiles.get(tile).rows(), tiles.get(tile).columns())) {
                decoder.startRun();
                for (int latent = 0; latent < latents.size(); latent++) {
                    pause.run();
                    MemorySegment decoded = decode(decoder, tiles.get(tile), latents.get(latent));
                    write(file, decoded.asSlice(0, groupBytes(tile)), place(tile, latent, latents.size()));
                }
            }
        }
        runLength = latents.size();
    }

    @Override
    public MemorySegment decode(MemorySegment latent) {
        List<byte[]> pixels = new ArrayList<>(tiles.size());
        FileChannel file = finished;
        for (int tile = 0; tile < tiles.size(); tile++) {
            pixels.add(
                    file == null
                            ? decode(together.get(tile), tiles.get(tile), latent)
                                    .asSlice(0, groupBytes(tile))
                                    .toArray(ValueLayout.JAVA_BYTE)
                            : read(file, groupBytes(tile), place(tile, group, runLength)));
        }
        int first = group == 0 ? geometry.temporal() - 1 : 0; // of a run's first group the last frame alone is there
        byte[] whole = new byte[Math.toIntExact(frameBytes())];
        for (int frame = first; frame < geometry.temporal(); frame++) {
            grid.assemble(framesOf(pixels, frame), whole);
            MemorySegment.copy(whole, 0, frames, ValueLayout.JAVA_BYTE, frame * frameBytes(), whole.length);
        }
        group++;
        return frames;
    }

    private List<byte[]> framesOf(List<byte[]> groups, int frame) {
        List<byte[]> single = new ArrayList<>(groups.size());
        for (int tile = 0; tile < groups.size(); tile++) {
            int bytes = Math.toIntExact(grid.bytesPerFrame(tiles.get(tile)));
            single.add(Arrays.copyOfRange(groups.get(tile), frame * bytes, (frame + 1) * bytes));
        }
        return single;
    }

    private MemorySegment decode(GroupDecoder decoder, TileGrid.Tile tile, MemorySegment latent) {
        try (Arena scratch = Arena.ofShared()) {
            long tokenBytes = (long) geometry.channels() * Float.BYTES;
            long rowBytes = tile.columns() * tokenBytes;
            MemorySegment cut = scratch.allocate(tile.rows() * rowBytes, 64);
            for (int row = 0; row < tile.rows(); row++) {
                long from = ((long) (tile.top() + row) * grid.columns() + tile.left()) * tokenBytes;
                MemorySegment.copy(latent, from, cut, row * rowBytes, rowBytes);
            }
            return decoder.decode(cut);
        }
    }

    private long groupBytes(int tile) {
        return geometry.temporal() * grid.bytesPerFrame(tiles.get(tile));
    }

    /** Where a tile's pixels of a group lie in the file. */
    private long place(int tile, int latent, int latents) {
        long before = 0;
        for (int i = 0; i < tile; i++) {
            before += groupBytes(i) * latents;
        }
        return before + groupBytes(tile) * latent;
    }

    private static FileChannel openFile() {
        try {
            Path path = Files.createTempFile("zoetrope-tiles", ".rgb");
            return FileChannel.open(
                    path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static void write(FileChannel file, MemorySegment bytes, long place) {
        try {
            ByteBuffer buffer = bytes.asByteBuffer();
            while (buffer.hasRemaining()) {
                file.write(buffer, place + buffer.position());
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static byte[] read(FileChannel file, long length, long place) {
        try {
            ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(length));
            while (buffer.hasRemaining()) {
                if (file.read(buffer, place + buffer.position()) < 0) {
                    throw new IOException("the file ends early");
                }
            }
            return buffer.array();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static OutputException failed(IOException e) {
        return new OutputException(
                "tiles of a large frame: expected room in the temporary folder " + System.getProperty("java.io.tmpdir")
                        + " (-Djava.io.tmpdir names another), found " + e,
                e);
    }

    private void forgetFinished() {
        FileChannel file = finished;
        finished = null;
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                throw failed(e);
            }
        }
    }

    private void closeAll() {
        together.forEach(GroupDecoder::close);
        together.clear();
    }

    @Override
    public void close() {
        closeAll();
        if (arena.scope().isAlive()) {
            arena.close();
        }
        forgetFinished();
    }
}
