package dev.zoetrope.benchmark;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * One moment of this process.
 *
 * @param wallNanos of no fixed origin
 * @param cpuNanos of every thread: the network's, the compiler's and the collector's too
 */
record ProcessClock(long wallNanos, long cpuNanos) {
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    static ProcessClock now() {
        return new ProcessClock(System.nanoTime(), SYSTEM.getProcessCpuTime());
    }

    double wallSecondsTo(ProcessClock later) {
        return (later.wallNanos - wallNanos) / 1e9;
    }

    double cpuSecondsTo(ProcessClock later) {
        return (later.cpuNanos - cpuNanos) / 1e9;
    }
}
