package dev.zoetrope.runtime.sample;

/**
 * Where a loop's time went. Listeners are not in it.
 *
 * @param steps steps made by this loop
 * @param runNanos in the network
 * @param restNanos in everything else that happens in every step: noise levels, guidance, checks, samplers
 * @param packNanos packing and binding, when a layout begins or a clip leaves
 */
public record StepTimes(int steps, long runNanos, long restNanos, long packNanos) {
    /** Both together. */
    public StepTimes plus(StepTimes other) {
        return new StepTimes(
                steps + other.steps,
                runNanos + other.runNanos,
                restNanos + other.restNanos,
                packNanos + other.packNanos);
    }

    /** Share of a step that is not the network, 0 to 1. */
    public double overhead() {
        return runNanos + restNanos == 0 ? 0 : (double) restNanos / (runNanos + restNanos);
    }
}
