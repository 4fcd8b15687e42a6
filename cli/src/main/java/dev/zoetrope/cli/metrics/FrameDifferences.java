package dev.zoetrope.cli.metrics;

import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameSink;
import java.util.Arrays;
import java.util.Optional;

/**
 * Compares each frame with the one before. Holds the first and the latest frame and two numbers a pair, so memory does
 * not grow with the pixels of a long clip.
 */
public final class FrameDifferences implements FrameSink {
    private final double framesPerSecond;
    private Optional<Picture> first = Optional.empty();
    private Optional<Picture> latest = Optional.empty();
    private int pairs;
    private double[] differences = new double[64];
    private double[] changedShares = new double[64];

    public FrameDifferences(double framesPerSecond) {
        this.framesPerSecond = framesPerSecond;
    }

    @Override
    public void accept(Frame frame) {
        Picture picture = Picture.of(frame);
        if (latest.isPresent()) {
            picture.requireSameSize(latest.get(), "frame " + pairs);
            if (pairs == differences.length) {
                differences = Arrays.copyOf(differences, 2 * pairs);
                changedShares = Arrays.copyOf(changedShares, 2 * pairs);
            }
            differences[pairs] = meanDifference(latest.get(), picture);
            changedShares[pairs] = changedShare(latest.get(), picture);
            pairs++;
        } else {
            first = Optional.of(picture);
        }
        latest = Optional.of(picture);
    }

    /** What was found so far; nothing before the second frame. */
    public Optional<DifferenceSeries> series() {
        if (pairs == 0) {
            return Optional.empty();
        }
        return Optional.of(new DifferenceSeries(
                framesPerSecond,
                Arrays.copyOf(differences, pairs),
                Arrays.copyOf(changedShares, pairs),
                meanDifference(latest.orElseThrow(), first.orElseThrow())));
    }

    /** The mean over all samples of the absolute difference, in grey levels. */
    static double meanDifference(Picture left, Picture right) {
        long sum = 0;
        for (int i = 0; i < left.samples(); i++) {
            sum += Math.abs(left.sample(i) - right.sample(i));
        }
        return (double) sum / left.samples();
    }

    /** How many of all pixels differ visibly. */
    private static double changedShare(Picture left, Picture right) {
        int changed = 0;
        for (int i = 0; i < left.samples(); i += Frame.PIXEL_BYTES) {
            int largest = Math.max(
                    Math.abs(left.sample(i) - right.sample(i)),
                    Math.max(
                            Math.abs(left.sample(i + 1) - right.sample(i + 1)),
                            Math.abs(left.sample(i + 2) - right.sample(i + 2))));
            if (largest > DifferenceSeries.CHANGED_LEVELS) {
                changed++;
            }
        }
        return (double) changed / left.pixels();
    }

    @Override
    public void close() {
        first = Optional.empty();
        latest = Optional.empty();
    }
}
