package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.schedule.NoisePath;
import java.io.DataInput;
import java.io.DataOutput;
import java.lang.foreign.MemorySegment;

/**
 * With x the clean prediction, e the noise it implies and n fresh noise, in variance preserving terms: z' = alpha' x
 * + sqrt(sigma'² - s²) e + s n, where s = eta sigma' / sigma sqrt(1 - alpha² / alpha'²).
 *
 * <p>J. Song, C. Meng, S. Ermon, "Denoising diffusion implicit models" (arXiv:2010.02502), equations 12 and 16;
 * checked against diffusers 0.42.1 {@code scheduling_ddim.py} with {@code clip_sample} and thresholding off. On flow
 * matching it goes through the equal-lambda mapping of {@link NoisePath}; with eta 0 it then equals
 * {@link FlowEuler}.
 */
final class Ddim implements Sampler {
    private final NoisePath path;
    private final double eta;
    private final NoisyBlend blend;

    Ddim(SamplerSetup setup) {
        path = setup.path();
        eta = setup.eta();
        blend = new NoisyBlend(setup, eta > 0);
    }

    @Override
    public void step(int step, MemorySegment latent, MemorySegment output) {
        double alpha = path.unitAlpha(step);
        double sigma = path.unitSigma(step);
        double nextAlpha = path.unitAlpha(step + 1);
        double nextSigma = path.unitSigma(step + 1);
        double nextScale = path.scale(step + 1);
        double kept = alpha / nextAlpha;
        double fresh = eta * nextSigma / sigma * Math.sqrt(Math.max(0, 1 - kept * kept));
        double direction = Math.sqrt(Math.max(0, nextSigma * nextSigma - fresh * fresh));
        // e = (z / c - alpha x) / sigma, so x counts alpha' - direction alpha / sigma times and z / c direction /
        // sigma.
        double clean = nextScale * (nextAlpha - direction * alpha / sigma);
        double noisy = nextScale * direction / (sigma * path.scale(step));
        blend.step(step, latent, output, clean, noisy, nextScale * fresh);
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
