package dev.zoetrope.runtime.timeline;

/**
 * One latent of a window: which one, what it is there, and when.
 *
 * @param slot its number in the reel
 * @param at role, centre and span in seconds after the window's beginning
 * @param heldSigma for a reference the noise level at which it is held, 0 = as it is
 */
public record Placement(int slot, LatentGroup at, double heldSigma) {
    /** Whether the window makes this latent. */
    public boolean isMade() {
        return at.role() == TokenRole.NOISY;
    }
}
