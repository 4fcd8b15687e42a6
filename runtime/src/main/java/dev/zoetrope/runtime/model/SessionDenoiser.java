package dev.zoetrope.runtime.model;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.ffm.ort.Binding;
import dev.zoetrope.ffm.ort.ElementType;
import dev.zoetrope.ffm.ort.Session;
import dev.zoetrope.ffm.ort.Tensor;
import dev.zoetrope.runtime.latent.PackedSequence;
import dev.zoetrope.runtime.sample.BoundDenoiser;
import dev.zoetrope.runtime.sample.Denoiser;
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
    private final int channels;
    private final int textWidth;

    SessionDenoiser(Supplier<Session> session, int channels, int textWidth) {
        this.session = session;
        this.channels = channels;
        this.textWidth = textWidth;
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
        floats(binding, "latent", sequence.latent(), rows, channels);
        floats(binding, "text", sequence.text(), texts, textWidth);
        longs(binding, "order", sequence.order(), tokens);
        longs(binding, "visual", sequence.visual(), predictions);
        floats(binding, "coordinates", sequence.coordinates(), tokens, COORDINATES);
        longs(binding, "group", sequence.group(), tokens);
        floats(binding, "sigma", sequence.sigma(), groups);
        longs(binding, "role", sequence.role(), groups);
        floats(binding, "pooled", sequence.pooled(), groups, textWidth);
        longs(binding, "lengths", sequence.lengths(), sequence.lengths().byteSize() / Long.BYTES);
        binding.bindOutput("velocity", Tensor.view(sequence.velocity(), ElementType.FLOAT32, predictions, channels));
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
        public Map<String, Long> boundAddresses() {
            return binding.boundAddresses();
        }

        @Override
        public void close() {
            binding.close();
        }
    }
}
