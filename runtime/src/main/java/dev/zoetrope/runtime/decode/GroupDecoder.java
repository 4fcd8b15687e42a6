package dev.zoetrope.runtime.decode;

import java.lang.foreign.MemorySegment;

/**
 * Decodes the latent groups of one run in order and keeps the codec's caches between them. Not thread-safe. Closing it
 * invalidates the segments it returned.
 */
public interface GroupDecoder extends AutoCloseable {
    /** Forgets what came before: the next latent is the first of a run. */
    void startRun();

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
