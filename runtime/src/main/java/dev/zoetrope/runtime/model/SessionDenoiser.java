package dev.zoetrope.runtime.model;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.ffm.ort.Binding;
import dev.zoetrope.ffm.ort.ElementType;
import dev.zoetrope.ffm.ort.Session;
import dev.zoetrope.ffm.ort.Tensor;
import dev.zoetrope.graph.model.flipbook.TransformerConfig;
import dev.zoetrope.runtime.latent.PackedSequence;
import dev.zoetrope.runtime.sample.BoundDenoiser;
import dev.zoetrope.runtime.sample.Denoiser;
import dev.zoetrope.runtime.sample.StepCost;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The transformer over a packed sequence. Every buffer of the sequence is bound where it lies, once; a run reads and
 * writes the addresses the sampler works on.
 */
final class SessionDenoiser implements Denoiser {
    private static final int COORDINATES = 6;

    private final Supplier<Session> session;
    private final TransformerConfig config;
    private final StepCost cost;

    SessionDenoiser(Supplier<Session> session, TransformerConfig config) {
        this.session = session;
        this.config = config;
        this.cost = cost(config);
    }

    /*
     * Multiplications of a block, by token: 4 w^2 for queries, keys, values and the output, 2 e w^2 for the feed-forward part;
     * by pair of tokens 2 w, for scores and mixing. They meet at (2 + e) w tokens. With that, steps of 400 to 9,000 tokens of
     * the shipped model took 0.056 to 0.075 ms for each token of work, and their memory was 16 to 26 KiB a token: 32 rows of
     * its width are 24.
     */
    private static StepCost cost(TransformerConfig config) {
        return new StepCost((2.0 + config.expansion()) * config.width(), 32L * config.width() * Float.BYTES);
    }

    /*
     * Of a block, by packed token, those of the text counted: 8 w^2 for queries, keys, values and the output, 4 e w^2 for the feed-forward
     * part, 4 w for each token of its segment. The parts before and after the blocks are small and not counted.
     */
    @Override
    public double operations(PackedSequence sequence) {
        double width = config.width();
        double operations = 0;
        for (int segment = 0; segment < sequence.segments(); segment++) {
            double tokens = (double) sequence.layoutOf(segment).tokens() + sequence.textTokensOf(segment);
            operations +=
                    tokens * config.depth() * (width * width * (8 + 4.0 * config.expansion()) + 4 * width * tokens);
        }
        return operations;
    }

    @Override
    public StepCost cost() {
        return cost;
    }

    @Override
    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // the bound denoiser owns the binding
    public BoundDenoiser bind(PackedSequence sequence) {
        Binding binding = session.get().createBinding();
        try {
            bindAll(binding, sequence);
            return new Bound(binding);
        } catch (RuntimeException | Error e) {
            binding.close();
            throw e;
        }
    }

    private void bindAll(Binding binding, PackedSequence sequence) {
        long rows = sequence.latentRows();
        long predictions = sequence.predictions();
        long texts = sequence.textTokens();
        long tokens = sequence.packedTokens();
        long groups = sequence.groups();
        floats(binding, "latent", sequence.latent(), rows, config.latentChannels());
        floats(binding, "text", sequence.text(), texts, config.textWidth());
        longs(binding, "order", sequence.order(), tokens);
        longs(binding, "visual", sequence.visual(), predictions);
        floats(binding, "coordinates", sequence.coordinates(), tokens, COORDINATES);
        longs(binding, "group", sequence.group(), tokens);
        floats(binding, "sigma", sequence.sigma(), groups);
        longs(binding, "role", sequence.role(), groups);
        floats(binding, "pooled", sequence.pooled(), groups, config.textWidth());
        longs(binding, "lengths", sequence.lengths(), sequence.lengths().byteSize() / Long.BYTES);
        binding.bindOutput(
                "velocity",
                Tensor.view(sequence.velocity(), ElementType.FLOAT32, predictions, config.latentChannels()));
    }

    private static void floats(Binding binding, String name, MemorySegment segment, long... shape) {
        binding.bindInput(name, Tensor.view(segment, ElementType.FLOAT32, shape));
    }

    private static void longs(Binding binding, String name, MemorySegment segment, long... shape) {
        binding.bindInput(name, Tensor.view(segment, ElementType.INT64, shape));
    }

    /** One layout's binding. */
    private static final class Bound implements BoundDenoiser {
        private final Binding binding;

        Bound(Binding binding) {
            this.binding = binding;
        }

        @Override
        public void run() {
            binding.run();
        }

        @Override
        public long nativeNanos() {
            return binding.runNanos();
        }

        @Override
        public Map<String, Long> boundAddresses() {
            return binding.boundAddresses();
        }

        @Override
        public void close() {
            binding.close();
        }
    }
}
