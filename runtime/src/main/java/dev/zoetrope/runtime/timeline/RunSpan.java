package dev.zoetrope.runtime.timeline;

/**
 * One run of the codec in a reel: a latent of a single frame, then latents of {@code temporal} frames each. Not all of
 * its frames need be shown: the last one of a run that leads up to another is that one's first.
 *
 * @param latents how many latents the run has
 * @param firstFrame the first of its frames that is shown
 * @param frames how many are shown from there; 0 for latents that only guide others
 */
public record RunSpan(int latents, int firstFrame, int frames) {
    public RunSpan {
        if (latents < 1 || firstFrame < 0 || frames < 0) {
            throw new IllegalArgumentException("run: expected at least 1 latent and no negative frames, found "
                    + latents + " latents, frames " + firstFrame + " to " + (firstFrame + frames));
        }
    }

    /** A run of which all frames asked for are at its beginning. */
    public static RunSpan of(int latents, int frames) {
        return new RunSpan(latents, 0, frames);
    }

    /** Frames that the decoder makes of it. */
    public int codedFrames(int temporal) {
        return Math.addExact(1, Math.multiplyExact(temporal, latents - 1));
    }
}
