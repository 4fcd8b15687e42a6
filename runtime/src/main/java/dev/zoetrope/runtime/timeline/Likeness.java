package dev.zoetrope.runtime.timeline;

import java.util.List;

/**
 * Latents that others are to be like: mean and deviation of every channel are moved to theirs (adaptive instance
 * normalisation, arXiv:1703.06868), so that colours do not drift from window to window.
 *
 * @param slots the latents to be like; none = nothing is moved
 * @param share how far, 0 to 1
 */
public record Likeness(List<Integer> slots, double share) {
    public static final Likeness NONE = new Likeness(List.of(), 0);

    public Likeness {
        slots = List.copyOf(slots);
    }

    public boolean isNone() {
        return slots.isEmpty() || share == 0;
    }
}
