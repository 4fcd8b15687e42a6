package dev.zoetrope.runtime.model.wan;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.ffm.ort.ElementType;
import dev.zoetrope.ffm.ort.Session;
import dev.zoetrope.ffm.ort.Tensor;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.model.FrameForm;
import dev.zoetrope.graph.model.wan.AutoencoderConfig;
import dev.zoetrope.graph.model.wan.Chunk;
import dev.zoetrope.graph.model.wan.LatentForm;
import dev.zoetrope.graph.model.wan.WanAutoencoder;
import dev.zoetrope.runtime.decode.Compressor;
import dev.zoetrope.runtime.decode.CompressorGeometry;
import dev.zoetrope.runtime.decode.GroupDecoder;
import dev.zoetrope.runtime.decode.GroupEncoder;
import dev.zoetrope.runtime.decode.LatentProjection;
import dev.zoetrope.runtime.frame.Frame;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Wan's causal video autoencoder. A cell of its geometry is a token of the denoiser: 2 x 2 cells of the autoencoder, normalised. Frames
 * of up to {@link Tiling#wholePx} pixels are decoded whole, larger ones in tiles; frames are always encoded whole. Memory does not
 * grow with a clip's length.
 */
public final class WanCompressor implements Compressor {
    private static final int TOKEN_CELLS = 2;

    /**
     * Frames of the finest stage's channels that a graph works with, from above: measured 85 to 95 with decoders of 64 channels on 64 to
     * 256 pixels each way, the native library's arena, which grows by doubling, included.
     */
    private static final int WORKING_FRAMES = 96;

    private final AutoencoderConfig config;
    private final CompressorGeometry geometry;
    private final ChunkGraphs encoder;
    private final ChunkGraphs decoder;
    private final Tiling tiling;

    private WanCompressor(AutoencoderConfig config, ChunkGraphs encoder, ChunkGraphs decoder, Tiling tiling) {
        this.config = config;
        this.geometry = new CompressorGeometry(
                config.latentChannels() * TOKEN_CELLS * TOKEN_CELLS,
                config.cellPixels() * TOKEN_CELLS,
                AutoencoderConfig.TEMPORAL,
                CompressorGeometry.WHOLE_FRAME);
        this.encoder = encoder;
        this.decoder = decoder;
        this.tiling = tiling;
    }

    /**
     * Reads a {@code vae} folder; every weight that the graphs need must be there.
     *
     * @param opener gives the session of a graph, opened when first asked for; who gives it closes it, after this compressor's
     *     encoders and decoders
     */
    public static WanCompressor open(Path vaeFolder, Tiling tiling, Function<OnnxModel, Supplier<Session>> opener) {
        AutoencoderConfig config = AutoencoderConfig.read(vaeFolder.resolve("config.json"));
        ChunkGraphs encoder =
                ChunkGraphs.of(chunk -> WanAutoencoder.encoder(vaeFolder, chunk, LatentForm.TOKENS), opener);
        ChunkGraphs decoder = ChunkGraphs.of(
                chunk -> WanAutoencoder.decoder(vaeFolder, chunk, LatentForm.TOKENS, FrameForm.RGB8), opener);
        return new WanCompressor(config, encoder, decoder, tiling);
    }

    /** What the encoder's sessions take, about. */
    long encoderBytes() {
        return encoder.loadedBytes();
    }

    /** What the decoder's sessions take, about. */
    long decoderBytes() {
        return decoder.loadedBytes();
    }

    @Override
    public CompressorGeometry geometry() {
        return geometry;
    }

    /** None: which colours a latent stands for, the decoder alone knows. */
    @Override
    public Optional<Supplier<LatentProjection>> projection() {
        return Optional.empty();
    }

    /** The caches of a group, and the values at the pixels' resolution that are alive while a graph works there. */
    @Override
    public long bytesPerPixel() {
        Map<String, Long> token = Map.of("rows", 1L, "columns", 1L);
        long pixels = (long) geometry.spatial() * geometry.spatial();
        long caches = decoder.graph(Chunk.LATER).inputs().stream()
                .mapToLong(info -> info.shape().elements().sizeWhere(token) * Float.BYTES)
                .sum();
        long finest =
                (long) config.decoderChannels().getLast() * Float.BYTES / ((long) config.patch() * config.patch());
        return Math.ceilDiv(caches, pixels) + finest * WORKING_FRAMES;
    }

    @Override
    public long decodedPixels(int rows, int columns) {
        long pixels = pixels(rows, columns);
        return pixels <= tiling.wholePx() ? pixels : Math.min(pixels, (long) tiling.tilePx() * tiling.tilePx());
    }

    private long pixels(long rows, long columns) {
        return rows * columns * geometry.spatial() * geometry.spatial();
    }

    @Override
    @MustBeClosed
    public GroupDecoder openDecoder(int rows, int columns) {
        long pixels = pixels(rows, columns);
        if (pixels <= tiling.wholePx()) {
            return new WholeDecoder(rows, columns);
        }
        TileGrid grid = TileGrid.of(rows, columns, geometry.spatial(), config.patch(), tiling);
        return new TiledDecoder(geometry, grid, WholeDecoder::new);
    }

    @Override
    @MustBeClosed
    public GroupEncoder openEncoder(int rows, int columns) {
        return new Encoder(rows, columns);
    }

    private Tensor latentView(MemorySegment latent, long rows, long columns) {
        return Tensor.view(latent, ElementType.FLOAT32, rows, columns, geometry.channels());
    }

    private final class WholeDecoder implements GroupDecoder {
        private final long rows;
        private final long columns;
        private final ChunkCoder coder;
        private final Arena arena;
        private final MemorySegment frames;

        @SuppressWarnings("MustBeClosed") // close() frees coder and arena
        WholeDecoder(int rows, int columns) {
            this.rows = rows;
            this.columns = columns;
            this.coder = new ChunkCoder(decoder, rows, columns);
            this.arena = Arena.ofShared();
            // The padding lets the video encoder's vector code read the last frame in place.
            this.frames = arena.allocate(geometry.temporal() * frameBytes() + Frame.PADDING_BYTES, 64);
        }

        private long frameBytes() {
            return 3 * rows * columns * geometry.spatial() * geometry.spatial();
        }

        @Override
        public void startRun() {
            coder.startRun();
        }

        @Override
        public MemorySegment decode(MemorySegment latent) {
            int count = coder.next().frames();
            MemorySegment last = frames.asSlice((geometry.temporal() - count) * frameBytes());
            Tensor output = Tensor.view(
                    last, ElementType.UINT8, count, rows * geometry.spatial(), columns * geometry.spatial(), 3);
            coder.run("latent", latentView(latent, rows, columns), "frames", output);
            return frames;
        }

        @Override
        public void close() {
            coder.close();
            if (arena.scope().isAlive()) {
                arena.close();
            }
        }
    }

    private final class Encoder implements GroupEncoder {
        private final long rows;
        private final long columns;
        private final ChunkCoder coder;

        @SuppressWarnings("MustBeClosed") // close() closes it
        Encoder(int rows, int columns) {
            this.rows = rows;
            this.columns = columns;
            this.coder = new ChunkCoder(encoder, rows, columns);
        }

        @Override
        public void startRun() {
            coder.startRun();
        }

        @Override
        public void encode(MemorySegment frames, MemorySegment latent) {
            Tensor input = Tensor.view(
                    frames,
                    ElementType.FLOAT32,
                    coder.next().frames(),
                    3,
                    rows * geometry.spatial(),
                    columns * geometry.spatial());
            coder.run("frames", input, "latent", latentView(latent, rows, columns));
        }

        @Override
        public void close() {
            coder.close();
        }
    }
}
