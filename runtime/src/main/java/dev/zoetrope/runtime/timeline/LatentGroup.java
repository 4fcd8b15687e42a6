package dev.zoetrope.runtime.timeline;

/**
 * One latent of a clip: a still, or the frames that the codec folds into one.
 *
 * @param role what the latent is to the clip; not {@link TokenRole#TEXT}
 * @param centreSeconds middle of the frames it stands for; time 0 is the start of frame 0
 * @param spanSeconds how long those frames are shown
 */
public record LatentGroup(TokenRole role, double centreSeconds, double spanSeconds) {
    public LatentGroup {
        if (role == TokenRole.TEXT) {
            throw new IllegalArgumentException("role of a latent: expected NOISY or a reference, found TEXT");
        }
        if (!Double.isFinite(centreSeconds) || !Double.isFinite(spanSeconds) || spanSeconds < 0) {
            throw new IllegalArgumentException("time of a latent: expected finite seconds and a span of at least 0,"
                    + " found centre " + centreSeconds + " s, span " + spanSeconds + " s");
        }
    }

    /** The same latent in another role. */
    public LatentGroup as(TokenRole newRole) {
        return new LatentGroup(newRole, centreSeconds, spanSeconds);
    }
}
