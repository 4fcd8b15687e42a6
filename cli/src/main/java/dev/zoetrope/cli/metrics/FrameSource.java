package dev.zoetrope.cli.metrics;

import dev.zoetrope.runtime.frame.Frame;
import java.util.Optional;

/** Hands out the frames of one clip in order; {@code ClipReader::next} and {@link FrameStack#source()} are such. */
@FunctionalInterface
public interface FrameSource {
    /** The next frame, or nothing after the last one. Its pixels hold until the next call. */
    Optional<Frame> next();
}
