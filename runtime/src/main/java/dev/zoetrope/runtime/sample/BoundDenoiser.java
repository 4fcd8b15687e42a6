package dev.zoetrope.runtime.sample;

import java.util.Map;

/** A network bound to the buffers of one packed sequence. Used by one thread at a time. */
public interface BoundDenoiser extends AutoCloseable {
    /** Reads latents and noise levels where they lie and writes the velocity of every prediction. */
    void run();

    /** Time of the last run that passed inside the native library, waiting for a device included; 0 where there is none. */
    default long nativeNanos() {
        return 0;
    }

    /** The address that each named input and output is bound to, for those who have to prove that nothing is copied. */
    default Map<String, Long> boundAddresses() {
        return Map.of();
    }

    @Override
    void close();
}
