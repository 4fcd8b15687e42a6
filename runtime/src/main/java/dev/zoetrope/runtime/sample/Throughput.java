package dev.zoetrope.runtime.sample;

import java.util.OptionalDouble;

/**
 * How much is done in a second, of late: what was done {@value #HALF_LIFE_SECONDS} busy seconds ago counts half, so that a
 * machine that others begin to use is soon known to be slower. Thread-safe.
 */
public final class Throughput {
    private static final double HALF_LIFE_SECONDS = 20;

    private double amount;
    private double seconds;

    /** Something was done in a time. */
    public synchronized void add(double done, long nanos) {
        double took = nanos / 1e9;
        double kept = Math.pow(0.5, took / HALF_LIFE_SECONDS);
        amount = amount * kept + done;
        seconds = seconds * kept + took;
    }

    /** Amount a second; empty before anything was done. */
    public synchronized OptionalDouble perSecond() {
        return seconds > 0 && amount > 0 ? OptionalDouble.of(amount / seconds) : OptionalDouble.empty();
    }
}
