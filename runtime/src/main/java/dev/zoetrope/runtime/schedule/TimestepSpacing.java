package dev.zoetrope.runtime.schedule;

import java.util.stream.IntStream;

/**
 * Which of a schedule's timesteps a sampler visits, from most noise down. S. Lin et al., "Common diffusion noise
 * schedules and sample steps are flawed" (arXiv:2305.08891), table 2; checked against diffusers 0.42.1.
 */
public enum TimestepSpacing {
    /** Evenly from the last timestep to the first. */
    LINSPACE,
    /** Whole strides up from the first timestep: never reaches the last one. */
    LEADING,
    /** Strides down from the last timestep. */
    TRAILING;

    /** The timesteps of DDIM and DDPM. */
    public int[] timesteps(int steps, int trainingSteps, int offset) {
        check(steps, trainingSteps);
        return switch (this) {
            case LINSPACE -> evenly(steps, steps - 1, trainingSteps);
            case LEADING -> strides(steps, trainingSteps / steps, steps - 1, offset);
            case TRAILING -> fromLast(steps, trainingSteps);
        };
    }

    /**
     * The timesteps of multistep samplers, which leave out the end of one more: their last step goes to the clean
     * end.
     */
    public int[] multistepTimesteps(int steps, int trainingSteps, int offset) {
        check(steps, trainingSteps);
        return switch (this) {
            case LINSPACE -> evenly(steps, steps, trainingSteps);
            case LEADING -> strides(steps, trainingSteps / (steps + 1), steps, offset);
            case TRAILING -> fromLast(steps, trainingSteps);
        };
    }

    private static int[] evenly(int steps, int intervals, int trainingSteps) {
        return IntStream.range(0, steps)
                .map(i -> intervals == 0 ? 0 : (int) Math.rint((trainingSteps - 1.0) * (intervals - i) / intervals))
                .toArray();
    }

    private static int[] strides(int steps, int stride, int highest, int offset) {
        return IntStream.range(0, steps)
                .map(i -> (highest - i) * stride + offset)
                .toArray();
    }

    private static int[] fromLast(int steps, int trainingSteps) {
        return IntStream.range(0, steps)
                .map(i -> (int) Math.rint(trainingSteps - i * ((double) trainingSteps / steps)) - 1)
                .toArray();
    }

    private static void check(int steps, int trainingSteps) {
        if (steps < 1 || steps > trainingSteps) {
            throw new IllegalArgumentException(
                    "steps: expected 1 to the " + trainingSteps + " of training, found " + steps);
        }
    }
}
