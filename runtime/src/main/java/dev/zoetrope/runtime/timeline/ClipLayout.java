package dev.zoetrope.runtime.timeline;

import java.util.ArrayList;
import java.util.List;

/**
 * The latents of one clip, all of one size. In memory they are {@code [groups, rows, columns, channels]}.
 *
 * @param rows latent cells from top to bottom
 * @param columns latent cells from left to right
 * @param groups the latents in the order in which they lie in memory
 */
public record ClipLayout(int rows, int columns, List<LatentGroup> groups) {
    public ClipLayout {
        groups = List.copyOf(groups);
        if (rows < 1 || columns < 1 || groups.isEmpty()) {
            throw new IllegalArgumentException("clip layout: expected at least 1 row, 1 column and 1 latent, found "
                    + rows + " rows, " + columns + " columns, " + groups.size() + " latents");
        }
    }

    /**
     * A run of the causal codec: a latent of one frame, then latents of {@code temporal} frames each, all noisy.
     * Times are those of {@code clip_times} in {@code onnx-graphs/training/flipbook/packing.py}.
     */
    public static ClipLayout ofRun(int rows, int columns, int groups, double fps, int temporal) {
        if (groups < 1 || temporal < 1 || !(fps > 0) || Double.isInfinite(fps)) {
            throw new IllegalArgumentException("run of latents: expected at least 1 group of at least 1 frame and a"
                    + " positive frame rate, found " + groups + " groups of " + temporal + " frames at " + fps
                    + " frames a second");
        }
        List<LatentGroup> times = new ArrayList<>(groups);
        times.add(new LatentGroup(TokenRole.NOISY, 0.5 / fps, 1 / fps));
        for (int group = 1; group < groups; group++) {
            double centreFrames = 1.0 + (double) temporal * (group - 1) + temporal / 2.0;
            times.add(new LatentGroup(TokenRole.NOISY, centreFrames / fps, temporal / fps));
        }
        return new ClipLayout(rows, columns, times);
    }

    /** The same clip with one latent in another role. */
    public ClipLayout withRole(int group, TokenRole role) {
        List<LatentGroup> changed = new ArrayList<>(groups);
        changed.set(group, groups.get(group).as(role));
        return new ClipLayout(rows, columns, changed);
    }

    /** Tokens of one latent. */
    public int cells() {
        return Math.multiplyExact(rows, columns);
    }

    /** Tokens of all latents. */
    public int tokens() {
        return Math.multiplyExact(cells(), groups.size());
    }

    /** Whether the latents of another layout have the same shape in memory. */
    public boolean sameShape(ClipLayout other) {
        return rows == other.rows && columns == other.columns && groups.size() == other.groups.size();
    }

    /** The token ranges that a sampler changes, adjacent noisy latents joined. */
    public List<TokenRange> noisyRanges() {
        List<TokenRange> ranges = new ArrayList<>();
        int first = -1;
        for (int group = 0; group <= groups.size(); group++) {
            boolean noisy = group < groups.size() && groups.get(group).role() == TokenRole.NOISY;
            if (noisy && first < 0) {
                first = group;
            } else if (!noisy && first >= 0) {
                ranges.add(new TokenRange(first * cells(), (group - first) * cells()));
                first = -1;
            }
        }
        return List.copyOf(ranges);
    }
}
