package dev.zoetrope.cli;

import java.util.logging.LogManager;

/**
 * A log manager that writes until the process is gone. The JDK's own takes all handlers away when the JVM begins to end, and
 * what a server says while it ends would be lost.
 */
public final class LastingLogManager extends LogManager {
    private static volatile boolean lasting;

    /** Made by the JDK, which finds its name in a system property. */
    public LastingLogManager() {}

    /** Says that nothing is set up anew from now on. */
    static void last() {
        lasting = true;
    }

    @Override
    public void reset() {
        if (!lasting) {
            super.reset();
        }
    }
}
