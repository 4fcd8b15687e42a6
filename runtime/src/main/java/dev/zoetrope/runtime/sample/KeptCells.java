package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.latent.LatentClip;
import dev.zoetrope.runtime.latent.NoiseSource;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.ClipLayout;
import dev.zoetrope.runtime.timeline.TokenRole;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.util.BitSet;

/**
 * Cells of a clip that are to stay what they are: their clean values and their noise, from which they are set anew at
 * every noise level. Owns its memory.
 */
final class KeptCells implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final BitSet cells;
    private final ClipLayout layout;
    private final int channels;
    private final FloatBuffer clean;
    private final MemorySegment noise;

    /** Copies the clip's clean values and draws its initial noise. */
    KeptCells(ClipPlan plan) {
        LatentClip latents = plan.latents();
        cells = plan.keptCells();
        layout = latents.layout();
        channels = latents.channels();
        long elements = (long) layout.tokens() * channels;
        MemorySegment copy = TensorMemory.floats(arena, elements);
        copy.copyFrom(latents.data());
        clean = TensorMemory.buffer(copy);
        noise = TensorMemory.floats(arena, elements);
        plan.noise().fill(NoiseSource.Purpose.INITIAL, 0, layout, channels, noise);
    }

    /** The clip's initial noise, drawn once. */
    MemorySegment noise() {
        return noise;
    }

    /** Sets the cells to z = (1 - sigma) x + sigma e. */
    void restore(MemorySegment latent, float sigma) {
        FloatBuffer values = TensorMemory.buffer(latent);
        FloatBuffer drawn = TensorMemory.buffer(noise);
        for (int group = 0; group < layout.groups().size(); group++) {
            if (layout.groups().get(group).role() != TokenRole.NOISY) {
                continue;
            }
            for (int cell = cells.nextSetBit(0); cell >= 0; cell = cells.nextSetBit(cell + 1)) {
                int first = (group * layout.cells() + cell) * channels;
                for (int i = first; i < first + channels; i++) {
                    values.put(i, sigma == 0 ? clean.get(i) : (1 - sigma) * clean.get(i) + sigma * drawn.get(i));
                }
            }
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
