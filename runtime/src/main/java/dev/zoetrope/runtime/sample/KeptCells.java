package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.latent.LatentClip;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.ClipLayout;
import dev.zoetrope.runtime.timeline.TokenRole;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.util.BitSet;

/** Cells of a clip that are to stay what they are: their clean values, to which they are set back after every step. Owns its memory. */
final class KeptCells implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final BitSet cells;
    private final ClipLayout layout;
    private final int channels;
    private final FloatBuffer clean;

    /** Copies the clip's clean values. */
    KeptCells(ClipPlan plan) {
        LatentClip latents = plan.latents();
        cells = plan.keptCells();
        layout = latents.layout();
        channels = latents.channels();
        long elements = (long) layout.tokens() * channels;
        MemorySegment copy = TensorMemory.floats(arena, elements);
        copy.copyFrom(latents.data());
        clean = TensorMemory.buffer(copy);
    }

    /** Sets the cells of every noisy latent to what they were. */
    void restore(MemorySegment latent) {
        FloatBuffer values = TensorMemory.buffer(latent);
        for (int group = 0; group < layout.groups().size(); group++) {
            if (layout.groups().get(group).role() != TokenRole.NOISY) {
                continue;
            }
            for (int cell = cells.nextSetBit(0); cell >= 0; cell = cells.nextSetBit(cell + 1)) {
                int first = (group * layout.cells() + cell) * channels;
                values.put(first, clean, first, channels);
            }
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
