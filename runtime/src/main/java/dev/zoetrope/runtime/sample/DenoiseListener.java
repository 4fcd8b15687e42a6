package dev.zoetrope.runtime.sample;

/** Watches a denoise loop between its steps, on the loop's thread. What it does is not counted as loop time. */
public interface DenoiseListener {
    /** Watches nothing and never cancels. */
    DenoiseListener NONE = new DenoiseListener() {};

    /**
     * A step is done; the loop's state may be written now.
     *
     * @param step steps done, from 1
     * @param steps steps in all
     * @param elapsedNanos time that this loop has spent in steps so far; where a scheduler makes them, time since it came,
     *     for others have their steps between
     */
    default void step(int step, int steps, long elapsedNanos) {}

    /** Asked before every step; true ends the loop with a RenderCancelledException. */
    default boolean cancelled() {
        return false;
    }
}
