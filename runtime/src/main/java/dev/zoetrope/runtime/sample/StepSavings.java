package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.error.RequestException;

/**
 * Work that a render may leave out, at the price of other pixels. Whatever it leaves out is not in the packed sequence, so others
 * that step with it are done sooner too.
 *
 * @param reuseThreshold 0 = off; above it, the network's answer is used again at steps for which it is predicted to have changed
 *     by less than this share since it was computed ({@link VelocityReuse}): 0.02 to 0.1
 * @param guidanceStart share of the steps, from 0, that are made before guidance begins
 * @param guidanceStop share of the steps after which guidance ends, up to 1; the other steps take the prompt's answer alone, without a
 *     second segment (T. Kynkäänniemi et al., "Applying guidance in a limited interval improves sample and distribution quality in
 *     diffusion models", arXiv:2404.07724)
 */
public record StepSavings(double reuseThreshold, double guidanceStart, double guidanceStop) {
    /** Every step whole. */
    public static final StepSavings NONE = new StepSavings(0, 0, 1);

    public StepSavings {
        if (!(reuseThreshold >= 0 && reuseThreshold <= 1)) {
            throw new RequestException("reuse threshold: expected 0 (off) to 1, found " + reuseThreshold);
        }
        if (!(guidanceStart >= 0 && guidanceStart <= guidanceStop && guidanceStop <= 1)) {
            throw new RequestException(
                    "guidance interval: expected a start from 0 to the stop, and that at most 1, found " + guidanceStart
                            + " to " + guidanceStop);
        }
    }

    /** Whether a step, from 0, is guided, in a render that is. */
    public boolean guides(int step, int steps) {
        return step >= Math.round(guidanceStart * steps) && step < Math.round(guidanceStop * steps);
    }
}
