package dev.zoetrope.runtime.timeline;

/**
 * One run of the codec in a reel: a latent of a single frame, then latents of {@code temporal} frames each. Not all of
 * its frames need be shown: the last one of a run that leads up to another is that one's first.
 *
 * @param latents how many latents the run has
 * @param firstFrame the first of its frames that is shown
 * @param frames how many are shown from there; 0 for latents that only guide others
 * @param meets whether its last frame, which is not shown, is the first frame of the run that is shown next, after the
 *     last run the first one. Both decodes of that frame are known then, and the frames of the last latent are moved by
 *     a rising share of their difference, so that they arrive there
 */
public record RunSpan(int latents, int firstFrame, int frames, boolean meets) {
    public RunSpan {
        if (latents < 1 || firstFrame < 0 || frames < 0) {
            throw new IllegalArgumentException("run: expected at least 1 latent and no negative frames, found "
                    + latents + " latents, frames " + firstFrame + " to " + (firstFrame + frames));
        }
    }

    /** A run that leads nowhere. */
    public RunSpan(int latents, int firstFrame, int frames) {
        this(latents, firstFrame, frames, false);
    }

    /** A run of which all frames asked for are at its beginning. */
    public static RunSpan of(int latents, int frames) {
        return new RunSpan(latents, 0, frames);
    }

    /** Frames that the decoder makes of it. */
    public int codedFrames(int temporal) {
        return Math.addExact(1, Math.multiplyExact(temporal, latents - 1));
    }

    /** Frames that are coded behind the last one shown. */
    public int hiddenFrames(int temporal) {
        return codedFrames(temporal) - firstFrame - frames;
    }
}
