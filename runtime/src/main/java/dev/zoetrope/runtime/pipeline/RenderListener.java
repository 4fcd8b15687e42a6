package dev.zoetrope.runtime.pipeline;

import java.time.Duration;

/**
 * Watches a render and may stop it. Called on the engine's thread: return quickly, and do not call the engine from here.
 */
public interface RenderListener {
    /** Watches nothing and never cancels. */
    RenderListener NONE = new RenderListener() {};

    /** A stage begins. */
    default void stage(Stage stage) {}

    /**
     * A sampler step is done.
     *
     * @param step steps done, from 1
     * @param steps steps in all
     * @param remaining estimate of the time the other steps take, from the mean of the steps so far
     */
    default void step(int step, int steps, Duration remaining) {}

    /**
     * A frame was handed to the encoder.
     *
     * @param frame frames done, from 1
     * @param frames frames in all
     */
    default void frame(int frame, int frames) {}

    /** Something the user should know that does not stop the render, in one line. */
    default void warning(String message) {}

    /** Asked between steps and between frames; {@code true} ends the render with a RenderCancelledException. */
    default boolean cancelled() {
        return false;
    }
}
