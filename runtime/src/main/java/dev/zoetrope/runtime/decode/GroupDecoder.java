package dev.zoetrope.runtime.decode;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Decodes the latent groups of one run in order and keeps the codec's caches between them. Not thread-safe. Closing it
 * invalidates the segments it returned.
 */
public interface GroupDecoder extends AutoCloseable {
    /** Forgets what came before: the next latent is the first of a run. */
    void startRun();

    /**
     * As {@link #startRun()}, and says which latents will follow: a decoder that cuts frames into tiles can then finish one tile
     * before it begins the next.
     *
     * @param latents of the whole run, in order, each as for {@link #decode}; unchanged until the run is decoded
     * @param pause called between pieces of longer work; may throw to end it
     */
    default void startRun(List<MemorySegment> latents, Runnable pause) {
        startRun();
    }

    /**
     * Decodes one latent group.
     *
     * @param latent native float32 {@code [rows, columns, channels]}; read again by the next call, so it must stay
     *     unchanged until then
     * @return 8-bit RGB {@code [temporal, height, width, 3]}, overwritten by the next call; of a run's first group only
     *     the last frame counts
     */
    MemorySegment decode(MemorySegment latent);

    @Override
    void close();
}
