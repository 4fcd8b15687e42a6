package dev.zoetrope.runtime.schedule;

import dev.zoetrope.runtime.error.RequestException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Noise levels of flow matching, z = (1 - sigma) x + sigma e: at most 1 (pure noise), strictly falling to 0 (clean).
 * With n steps there are n + 1 of them. Rounded to f32, which is what the model is told and what the sampler steps
 * over.
 */
public final class SigmaSchedule {
    /**
     * Training levels of a discrete-time flow model; diffusers' schedules end near 1 / {@value} before the last step
     * to 0.
     */
    private static final int TRAINING_LEVELS = 1000;

    /** What a multistep solver begins at instead of 1, whose signal-to-noise ratio has no logarithm. */
    private static final double GREATEST_MULTISTEP = 1 - 1e-6;

    private final double[] exact;
    private final float[] sigmas;
    private final boolean wholeTimesteps;

    private SigmaSchedule(double[] exact, boolean wholeTimesteps) {
        this.exact = exact;
        this.wholeTimesteps = wholeTimesteps;
        this.sigmas = new float[exact.length];
        for (int i = 0; i < exact.length; i++) {
            this.sigmas[i] = (float) exact[i];
        }
        check(this.sigmas);
    }

    private SigmaSchedule(double[] exact) {
        this(exact, false);
    }

    private static void check(float[] sigmas) {
        if (sigmas.length < 2) {
            throw new RequestException("sigmas: expected at least 2 (one step), found " + Arrays.toString(sigmas));
        }
        if (!(sigmas[0] <= 1)) {
            throw new RequestException("first sigma: expected at most 1 (pure noise), found " + sigmas[0]);
        }
        for (int i = 1; i < sigmas.length; i++) {
            if (!(sigmas[i] < sigmas[i - 1])) {
                throw new RequestException("sigma " + i + ": expected less than the one before it, " + sigmas[i - 1]
                        + ", found " + sigmas[i] + "; sigmas fall strictly to 0");
            }
        }
        if (sigmas[sigmas.length - 1] != 0) {
            throw new RequestException("last sigma: expected 0 (clean), found " + sigmas[sigmas.length - 1]);
        }
    }

    /** A list of one's own, from at most 1 strictly falling to 0. */
    public static SigmaSchedule of(double... sigmas) {
        return new SigmaSchedule(sigmas.clone());
    }

    /** A list of one's own, from at most 1 strictly falling to 0. */
    public static SigmaSchedule of(List<Double> sigmas) {
        return new SigmaSchedule(
                sigmas.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /**
     * A list of one's own for a multistep solver of diffusers (UniPC, DPM-Solver++): as {@link #of}, a first level of 1
     * kept 1e-6 below it, and whole timesteps.
     */
    public static SigmaSchedule ofMultistep(List<Double> sigmas) {
        return new SigmaSchedule(
                sigmas.stream()
                        .mapToDouble(sigma -> sigma == 1 ? GREATEST_MULTISTEP : sigma)
                        .toArray(),
                true);
    }

    /** Evenly spaced from 1 to 0. */
    public static SigmaSchedule linear(int steps) {
        checkSteps(steps);
        return new SigmaSchedule(IntStream.rangeClosed(0, steps)
                .mapToDouble(i -> (double) (steps - i) / steps)
                .toArray());
    }

    /**
     * The schedule of diffusers' {@code FlowMatchEulerDiscreteScheduler} (0.42.1, {@code set_timesteps}): evenly spaced
     * between the ends of its shifted training levels, then shifted again, then 0.
     */
    public static SigmaSchedule flowMatchEuler(int steps, double shift) {
        checkSteps(steps);
        checkShift(shift);
        // The scheduler keeps its training levels, so their ends too, in f32.
        double lowest = (float) shift(1.0 / TRAINING_LEVELS, shift);
        return fromLevels(spaced(1, lowest, steps, steps - 1), sigma -> shift(sigma, shift));
    }

    /**
     * The same with a shift that depends on the size of the clip, sigma = e^mu / (e^mu + 1 / sigma - 1): diffusers'
     * {@code use_dynamic_shifting} with {@code time_shift_type} "exponential", where the caller passes evenly spaced
     * sigmas from 1 to 1/steps, as its FLUX and LTX pipelines do. {@link #dynamicMu} gives mu.
     */
    public static SigmaSchedule dynamicShift(int steps, double mu) {
        checkSteps(steps);
        checkShift(Math.exp(mu));
        return fromLevels(spaced(1, 1.0 / steps, steps, steps - 1), sigma -> shift(sigma, Math.exp(mu)));
    }

    /**
     * The schedule of diffusers' {@code UniPCMultistepScheduler} with {@code use_flow_sigmas} (0.42.1), as Wan uses it:
     * evenly spaced from 1 to 1/1000 without the end, shifted, the first kept 1e-6 below 1, then 0.
     */
    public static SigmaSchedule uniPcFlow(int steps, double shift) {
        checkSteps(steps);
        checkShift(shift);
        double[] levels = spaced(1, 1.0 / TRAINING_LEVELS, steps, steps);
        return fromLevels(levels, sigma -> Math.min(shift(sigma, shift), GREATEST_MULTISTEP))
                .withWholeTimesteps();
    }

    /**
     * The schedule of diffusers' {@code DPMSolverMultistepScheduler} with {@code use_flow_sigmas} (0.42.1): evenly
     * spaced from 1 - 1/1000 to 0 without the end, shifted, then 0.
     */
    public static SigmaSchedule dpmSolverFlow(int steps, double shift) {
        checkSteps(steps);
        checkShift(shift);
        return fromLevels(spaced(1 - 1.0 / TRAINING_LEVELS, 0, steps, steps), sigma -> shift(sigma, shift))
                .withWholeTimesteps();
    }

    /**
     * Levels dense near 0: (max^(1/rho) + t (min^(1/rho) - max^(1/rho)))^rho with rho = 7, then 0. T. Karras et al.,
     * "Elucidating the design space of diffusion-based generative models" (arXiv:2206.00364), equation 5, applied to
     * flow sigmas as {@code FlowMatchEulerDiscreteScheduler._convert_to_karras} does.
     *
     * @param highest the first sigma, at most 1
     * @param lowest the last but 0
     */
    public static SigmaSchedule karras(int steps, double highest, double lowest) {
        checkSteps(steps);
        checkEnds(highest, lowest);
        double rho = 7;
        double first = Math.pow(highest, 1 / rho);
        double last = Math.pow(lowest, 1 / rho);
        return fromLevels(spaced(first, last, steps, steps - 1), root -> Math.pow(root, rho));
    }

    /** Levels evenly spaced in their logarithm, then 0; {@code _convert_to_exponential} of diffusers 0.42.1. */
    public static SigmaSchedule exponential(int steps, double highest, double lowest) {
        checkSteps(steps);
        checkEnds(highest, lowest);
        return fromLevels(spaced(Math.log(highest), Math.log(lowest), steps, steps - 1), Math::exp);
    }

    /**
     * mu for {@link #dynamicShift}: linear in the number of tokens, {@code baseShift} at {@code baseTokens} and {@code
     * maxShift} at {@code maxTokens}; {@code calculate_shift} of diffusers' FLUX pipeline.
     */
    public static double dynamicMu(int tokens, int baseTokens, int maxTokens, double baseShift, double maxShift) {
        double slope = (maxShift - baseShift) / (maxTokens - baseTokens);
        return tokens * slope + baseShift - slope * baseTokens;
    }

    /**
     * Every level moved towards noise: sigma = s sigma / (1 + (s - 1) sigma). P. Esser et al., "Scaling rectified flow
     * transformers" (arXiv:2403.03206), equation 23.
     */
    public SigmaSchedule shifted(double shift) {
        checkShift(shift);
        return new SigmaSchedule(IntStream.range(0, sigmas.length)
                .mapToDouble(i -> shift(sigmas[i], shift))
                .toArray());
    }

    /**
     * The part of the schedule below a level, begun at that level: how strongly a given clip is changed is the sigma
     * that the sampler starts from.
     *
     * @param first more than 0 and at most 1
     */
    public SigmaSchedule startingAt(double first) {
        if (!(first > 0 && first <= 1)) {
            throw new RequestException("first sigma: expected more than 0 and at most 1, found " + first);
        }
        double[] below = IntStream.range(0, sigmas.length)
                .filter(i -> (float) first > sigmas[i])
                .mapToDouble(i -> exact[i])
                .toArray();
        double[] begun = new double[below.length + 1];
        begun[0] = first;
        System.arraycopy(below, 0, begun, 1, below.length);
        return new SigmaSchedule(begun, wholeTimesteps);
    }

    /** The same levels, told to a network as whole numbers: see {@link #timestep}. */
    private SigmaSchedule withWholeTimesteps() {
        return new SigmaSchedule(exact, true);
    }

    /** Sampler steps: one less than there are levels. */
    public int steps() {
        return sigmas.length - 1;
    }

    /**
     * The level before a step; {@code sigma(steps())} is 0.
     *
     * @param index 0 to {@link #steps}
     */
    public float sigma(int index) {
        return sigmas[index];
    }

    /**
     * The level before a step as networks that count training levels are told it: 1000 sigma. Diffusers' multistep
     * solvers cut it to a whole number, of the level before it is rounded to f32, and networks were trained with that.
     *
     * @param index 0 to {@link #steps}
     */
    public float timestep(int index) {
        return wholeTimesteps ? (long) (exact[index] * TRAINING_LEVELS) : timestepOf(sigmas[index]);
    }

    /** A noise level that is not one of a schedule's, in training levels. */
    public static float timestepOf(float sigma) {
        return sigma * TRAINING_LEVELS;
    }

    /** Every level, a copy. */
    public float[] toArray() {
        return sigmas.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SigmaSchedule that
                && wholeTimesteps == that.wholeTimesteps
                && Arrays.equals(exact, that.exact);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(exact) + Boolean.hashCode(wholeTimesteps);
    }

    @Override
    public String toString() {
        return Arrays.toString(sigmas);
    }

    private interface Level {
        double sigma(double evenly);
    }

    /**
     * {@code count} numbers from first towards last, {@code intervals} of which would reach it, rounded as {@code
     * numpy.linspace} rounds: what is cut to whole timesteps must not differ in its last bit.
     */
    private static double[] spaced(double first, double last, int count, int intervals) {
        return IntStream.range(0, count)
                .mapToDouble(i -> intervals == 0 ? first : first + i * ((last - first) / intervals))
                .toArray();
    }

    private static SigmaSchedule fromLevels(double[] evenly, Level level) {
        double[] sigmas = new double[evenly.length + 1];
        for (int i = 0; i < evenly.length; i++) {
            sigmas[i] = level.sigma(evenly[i]);
        }
        return new SigmaSchedule(sigmas);
    }

    private static double shift(double sigma, double shift) {
        return shift * sigma / (1 + (shift - 1) * sigma);
    }

    private static void checkSteps(int steps) {
        if (steps < 1) {
            throw new RequestException("steps: expected at least 1, found " + steps);
        }
    }

    private static void checkShift(double shift) {
        if (!(shift > 0) || Double.isInfinite(shift)) {
            throw new RequestException("shift: expected more than 0, found " + shift);
        }
    }

    private static void checkEnds(double highest, double lowest) {
        if (!(lowest > 0 && lowest < highest && highest <= 1)) {
            throw new RequestException("ends of the sigmas: expected 0 < lowest < highest <= 1, found lowest " + lowest
                    + ", highest " + highest);
        }
    }
}
