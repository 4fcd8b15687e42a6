package dev.zoetrope.runtime.latent;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.ClipLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A clip as latents {@code [groups, rows, columns, channels]}, f32 off heap, with the layout that says when each is
 * shown. Owns its memory; any one thread at a time may write to it. Closing it invalidates {@link #data} and every
 * view.
 */
public final class LatentClip implements AutoCloseable {
    private final Arena arena;
    private final ClipLayout layout;
    private final int channels;
    private final double fps;
    private final MemorySegment data;

    @SuppressWarnings("MustBeClosed") // close() frees the arena
    private LatentClip(ClipLayout layout, int channels, double fps) {
        if (channels < 1 || !(fps > 0)) {
            throw new IllegalArgumentException("latent clip: expected at least 1 channel and a positive frame rate,"
                    + " found " + channels + " channels at " + fps + " frames a second");
        }
        this.layout = layout;
        this.channels = channels;
        this.fps = fps;
        Arena owned = Arena.ofShared();
        try {
            data = TensorMemory.floats(owned, (long) layout.tokens() * channels);
        } catch (Throwable failure) {
            owned.close();
            throw failure;
        }
        arena = owned;
    }

    /** A clip of zeros. */
    @MustBeClosed
    public static LatentClip create(ClipLayout layout, int channels, double fps) {
        return new LatentClip(layout, channels, fps);
    }

    /** {@code [groups, rows, columns, channels]}. */
    public MemorySegment data() {
        return data;
    }

    /** One latent {@code [rows, columns, channels]}: a view. */
    public MemorySegment group(int group) {
        long elements = (long) layout.cells() * channels;
        return TensorMemory.slice(data, group * elements, elements);
    }

    public ClipLayout layout() {
        return layout;
    }

    public int channels() {
        return channels;
    }

    /** Frames a second that the layout's times were made for. */
    public double fps() {
        return fps;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
