package dev.zoetrope.cli.metrics;

import java.util.Arrays;

/** Middle values and ratios, as every measure here takes them. */
final class Statistics {
    /**
     * The smallest denominator of a ratio, in grey levels. A clip in which nothing moves has a median difference of 0,
     * and what no display can show would be divided by it.
     */
    static final double LEAST_DIFFERENCE_LEVELS = 0.01;

    private Statistics() {}

    /** The middle value; the mean of the two middle ones of an even number. */
    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** A difference over another, which is taken as at least {@link #LEAST_DIFFERENCE_LEVELS}. */
    static double ratio(double difference, double usual) {
        return difference / Math.max(usual, LEAST_DIFFERENCE_LEVELS);
    }
}
