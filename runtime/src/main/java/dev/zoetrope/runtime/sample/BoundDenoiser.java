package dev.zoetrope.runtime.sample;

/** A network bound to the buffers of one packed sequence. Used by one thread at a time. */
public interface BoundDenoiser extends AutoCloseable {
    /** Reads latents and noise levels where they lie and writes the velocity of every prediction. */
    void run();

    @Override
    void close();
}
