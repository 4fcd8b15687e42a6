package dev.zoetrope.runtime;

import dev.zoetrope.runtime.pipeline.RenderListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How a render is run; nothing here changes its pixels.
 *
 * @param listener told of progress, asked for cancellation
 * @param checkpoint a file rewritten between steps; a killed render continues from it with
 *     {@link Zoetrope#resume(Path, RenderOptions)}; deleted when the clip was decoded or saved
 * @param checkpointInterval time from one writing to the next, and before the first: what a killed render may lose. Zero
 *     writes after each step, as far as the disk keeps up. A render that is cancelled keeps its last step in any case
 * @param priority its share of the steps while others render too
 */
public record RenderOptions(
        RenderListener listener, Optional<Path> checkpoint, Duration checkpointInterval, Priority priority) {
    public static final Duration USUAL_CHECKPOINT_INTERVAL = Duration.ofSeconds(1);

    public RenderOptions {
        if (checkpointInterval.isNegative()) {
            throw new IllegalArgumentException(
                    "checkpoint interval: expected zero or more, found " + checkpointInterval);
        }
    }

    public static RenderOptions defaults() {
        return new RenderOptions(RenderListener.NONE, Optional.empty(), USUAL_CHECKPOINT_INTERVAL, Priority.NORMAL);
    }

    public RenderOptions withListener(RenderListener value) {
        return new RenderOptions(value, checkpoint, checkpointInterval, priority);
    }

    public RenderOptions withCheckpoint(Path value) {
        return new RenderOptions(listener, Optional.of(value), checkpointInterval, priority);
    }

    public RenderOptions withCheckpointInterval(Duration value) {
        return new RenderOptions(listener, checkpoint, value, priority);
    }

    public RenderOptions withPriority(Priority value) {
        return new RenderOptions(listener, checkpoint, checkpointInterval, value);
    }
}
