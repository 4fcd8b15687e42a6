package dev.zoetrope.runtime.pipeline;

import dev.zoetrope.runtime.text.UnknownWord;
import java.time.Duration;
import java.util.List;

/**
 * Watches a render and may stop it. Called on the engine's threads, one after the other, steps on the one that makes the steps of every
 * render: return quickly, and do not call the engine from here.
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

    /** Asked before every step: whether {@link #preview} is wanted of it. The pixels of the clip do not depend on it. */
    default boolean wantsPreview() {
        return false;
    }

    /**
     * What the clip looks like so far, where that was asked for; before the {@link #step} it belongs to. The picture is made
     * when it is asked for, and may be on another thread.
     */
    default void preview(RenderPreview preview) {}

    /**
     * A frame was handed to the encoder.
     *
     * @param frame frames done, from 1
     * @param frames frames in all
     */
    default void frame(int frame, int frames) {}

    /** Something the user should know that does not stop the render, in one line. */
    default void warning(String message) {}

    /**
     * The prompt has words that the model was not trained on. Said once, before the first step, and not at all when there is
     * none; the render goes on as it would have without it.
     */
    default void unknownWords(List<UnknownWord> words) {}

    /** Asked between steps and between frames; {@code true} ends the render with a RenderCancelledException. */
    default boolean cancelled() {
        return false;
    }
}
