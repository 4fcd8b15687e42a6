package dev.zoetrope.runtime;

import dev.zoetrope.runtime.pipeline.RenderListener;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How a render is run; nothing here changes its pixels.
 *
 * @param listener told of progress, asked for cancellation
 * @param checkpoint a file rewritten after every step; a killed render continues from it with
 *     {@link Zoetrope#resume(Path, RenderOptions)}; deleted when the clip was decoded or saved
 */
public record RenderOptions(RenderListener listener, Optional<Path> checkpoint) {
    public static RenderOptions defaults() {
        return new RenderOptions(RenderListener.NONE, Optional.empty());
    }

    public RenderOptions withListener(RenderListener value) {
        return new RenderOptions(value, checkpoint);
    }

    public RenderOptions withCheckpoint(Path value) {
        return new RenderOptions(listener, Optional.of(value));
    }
}
