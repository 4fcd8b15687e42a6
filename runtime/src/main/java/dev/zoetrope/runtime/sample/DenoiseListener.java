package dev.zoetrope.runtime.sample;

/** Watches a denoise loop between its steps, on the loop's thread. What it does is not counted as loop time. */
public interface DenoiseListener {
    /** Watches nothing and never cancels. */
    DenoiseListener NONE = new DenoiseListener() {};

    /** Asked before every step: whether {@link #estimated} is wanted after it, which takes a pass over one latent. */
    default boolean wantsEstimate() {
        return false;
    }

    /**
     * What the network took the clean clip for at the step that is done: the middle one of the latents that are made, of the
     * first clip that is not done. Called before {@link #step}, where it was asked for.
     *
     * @param latent {@code [rows, columns, channels]}; the listener's
     */
    default void estimated(float[] latent) {}

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
