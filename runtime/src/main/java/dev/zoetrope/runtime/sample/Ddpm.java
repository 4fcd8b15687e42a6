package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.schedule.NoisePath;
import java.io.DataInput;
import java.io.DataOutput;
import java.lang.foreign.MemorySegment;

/**
 * Draws from the posterior of z' given z and the clean prediction x. In variance preserving terms, with a = alpha² /
 * alpha'² and b = 1 - a: mean = alpha' b / sigma² x + sqrt(a) sigma'² / sigma² z, variance = b sigma'² / sigma².
 *
 * <p>J. Ho, A. Jain, P. Abbeel, "Denoising diffusion probabilistic models" (arXiv:2006.11239), equation 7, with the
 * smaller of its two variances; checked against diffusers 0.42.1 {@code scheduling_ddpm.py} with
 * {@code variance_type} "fixed_small" and {@code clip_sample} off. On flow matching it goes through the equal-lambda
 * mapping of {@link NoisePath}.
 */
final class Ddpm implements Sampler {
    private final NoisePath path;
    private final NoisyBlend blend;

    Ddpm(SamplerSetup setup) {
        path = setup.path();
        blend = new NoisyBlend(setup, true);
    }

    @Override
    public void step(int step, MemorySegment latent, MemorySegment output) {
        double variance = square(path.unitSigma(step));
        double nextVariance = square(path.unitSigma(step + 1));
        double nextAlpha = path.unitAlpha(step + 1);
        double nextScale = path.scale(step + 1);
        double kept = square(path.unitAlpha(step) / nextAlpha);
        double added = 1 - kept;
        double clean = nextScale * nextAlpha * added / variance;
        double noisy = nextScale * Math.sqrt(kept) * nextVariance / (variance * path.scale(step));
        double fresh = nextScale * Math.sqrt(added * nextVariance / variance);
        blend.step(step, latent, output, clean, noisy, fresh);
    }

    private static double square(double value) {
        return value * value;
    }

    /** Nothing: there is no history. */
    @Override
    public void writeState(DataOutput output) {}

    /** Nothing: there is no history. */
    @Override
    public void readState(DataInput input) {}

    @Override
    public void close() {
        blend.close();
    }
}
