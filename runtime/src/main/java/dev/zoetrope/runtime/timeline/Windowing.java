package dev.zoetrope.runtime.timeline;

import java.util.ArrayList;
import java.util.List;

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
    /** How many times as large as usual a window may be that leads up to something. */
    static final int LARGER_TOWARD = 2;

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

    /**
     * One window's part of a row of latents: from {@code context} on they are looked back at, from {@code first} on made.
     *
     * @param end the latent after its last
     */
    record Piece(int context, int first, int end) {
        /** Whether the beginning of the row is out of sight. */
        boolean isFarFromStart() {
            return context > 0;
        }
    }

    /** The windows over latents {@code first} to {@code end} of a row, each before the next. */
    List<Piece> pieces(int first, int end) {
        return pieces(first, end, latents);
    }

    /**
     * The same for a row that leads up to something.
     *
     * <p>Only its last window sees what that is. A window of the usual size would have to get there in what is left of it, and leaps: it is
     * larger, so that most ways are made in one.
     */
    List<Piece> piecesToward(int first, int end) {
        return pieces(first, end, LARGER_TOWARD * latents);
    }

    private List<Piece> pieces(int first, int end, int last) {
        List<Piece> pieces = new ArrayList<>();
        int from = first;
        while (from < end) {
            int back = Math.min(context, from);
            int left = end - from;
            // As even as can be: a last window of one latent has little to go by.
            int fresh = left <= last - back ? left : Math.ceilDiv(left, Math.ceilDiv(left, latents - back));
            pieces.add(new Piece(from - back, from, from + fresh));
            from += fresh;
        }
        return pieces;
    }

    /** Latents that a window adds to a run. */
    public int fresh() {
        return latents - context;
    }
}
