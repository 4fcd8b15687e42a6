package dev.zoetrope.runtime.pipeline;

import dev.zoetrope.runtime.encode.MeasuredClip;
import dev.zoetrope.runtime.timeline.RunSpan;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A picture or clip that a time line is given, and the runs of the codec that it becomes.
 *
 * @param clip the picture or clip
 * @param fps at which its frames are taken
 * @param latents its latents, where they are at hand and fit
 * @param warning what the user should know about it, in one line
 * @param runs what it becomes; from a file of pixels every run shows all of its frames
 */
public record Footage(
        MeasuredClip clip, double fps, Optional<Path> latents, Optional<String> warning, List<RunSpan> runs) {
    public Footage {
        runs = List.copyOf(runs);
    }

    /** A clip without anything to say about it. */
    public static Footage of(MeasuredClip clip, double fps, Optional<Path> latents, List<RunSpan> runs) {
        return new Footage(clip, fps, latents, Optional.empty(), runs);
    }

    public Path file() {
        return clip.file();
    }

    public int frames() {
        return runs.stream().mapToInt(RunSpan::frames).sum();
    }
}
