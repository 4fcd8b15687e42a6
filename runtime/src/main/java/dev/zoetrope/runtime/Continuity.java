package dev.zoetrope.runtime;

import dev.zoetrope.runtime.error.RequestException;

/**
 * How a clip that is longer than what the model makes at once is made piece by piece, and what keeps it from drifting.
 *
 * @param window most latents denoised together, references on the clip's grid counted
 * @param context latents of what is there that a new piece looks back at
 * @param contextNoise noise level, 0 to below 1, at which they are held: a little keeps errors from growing
 * @param anchor whether every piece is also shown the clip's beginning
 * @param matching share, 0 to 1, by which mean and deviation of new latents are moved to those of the clip's beginning
 */
public record Continuity(int window, int context, double contextNoise, boolean anchor, double matching) {
    /** Most latents of a window: longer ones are for whole clips in one piece. */
    public static final int MAX_WINDOW = 10_000;

    public Continuity {
        if (window < 2 || window > MAX_WINDOW) {
            throw new RequestException("window: expected 2 to " + MAX_WINDOW + " latents, found " + window
                    + " (nearest that works: " + Math.clamp(window, 2, MAX_WINDOW) + ")");
        }
        if (context < 1 || context >= window) {
            throw new RequestException("context: expected 1 to " + (window - 1) + " latents, for a window has " + window
                    + ", found " + context + " (nearest that works: " + Math.clamp(context, 1, window - 1) + ")");
        }
        if (!(contextNoise >= 0 && contextNoise <= 0.9)) {
            throw new RequestException("noise on the context: expected 0 to 0.9, found " + contextNoise);
        }
        if (!(matching >= 0 && matching <= 1)) {
            throw new RequestException("matching: expected 0 to 1, found " + matching);
        }
    }

    public Continuity withWindow(int value) {
        return new Continuity(value, context, contextNoise, anchor, matching);
    }

    public Continuity withContext(int value) {
        return new Continuity(window, value, contextNoise, anchor, matching);
    }

    public Continuity withContextNoise(double value) {
        return new Continuity(window, context, value, anchor, matching);
    }

    public Continuity withAnchor(boolean value) {
        return new Continuity(window, context, contextNoise, value, matching);
    }

    public Continuity withMatching(double value) {
        return new Continuity(window, context, contextNoise, anchor, value);
    }
}
