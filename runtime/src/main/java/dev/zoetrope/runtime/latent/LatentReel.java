package dev.zoetrope.runtime.latent;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.ReelLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A whole clip as latents {@code [latents, rows, columns, channels]}, f32 off heap: its runs end to end, as its layout
 * says. Owns its memory; any one thread at a time may write to it. Closing it invalidates {@link #data} and every view.
 */
public final class LatentReel implements AutoCloseable {
    private final Arena arena;
    private final ReelLayout layout;
    private final int channels;
    private final MemorySegment data;

    @SuppressWarnings("MustBeClosed") // close() frees the arena
    private LatentReel(ReelLayout layout, int channels) {
        if (channels < 1) {
            throw new IllegalArgumentException("latents: expected at least 1 channel, found " + channels);
        }
        this.layout = layout;
        this.channels = channels;
        Arena owned = Arena.ofShared();
        try {
            data = TensorMemory.floats(owned, (long) layout.latents() * layout.cells() * channels);
        } catch (Throwable failure) {
            owned.close();
            throw failure;
        }
        arena = owned;
    }

    /** A reel of zeros. */
    @MustBeClosed
    public static LatentReel create(ReelLayout layout, int channels) {
        return new LatentReel(layout, channels);
    }

    /** {@code [latents, rows, columns, channels]}. */
    public MemorySegment data() {
        return data;
    }

    /** One latent {@code [rows, columns, channels]}: a view. */
    public MemorySegment latent(int slot) {
        long elements = (long) layout.cells() * channels;
        return TensorMemory.slice(data, slot * elements, elements);
    }

    public ReelLayout layout() {
        return layout;
    }

    public int channels() {
        return channels;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
