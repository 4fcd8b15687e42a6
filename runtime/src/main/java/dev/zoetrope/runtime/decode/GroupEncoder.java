package dev.zoetrope.runtime.decode;

import java.lang.foreign.MemorySegment;

/** Encodes the frame groups of one run in order and keeps the codec's caches between them. Not thread-safe. */
public interface GroupEncoder extends AutoCloseable {
    /** Forgets what came before: the next group is the first of a run. */
    void startRun();

    /**
     * Encodes one group.
     *
     * @param frames native float32 {@code [temporal, 3, height, width]} in -1..1; for a run's first group the single
     *     frame repeated
     * @param latent receives native float32 {@code [rows, columns, channels]}
     */
    void encode(MemorySegment frames, MemorySegment latent);

    @Override
    void close();
}
