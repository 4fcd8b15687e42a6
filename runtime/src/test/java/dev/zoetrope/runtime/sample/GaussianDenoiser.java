package dev.zoetrope.runtime.sample;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.latent.PackedSequence;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.text.TextEmbedding;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The exact velocity of flow matching where clean latents are normal, with the mean that the prompt's pooled state
 * says and the deviation {@link #DEVIATION}. Reads what a transformer reads, token by token, so wrong indices, noise
 * levels or texts show. It is what a network would learn from such data, with the known solution mean + deviation *
 * initial noise.
 */
final class GaussianDenoiser implements Denoiser {
    static final double DEVIATION = 0.3;

    /** Addresses of the latents seen in each run. */
    final List<Long> addresses = new ArrayList<>();

    int bindings;
    int openBindings;

    /** A prompt for a mean: one token whose first number it is. */
    static TextEmbedding prompt(Arena arena, int width, float mean) {
        MemorySegment states = TensorMemory.floats(arena, width);
        states.setAtIndex(TensorMemory.FLOAT, 0, mean);
        return TextEmbedding.of(states, 1, width);
    }

    @Override
    @MustBeClosed
    public BoundDenoiser bind(PackedSequence sequence) {
        bindings++;
        openBindings++;
        return new BoundDenoiser() {
            @Override
            public void run() {
                addresses.add(sequence.latent().address());
                predict(sequence);
            }

            @Override
            public void close() {
                if (!sequence.isOpen()) {
                    throw new IllegalStateException("the sequence was closed before its binding");
                }
                openBindings--;
            }
        };
    }

    private static void predict(PackedSequence sequence) {
        int channels = sequence.options().channels();
        int width = sequence.options().textWidth();
        for (int prediction = 0; prediction < sequence.predictions(); prediction++) {
            long position = sequence.visual().getAtIndex(TensorMemory.LONG, prediction);
            long row = sequence.order().getAtIndex(TensorMemory.LONG, position) - sequence.textTokens();
            long group = sequence.group().getAtIndex(TensorMemory.LONG, position);
            double sigma = sequence.sigma().getAtIndex(TensorMemory.FLOAT, group);
            double mean = sequence.pooled().getAtIndex(TensorMemory.FLOAT, group * width);
            for (int channel = 0; channel < channels; channel++) {
                double noisy = sequence.latent().getAtIndex(TensorMemory.FLOAT, row * channels + channel);
                sequence.velocity().setAtIndex(TensorMemory.FLOAT, (long) prediction * channels + channel, (float)
                        velocity(noisy, sigma, mean));
            }
        }
    }

    private static double velocity(double noisy, double sigma, double mean) {
        if (sigma == 0) {
            return 0;
        }
        double alpha = 1 - sigma;
        double variance = DEVIATION * DEVIATION;
        double gain = alpha * variance / (alpha * alpha * variance + sigma * sigma);
        double clean = mean + gain * (noisy - alpha * mean);
        return (noisy - clean) / sigma;
    }
}
