package dev.zoetrope.runtime.pipeline;

import dev.zoetrope.runtime.sample.GuidanceScale;
import dev.zoetrope.runtime.sample.StepSavings;
import dev.zoetrope.runtime.schedule.SigmaSchedule;

/**
 * How the latents of a window are sampled.
 *
 * @param sigmas noise levels
 * @param guidance classifier-free guidance scale
 * @param savings what of the steps may be left out
 */
public record Sampling(SigmaSchedule sigmas, GuidanceScale guidance, StepSavings savings) {
    /** With every step whole. */
    public Sampling(SigmaSchedule sigmas, double guidance) {
        this(sigmas, GuidanceScale.of(guidance), StepSavings.NONE);
    }

    /** Segments that a window takes in the packed sequence, at most. */
    public int segments() {
        return guidance.isOff() ? 1 : 2;
    }

    /** Segments of a window in all steps together, where no answer is used again. */
    public int segmentSteps() {
        int steps = sigmas.steps();
        int all = steps;
        for (int step = 0; step < steps; step++) {
            if (guidance.at(sigmas.timestep(step)) != 1 && savings.guides(step, steps)) {
                all++;
            }
        }
        return all;
    }

    /** The same from a noise level on: a schedule that begins lower is shorter. */
    Sampling startingAt(double strength) {
        return strength == 1 ? this : new Sampling(sigmas.startingAt(strength), guidance, savings);
    }
}
