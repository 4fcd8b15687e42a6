package dev.zoetrope.runtime.timeline;

import java.util.List;

/**
 * The latents of a clip, all of one size, as runs end to end. In memory they are {@code [latents, rows, columns,
 * channels]}; the number of a latent in that order is its <em>slot</em>.
 *
 * @param rows latent cells from top to bottom
 * @param columns latent cells from left to right
 * @param temporal frames of every latent of a run but its first
 * @param fps frames a second
 * @param runs in the order in which they are shown
 */
public record ReelLayout(int rows, int columns, int temporal, double fps, List<RunSpan> runs) {
    public ReelLayout {
        runs = List.copyOf(runs);
        if (rows < 1 || columns < 1 || temporal < 1 || !(fps > 0) || runs.isEmpty()) {
            throw new IllegalArgumentException("reel: expected cells, frames in a latent, a frame rate and runs, found "
                    + rows + " rows, " + columns + " columns, " + temporal + " frames in a latent, " + fps
                    + " frames a second, " + runs.size() + " runs");
        }
        for (RunSpan run : runs) {
            if (run.meets() && (run.frames() == 0 || run.latents() == 1 || run.hiddenFrames(temporal) != 1)) {
                throw new IllegalArgumentException(
                        "run: expected to show all frames of its last latent but the one in which it meets the next run, found "
                                + run);
            }
            if (run.firstFrame() + run.frames() > run.codedFrames(temporal)) {
                throw new IllegalArgumentException(
                        "run: expected to show at most its " + run.codedFrames(temporal) + " frames, found " + run);
            }
        }
    }

    /** Latents of all runs. */
    public int latents() {
        return runs.stream().mapToInt(RunSpan::latents).sum();
    }

    /** Frames that are shown. */
    public int frames() {
        return runs.stream().mapToInt(RunSpan::frames).sum();
    }

    /** Tokens of one latent. */
    public int cells() {
        return Math.multiplyExact(rows, columns);
    }
}
