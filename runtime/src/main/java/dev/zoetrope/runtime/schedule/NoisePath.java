package dev.zoetrope.runtime.schedule;

/**
 * The noise levels a sampler visits, as z_i = alpha_i x + sigma_i e with i from 0 (most noise) to {@link #steps}: the
 * one form in which flow matching and discrete-time diffusion are the same to a sampler.
 *
 * <p><b>Equal lambda.</b> A sampler made for variance preserving diffusion (alpha² + sigma² = 1: DDPM, DDIM) runs on
 * flow matching because two states with the same lambda = log(alpha / sigma) hold the same information and differ by
 * a factor: the state z of any path, divided by {@link #scale} c = sqrt(alpha² + sigma²), is a variance preserving
 * state with {@link #unitAlpha} alpha / c and {@link #unitSigma} sigma / c. The sampler divides by c_i before its
 * step and multiplies by c_(i+1) after it; both are folded into its coefficients. See D. Kingma et al., "Variational
 * diffusion models" (arXiv:2107.00630), §3.3 and §5.1: only the signal-to-noise ratio matters.
 */
public final class NoisePath {
    /**
     * The least alpha of which a lambda is taken: pure noise has lambda minus infinity, which would make the ratios of
     * multistep samplers undefined. Diffusers does the same by starting 1e-6 below sigma 1.
     */
    private static final double LEAST_ALPHA = 1e-6;

    private final double[] alphas;
    private final double[] sigmas;
    private final Prediction prediction;

    private NoisePath(double[] alphas, double[] sigmas, Prediction prediction) {
        this.alphas = alphas;
        this.sigmas = sigmas;
        this.prediction = prediction;
    }

    /** Flow matching: alpha = 1 - sigma, the network predicts velocity. */
    public static NoisePath flow(SigmaSchedule schedule) {
        double[] alphas = new double[schedule.steps() + 1];
        double[] sigmas = new double[schedule.steps() + 1];
        for (int i = 0; i < sigmas.length; i++) {
            sigmas[i] = schedule.sigma(i);
            alphas[i] = 1 - sigmas[i];
        }
        return new NoisePath(alphas, sigmas, Prediction.FLOW_VELOCITY);
    }

    /**
     * Discrete-time diffusion from the share of signal at each level, alpha² of the variance preserving form: a
     * schedule's {@code alphas_cumprod} at its timesteps, then that of the end (1 = clean).
     */
    public static NoisePath variancePreserving(double[] signalShares, Prediction prediction) {
        double[] alphas = new double[signalShares.length];
        double[] sigmas = new double[signalShares.length];
        for (int i = 0; i < sigmas.length; i++) {
            double share = signalShares[i];
            if (!(share >= 0 && share <= 1) || (i > 0 && share <= signalShares[i - 1])) {
                throw new IllegalArgumentException(
                        "share of signal " + i + ": expected 0 to 1 and more than the one before it, found " + share);
            }
            alphas[i] = Math.sqrt(share);
            sigmas[i] = Math.sqrt(1 - share);
        }
        return checked(alphas, sigmas, prediction);
    }

    /**
     * Variance preserving diffusion from ratios of noise to signal, sigma / alpha: the "sigmas" of k-diffusion and of
     * diffusers' multistep schedulers, strictly falling.
     */
    public static NoisePath ofNoiseRatios(double[] ratios, Prediction prediction) {
        double[] alphas = new double[ratios.length];
        double[] sigmas = new double[ratios.length];
        for (int i = 0; i < ratios.length; i++) {
            if (!(ratios[i] >= 0) || Double.isInfinite(ratios[i]) || (i > 0 && ratios[i] >= ratios[i - 1])) {
                throw new IllegalArgumentException("ratio of noise to signal " + i
                        + ": expected at least 0 and less than the one before it, found " + ratios[i]);
            }
            alphas[i] = 1 / Math.sqrt(1 + ratios[i] * ratios[i]);
            sigmas[i] = ratios[i] * alphas[i];
        }
        return checked(alphas, sigmas, prediction);
    }

    private static NoisePath checked(double[] alphas, double[] sigmas, Prediction prediction) {
        if (prediction == Prediction.FLOW_VELOCITY) {
            throw new IllegalArgumentException(
                    "prediction on a variance preserving path: expected NOISE, CLEAN or V, found FLOW_VELOCITY");
        }
        if (alphas.length < 2) {
            throw new IllegalArgumentException(
                    "noise path: expected at least 2 levels (one step), found " + alphas.length);
        }
        return new NoisePath(alphas, sigmas, prediction);
    }

    /** Sampler steps: one less than there are levels. */
    public int steps() {
        return sigmas.length - 1;
    }

    /** What the network predicts on this path. */
    public Prediction prediction() {
        return prediction;
    }

    /** Amplitude of the signal at a level. */
    public double alpha(int level) {
        return alphas[level];
    }

    /** Amplitude of the noise at a level. */
    public double sigma(int level) {
        return sigmas[level];
    }

    /** log(alpha / sigma); finite at pure noise, infinite at a clean end. */
    public double lambda(int level) {
        return Math.log(Math.max(alphas[level], LEAST_ALPHA) / sigmas[level]);
    }

    /** What divides a state of this path to give a variance preserving one. */
    public double scale(int level) {
        return Math.hypot(alphas[level], sigmas[level]);
    }

    /** Amplitude of the signal in the variance preserving state of equal lambda. */
    public double unitAlpha(int level) {
        return alphas[level] / scale(level);
    }

    /** Amplitude of the noise in the variance preserving state of equal lambda. */
    public double unitSigma(int level) {
        return sigmas[level] / scale(level);
    }

    /** The factor of the state in the clean x. */
    public double cleanFromNoisy(int level) {
        return prediction.cleanFromNoisy(alphas[level], sigmas[level]);
    }

    /** The factor of the network's output in the clean x. */
    public double cleanFromOutput(int level) {
        return prediction.cleanFromOutput(alphas[level], sigmas[level]);
    }
}
