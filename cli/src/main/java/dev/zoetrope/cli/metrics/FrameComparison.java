package dev.zoetrope.cli.metrics;

import java.util.Optional;

/** Compares pictures that should be the same, pair by pair; holds sums alone. */
final class FrameComparison {
    private static final double PEAK_LEVELS = 255;

    private final String what;
    private double squares;
    private long samples;
    private long frames;
    private int largest;
    private double worstDb = Double.POSITIVE_INFINITY;
    private long worstFrame;

    /**
     * Begins without any pair.
     *
     * @param what what the second pictures are, for the refusal of another size
     */
    FrameComparison(String what) {
        this.what = what;
    }

    /** Compares all pixels. */
    void add(long frame, Picture mine, Picture theirs) {
        add(frame, mine, theirs, Optional.empty());
    }

    /** Compares the pixels that {@code kept} names, or all. */
    void add(long frame, Picture mine, Picture theirs, Optional<boolean[]> kept) {
        mine.requireSameSize(theirs, what);
        long sum = 0;
        long count = 0;
        for (int i = 0; i < mine.samples(); i++) {
            if (kept.isPresent() && !kept.get()[i / 3]) {
                continue;
            }
            int difference = Math.abs(mine.sample(i) - theirs.sample(i));
            sum += (long) difference * difference;
            largest = Math.max(largest, difference);
            count++;
        }
        double db = decibels((double) sum, count);
        if (db < worstDb || frames == 0) {
            worstDb = db;
            worstFrame = frame;
        }
        squares += sum;
        samples += count;
        frames++;
    }

    /** What was found; nothing if no pair came. */
    Optional<Fidelity> result() {
        return frames == 0
                ? Optional.empty()
                : Optional.of(new Fidelity(frames, decibels(squares, samples), worstDb, worstFrame, largest));
    }

    private static double decibels(double squares, long samples) {
        return 10 * Math.log10(PEAK_LEVELS * PEAK_LEVELS * samples / squares);
    }
}
