package dev.zoetrope.runtime.schedule;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The noise schedule of discrete-time, variance preserving diffusion: how much of the signal is left at each timestep.
 * Computed and kept in f32 as PyTorch does: at the first timesteps the noise is 1 minus a number near 1, so another
 * rounding would be another schedule. Checked against diffusers 0.42.1.
 */
public final class DiscreteSchedule {
    /** How much noise each timestep adds. */
    public enum Betas {
        /** Evenly rising: J. Ho et al. (arXiv:2006.11239) §4. */
        LINEAR,
        /** Evenly rising square roots: latent diffusion. */
        SCALED_LINEAR,
        /** From a squared cosine, at most 0.999: A. Nichol, P. Dhariwal (arXiv:2102.09672), equation 17. */
        SQUARED_COSINE
    }

    private static final double GREATEST_BETA = 0.999;

    private final float[] signalShares;

    private DiscreteSchedule(float[] betas) {
        signalShares = new float[betas.length];
        double share = 1;
        for (int i = 0; i < betas.length; i++) {
            share *= 1 - betas[i];
            signalShares[i] = (float) share;
        }
    }

    /**
     * Makes a schedule.
     *
     * @param lowest the first beta; {@link Betas#SQUARED_COSINE} does not look at it
     * @param highest the last beta; likewise
     */
    public static DiscreteSchedule of(Betas kind, double lowest, double highest, int trainingSteps) {
        return new DiscreteSchedule(
                switch (kind) {
                    case LINEAR -> linspace(lowest, highest, trainingSteps);
                    case SCALED_LINEAR -> squares(linspace(Math.sqrt(lowest), Math.sqrt(highest), trainingSteps));
                    case SQUARED_COSINE -> squaredCosine(trainingSteps);
                });
    }

    /** From the ends towards the middle in f32 with fused multiply-add, as {@code torch.linspace}. */
    private static float[] linspace(double first, double last, int count) {
        float step = ((float) last - (float) first) / (count - 1);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = i < count / 2 ? Math.fma(step, i, (float) first) : Math.fma(-step, count - 1 - i, (float) last);
        }
        return values;
    }

    private static float[] squares(float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] *= values[i];
        }
        return values;
    }

    private static float[] squaredCosine(int count) {
        float[] betas = new float[count];
        for (int i = 0; i < count; i++) {
            double ratio = cosineShare((i + 1.0) / count) / cosineShare((double) i / count);
            betas[i] = (float) Math.min(1 - ratio, GREATEST_BETA);
        }
        return betas;
    }

    private static double cosineShare(double time) {
        double cosine = Math.cos((time + 0.008) / 1.008 * Math.PI / 2);
        return cosine * cosine;
    }

    public int trainingSteps() {
        return signalShares.length;
    }

    /** Share of the signal's variance at a timestep: {@code alphas_cumprod}. */
    public float signalShare(int timestep) {
        return signalShares[timestep];
    }

    /** Every share, a copy. */
    public float[] signalShares() {
        return signalShares.clone();
    }

    /**
     * The path of DDIM and DDPM over some timesteps.
     *
     * @param finalShare share of the signal at the end: 1, or that of timestep 0
     */
    public NoisePath path(int[] timesteps, double finalShare, Prediction prediction) {
        double[] shares = Arrays.copyOf(
                IntStream.of(timesteps).mapToDouble(t -> signalShares[t]).toArray(), timesteps.length + 1);
        shares[timesteps.length] = finalShare;
        return NoisePath.variancePreserving(shares, prediction);
    }

    /** sigma / alpha at a timestep, in f32: what multistep samplers call sigma. */
    public float noiseRatio(int timestep) {
        return (float) Math.sqrt((1 - signalShares[timestep]) / signalShares[timestep]);
    }

    /** {@link #noiseRatio} at some timesteps. */
    public double[] noiseRatios(int[] timesteps) {
        return IntStream.of(timesteps).mapToDouble(this::noiseRatio).toArray();
    }

    /**
     * Ratios of noise to signal dense near the clean end, from that of the last timestep to that of the first: T.
     * Karras et al. (arXiv:2206.00364), equation 5, rho = 7.
     */
    public double[] karrasRatios(int steps) {
        double rho = 7;
        double first = Math.pow(noiseRatio(trainingSteps() - 1), 1 / rho);
        double last = Math.pow(noiseRatio(0), 1 / rho);
        return IntStream.range(0, steps)
                .mapToDouble(i -> (float) Math.pow(steps == 1 ? first : first + (last - first) * i / (steps - 1), rho))
                .toArray();
    }

    /**
     * The path of multistep samplers over some ratios of noise to signal.
     *
     * @param finalRatio the ratio at the end: 0, or that of timestep 0
     */
    public static NoisePath multistepPath(double[] ratios, double finalRatio, Prediction prediction) {
        double[] all = Arrays.copyOf(ratios, ratios.length + 1);
        all[ratios.length] = finalRatio;
        return NoisePath.ofNoiseRatios(all, prediction);
    }
}
