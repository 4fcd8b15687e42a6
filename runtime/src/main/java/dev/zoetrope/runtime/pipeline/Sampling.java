package dev.zoetrope.runtime.pipeline;

import dev.zoetrope.runtime.schedule.SigmaSchedule;

/**
 * How the latents of a window are sampled.
 *
 * @param sigmas noise levels
 * @param guidance classifier-free guidance scale; 1 = off
 */
public record Sampling(SigmaSchedule sigmas, double guidance) {
    /** Segments that a window takes in the packed sequence. */
    public int segments() {
        return guidance == 1 ? 1 : 2;
    }

    /** The same from a noise level on: a schedule that begins lower is shorter. */
    Sampling startingAt(double strength) {
        return strength == 1 ? this : new Sampling(sigmas.startingAt(strength), guidance);
    }
}
