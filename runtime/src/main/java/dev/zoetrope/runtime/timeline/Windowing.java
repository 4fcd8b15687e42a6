package dev.zoetrope.runtime.timeline;

/**
 * How long runs are made piece by piece.
 *
 * @param latents most latents of a window on the clip's own grid: about as many as the model was trained on
 * @param context latents before the new ones that a window looks back at
 * @param contextSigma noise level at which they are held: light noise keeps small errors from growing from window to
 *     window (B. Chen et al., "Diffusion forcing", arXiv:2407.01392, §3.3)
 * @param anchor whether windows that do not reach back to the beginning are given its first latent, without a time
 * @param matching share, 0 to 1, by which mean and deviation of every channel of new latents are moved to those of the
 *     first window (adaptive instance normalisation, arXiv:1703.06868)
 */
public record Windowing(int latents, int context, double contextSigma, boolean anchor, double matching) {
    public Windowing {
        if (latents < 2 || context < 1 || context >= latents) {
            throw new IllegalArgumentException(
                    "window: expected at least 2 latents, and fewer to look back at than that," + " found " + latents
                            + " and " + context);
        }
        if (!(contextSigma >= 0 && contextSigma < 1) || !(matching >= 0 && matching <= 1)) {
            throw new IllegalArgumentException("window: expected a noise level of 0 to 1 and a share of 0 to 1, found "
                    + contextSigma + " and " + matching);
        }
    }

    /** Latents that a window adds to a run. */
    public int fresh() {
        return latents - context;
    }
}
