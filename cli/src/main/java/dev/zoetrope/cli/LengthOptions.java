package dev.zoetrope.cli;

import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.error.RequestException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say how long a clip is, for commands where that does not follow from what they are given. */
final class LengthOptions {
    @Option(
            names = {"-t", "--seconds"},
            paramLabel = "LENGTH",
            description = "Length of the clip, such as 3, 2.5s or 1m30s, rounded to whole frames.")
    private @Nullable String seconds;

    @Option(names = "--frames", paramLabel = "N", description = "Length of the clip in frames, instead of --seconds.")
    private @Nullable Integer frames;

    boolean isEmpty() {
        return seconds == null && frames == null;
    }

    /** What was given, in one line that is equal for equal options. */
    String describe() {
        StringBuilder text = new StringBuilder();
        LookOptions.append(text, "seconds", seconds);
        LookOptions.append(text, "frames", frames);
        return text.toString();
    }

    RenderRequest applyTo(RenderRequest request) {
        if (seconds != null && frames != null) {
            throw new RequestException("--seconds and --frames: expected one of them, found both");
        }
        RenderRequest result = request;
        if (seconds != null) {
            result = result.withSeconds(LengthText.seconds("--seconds", seconds));
        }
        return frames == null ? result : result.withFrames(frames);
    }
}
