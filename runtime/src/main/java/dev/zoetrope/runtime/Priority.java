package dev.zoetrope.runtime;

import dev.zoetrope.runtime.sample.StepScheduler;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * How urgent a render is against others that are under way at once. Each gets twice the tokens a second of the one before it; none
 * waits until the others are done. Renders small enough to share a sequence step together, whatever their priorities.
 */
public enum Priority {
    LOW(StepScheduler.USUAL_WEIGHT / 2),
    NORMAL(StepScheduler.USUAL_WEIGHT),
    HIGH(StepScheduler.USUAL_WEIGHT * 2);

    private final int weight;

    Priority(int weight) {
        this.weight = weight;
    }

    /** Its name in requests. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The priority of a name. */
    public static Optional<Priority> of(String id) {
        return Arrays.stream(values())
                .filter(priority -> priority.id().equals(id))
                .findFirst();
    }

    int weight() {
        return weight;
    }
}
