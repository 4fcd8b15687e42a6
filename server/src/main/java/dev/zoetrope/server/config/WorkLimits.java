package dev.zoetrope.server.config;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/**
 * What one video may take, by the estimate before it is made.
 *
 * @param memoryBytes most memory of the machine
 * @param time longest time, if it had the machine to itself
 */
public record WorkLimits(long memoryBytes, Duration time) {
    private static final Duration USUAL_TIME = Duration.ofDays(1);

    /** Half of the memory that this process may have, and a day: the estimate follows the machine, which may be busy with something else for a while. */
    public static WorkLimits defaults() {
        long memory = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                .getTotalMemorySize(); // of the container, where there is one
        return new WorkLimits(memory / 2, USUAL_TIME);
    }

    public WorkLimits withMemory(long bytes) {
        return new WorkLimits(bytes, time);
    }

    public WorkLimits withTime(Duration value) {
        return new WorkLimits(memoryBytes, value);
    }
}
