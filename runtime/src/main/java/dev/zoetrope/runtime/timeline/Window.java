package dev.zoetrope.runtime.timeline;

import java.util.List;

/**
 * Latents that are denoised together under one prompt: some are made, the others are given or were made by an earlier
 * window.
 *
 * @param prompt index among the plan's prompts
 * @param latents in the order in which they lie in the packed sequence
 * @param strength noise level from which latents are made: 1 = from nothing, less = what is in the slot is changed
 * @param likeness what the statistics of the new latents are moved to afterwards
 */
public record Window(int prompt, List<Placement> latents, double strength, Likeness likeness) {
    public Window {
        latents = List.copyOf(latents);
        if (latents.stream().noneMatch(Placement::isMade)) {
            throw new IllegalArgumentException("window: expected at least one latent to make, found none");
        }
        if (!(strength > 0 && strength <= 1)) {
            throw new IllegalArgumentException(
                    "strength of a window: expected more than 0 and at most 1, found " + strength);
        }
    }

    /** A window that makes latents from nothing. */
    public static Window of(int prompt, List<Placement> latents) {
        return new Window(prompt, latents, 1, Likeness.NONE);
    }

    /** Tokens of its latents. */
    public long tokens(int cells) {
        return (long) cells * latents.size();
    }

    /** Whether it is shown latents that belong to a time beside those it makes. */
    public boolean hasContext() {
        return latents.stream()
                .anyMatch(latent -> !latent.isMade() && latent.at().role() != TokenRole.TIMELESS_REFERENCE);
    }

    /** Whether it reads a latent that another window makes. */
    public boolean needs(Window other) {
        return latents.stream().anyMatch(mine -> other.makes(mine.slot()))
                || likeness.slots().stream().anyMatch(other::makes);
    }

    private boolean makes(int slot) {
        return latents.stream().anyMatch(latent -> latent.isMade() && latent.slot() == slot);
    }

    /** The layout of its packed segment. */
    public ClipLayout layout(int rows, int columns) {
        return new ClipLayout(rows, columns, latents.stream().map(Placement::at).toList());
    }
}
