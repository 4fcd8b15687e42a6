package dev.zoetrope.runtime.model;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.ffm.ort.Binding;
import dev.zoetrope.ffm.ort.ElementType;
import dev.zoetrope.ffm.ort.Session;
import dev.zoetrope.ffm.ort.Tensor;
import dev.zoetrope.graph.model.flipbook.CodecConfig;
import dev.zoetrope.runtime.decode.Compressor;
import dev.zoetrope.runtime.decode.CompressorGeometry;
import dev.zoetrope.runtime.decode.GroupDecoder;
import dev.zoetrope.runtime.decode.GroupEncoder;
import dev.zoetrope.runtime.decode.LatentProjection;
import dev.zoetrope.runtime.frame.Frame;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Flipbook's causal video codec over two sessions. What one group hands to the next is both input and output of the
 * graph, so it ping-pongs between two buffers; the latent before is read where the clip keeps it.
 */
final class FlipbookCompressor implements Compressor {
    /** Measured 130, and its frames. */
    private static final long BYTES_PER_PIXEL = 192;

    private final Supplier<Session> encoder;
    private final Supplier<Session> decoder;
    private final CodecConfig config;
    private final Supplier<LatentProjection> projection;

    FlipbookCompressor(
            Supplier<Session> encoder,
            Supplier<Session> decoder,
            CodecConfig config,
            Supplier<LatentProjection> projection) {
        this.projection = projection;
        this.encoder = encoder;
        this.decoder = decoder;
        this.config = config;
    }

    @Override
    public CompressorGeometry geometry() {
        return new CompressorGeometry(config.latentChannels(), config.spatial(), config.temporal(), config.haloCells());
    }

    @Override
    public long bytesPerPixel() {
        return BYTES_PER_PIXEL;
    }

    @Override
    public Optional<Supplier<LatentProjection>> projection() {
        return Optional.of(projection);
    }

    @Override
    @MustBeClosed
    public GroupDecoder openDecoder(int rows, int columns) {
        return new Decoder(decoder.get(), rows, columns);
    }

    @Override
    @MustBeClosed
    public GroupEncoder openEncoder(int rows, int columns) {
        return new Encoder(encoder.get(), rows, columns);
    }

    /** The size of one codec step, and the two buffers of what it hands on. */
    private abstract class Step implements AutoCloseable {
        final long rows;
        final long columns;
        final Arena arena;
        final Binding binding;
        final MemorySegment[] caches = new MemorySegment[2];
        int turn;

        @SuppressWarnings("MustBeClosed") // close() frees binding and arena
        Step(Session session, int rows, int columns) {
            this.rows = rows;
            this.columns = columns;
            this.binding = session.createBinding();
            this.arena = Arena.ofShared();
            long bytes = (long) config.wideChannels() * rows * columns * Float.BYTES;
            caches[0] = arena.allocate(bytes, 64);
            caches[1] = arena.allocate(bytes, 64);
        }

        /** Binds the cache to read and the one to write, and swaps them for the next call. */
        final void bindCaches(String previous, String next) {
            long[] shape = {1, config.wideChannels(), rows, columns};
            binding.bindInput(previous, Tensor.view(caches[turn], ElementType.FLOAT32, shape));
            turn = 1 - turn;
            binding.bindOutput(next, Tensor.view(caches[turn], ElementType.FLOAT32, shape));
        }

        final Tensor latentView(MemorySegment latent) {
            return Tensor.view(latent, ElementType.FLOAT32, rows, columns, config.latentChannels());
        }

        final void clearCache() {
            caches[turn].fill((byte) 0);
        }

        @Override
        public final void close() {
            binding.close();
            if (arena.scope().isAlive()) {
                arena.close();
            }
        }
    }

    private final class Decoder extends Step implements GroupDecoder {
        private final MemorySegment zeroLatent;
        private final MemorySegment frames;
        private MemorySegment previousLatent;

        Decoder(Session session, int rows, int columns) {
            super(session, rows, columns);
            this.zeroLatent = arena.allocate((long) rows * columns * config.latentChannels() * Float.BYTES, 64);
            this.previousLatent = zeroLatent;
            long heightPx = (long) rows * config.spatial();
            long widthPx = (long) columns * config.spatial();
            // The padding lets the video encoder's vector code read the last frame in place.
            MemorySegment padded =
                    arena.allocate(3L * config.temporal() * heightPx * widthPx + Frame.PADDING_BYTES, 64);
            this.frames = padded;
            binding.bindOutput(
                    "frames", Tensor.view(padded, ElementType.UINT8, config.temporal(), heightPx, widthPx, 3));
        }

        @Override
        public void startRun() {
            clearCache();
            previousLatent = zeroLatent;
        }

        @Override
        public MemorySegment decode(MemorySegment latent) {
            binding.bindInput("latent", latentView(latent));
            binding.bindInput("previous_latent", latentView(previousLatent));
            bindCaches("previous_hidden", "hidden");
            binding.run();
            previousLatent = latent;
            return frames;
        }
    }

    private final class Encoder extends Step implements GroupEncoder {
        Encoder(Session session, int rows, int columns) {
            super(session, rows, columns);
        }

        @Override
        public void startRun() {
            clearCache();
        }

        @Override
        public void encode(MemorySegment frames, MemorySegment latent) {
            binding.bindInput(
                    "frames",
                    Tensor.view(
                            frames,
                            ElementType.FLOAT32,
                            config.temporal(),
                            3,
                            rows * config.spatial(),
                            columns * config.spatial()));
            binding.bindOutput("latent", latentView(latent));
            bindCaches("previous_feature", "feature");
            binding.run();
        }
    }
}
