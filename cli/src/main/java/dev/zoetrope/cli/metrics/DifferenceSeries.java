package dev.zoetrope.cli.metrics;

import dev.zoetrope.runtime.error.RequestException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * How much each frame of a clip differs from the one before, and what follows from that: flicker, motion, jumps, seams,
 * closure of a loop. Differences are means of absolute differences over all samples, in grey levels (0 to 255).
 */
public final class DifferenceSeries {
    /** A pixel has changed when one of its three samples differs by more: codecs and dither stay below. */
    public static final int CHANGED_LEVELS = 8;

    /** Two frames show motion when at least this share of the pixels has changed: 4 of 64x64. */
    public static final double MOVING_SHARE = 0.001;

    /** A clip is still when fewer of its pairs of frames show motion. */
    public static final double STILL_SHARE = 0.1;

    /** A difference beyond this multiple of the median is a jump. */
    public static final double JUMP_RATIO = 1.5;

    private final double framesPerSecond;
    private final double[] differences;
    private final double[] changedShares;
    private final double lastToFirst;

    /**
     * How much the picture changes all over.
     *
     * @param score VBench's temporal flickering, {@code (255 - mean) / 255}: 1 for a still picture
     * @param meanLevels mean difference between two frames that follow each other
     */
    public record Flicker(double score, double meanLevels) {}

    /**
     * Whether anything moves: a still picture has the best flicker score.
     *
     * @param movingShare share of the pairs of frames that show motion
     * @param still whether so few do that the clip must not count as a moving one
     */
    public record Motion(double movingShare, boolean still) {}

    /**
     * Frames that differ from the one before more than is usual in their clip.
     *
     * @param medianLevels the median difference
     * @param largestRatio the largest difference over the median
     * @param largestAtFrame the later of the two frames that differ most
     * @param jumpFrames frames whose difference from the one before is beyond {@link #JUMP_RATIO} times the median
     */
    public record Jumps(double medianLevels, double largestRatio, int largestAtFrame, List<Integer> jumpFrames) {
        public Jumps {
            jumpFrames = List.copyOf(jumpFrames);
        }
    }

    /**
     * How well the end leads back to the beginning.
     *
     * @param levels difference between the last frame and the first
     * @param ratio that over the median difference: near 1 for a loop
     */
    public record Closure(double levels, double ratio) {}

    /**
     * One join of two parts.
     *
     * @param frame first frame after the join
     * @param levels difference across the join
     * @param insideLevels median difference within a second of it, joins left out
     * @param ratio the first over the second: 1 where the join cannot be told
     */
    public record Seam(int frame, double levels, double insideLevels, double ratio) {}

    /** Every join, with the median and the largest of their ratios. */
    public record Seams(List<Seam> joins, double medianRatio, double largestRatio) {
        public Seams {
            joins = List.copyOf(joins);
        }
    }

    DifferenceSeries(double framesPerSecond, double[] differences, double[] changedShares, double lastToFirst) {
        this.framesPerSecond = framesPerSecond;
        this.differences = differences;
        this.changedShares = changedShares;
        this.lastToFirst = lastToFirst;
    }

    /** Frames of the clip. */
    public int frames() {
        return differences.length + 1;
    }

    /** How much a frame differs from the one before it, in grey levels; {@code frame} from 1. */
    public double levelsAt(int frame) {
        return differences[frame - 1];
    }

    public Flicker flicker() {
        double mean = Arrays.stream(differences).average().orElseThrow();
        return new Flicker((255 - mean) / 255, mean);
    }

    public Motion motion() {
        long moving = Arrays.stream(changedShares)
                .filter(share -> share >= MOVING_SHARE)
                .count();
        double share = (double) moving / changedShares.length;
        return new Motion(share, share < STILL_SHARE);
    }

    public Jumps jumps() {
        double median = Statistics.median(differences);
        int largest = 0;
        for (int i = 1; i < differences.length; i++) {
            if (differences[i] > differences[largest]) {
                largest = i;
            }
        }
        List<Integer> jumps = IntStream.range(0, differences.length)
                .filter(i -> Statistics.ratio(differences[i], median) > JUMP_RATIO)
                .mapToObj(i -> i + 1)
                .toList();
        return new Jumps(median, Statistics.ratio(differences[largest], median), largest + 1, jumps);
    }

    public Closure closure() {
        return new Closure(lastToFirst, Statistics.ratio(lastToFirst, Statistics.median(differences)));
    }

    /**
     * Looks at joins.
     *
     * @param joins for each, the first frame after it; not empty
     */
    public Seams seams(List<Integer> joins) {
        Set<Integer> distinct = new TreeSet<>(joins);
        for (int join : distinct) {
            if (join < 1 || join >= frames()) {
                throw new RequestException("joins: expected the first frame after each join, 1 to " + (frames() - 1)
                        + " for a clip of " + frames() + " frames, found " + join);
            }
        }
        List<Seam> seams = distinct.stream().map(join -> seam(join, distinct)).toList();
        double[] ratios = seams.stream().mapToDouble(Seam::ratio).toArray();
        return new Seams(
                seams, Statistics.median(ratios), Arrays.stream(ratios).max().orElseThrow());
    }

    private Seam seam(int join, Set<Integer> joins) {
        int window = Math.max(1, (int) Math.round(framesPerSecond));
        double[] inside = insideOf(Math.max(1, join - window), Math.min(frames() - 1, join + window), joins);
        if (inside.length == 0) {
            inside = insideOf(1, frames() - 1, joins);
        }
        if (inside.length == 0) {
            throw new RequestException(
                    "joins: expected frames between them to compare with, found a join at every frame");
        }
        double usual = Statistics.median(inside);
        double levels = levelsAt(join);
        return new Seam(join, levels, usual, Statistics.ratio(levels, usual));
    }

    /** The differences of frames from one to another, both included, without those at joins. */
    private double[] insideOf(int fromFrame, int toFrame, Set<Integer> joins) {
        return IntStream.rangeClosed(fromFrame, toFrame)
                .filter(frame -> !joins.contains(frame))
                .mapToDouble(this::levelsAt)
                .toArray();
    }
}
