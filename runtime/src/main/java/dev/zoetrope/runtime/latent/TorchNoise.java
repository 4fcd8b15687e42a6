package dev.zoetrope.runtime.latent;

import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.ClipLayout;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The numbers of {@code torch.randn} on a CPU, drawn one clip after another as
 * {@code [channels, groups, rows, columns]}: the layout in which diffusers draws a video's latents. Stateful, so it
 * depends on the order of calls: one source for each clip. Every purpose and step draws from the same stream.
 */
public final class TorchNoise implements NoiseSource {
    private final TorchGenerator generator;

    /** As {@code torch.Generator().manual_seed(seed)}. */
    public TorchNoise(long seed) {
        generator = new TorchGenerator(seed);
    }

    @Override
    public void fill(Purpose purpose, int step, ClipLayout layout, int channels, MemorySegment target) {
        int tokens = layout.tokens();
        float[] drawn = new float[Math.multiplyExact(tokens, channels)];
        generator.normal(drawn);
        for (int channel = 0; channel < channels; channel++) {
            for (int token = 0; token < tokens; token++) {
                target.setAtIndex(
                        TensorMemory.FLOAT, (long) token * channels + channel, drawn[channel * tokens + token]);
            }
        }
    }

    @Override
    public void writeState(DataOutput output) throws IOException {
        generator.writeState(output);
    }

    @Override
    public void readState(DataInput input) throws IOException {
        generator.readState(input);
    }
}
