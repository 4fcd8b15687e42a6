package dev.zoetrope.ffm.ort;

/**
 * What all sessions of a process share.
 *
 * @param intraOpThreads threads that compute one operator, the calling thread among them; 1 or more
 * @param spinning whether idle threads wait actively: shorter runs, but processor time between and during them is spent
 * @param logLevel the least severe line which the library logs
 */
public record EnvironmentOptions(int intraOpThreads, boolean spinning, LogLevel logLevel) {
    /** Checks the number of threads. */
    public EnvironmentOptions {
        if (intraOpThreads < 1) {
            throw new IllegalArgumentException("intraOpThreads: expected 1 or more, found " + intraOpThreads);
        }
    }

    /** One thread per processor of this JVM, spinning, errors only. */
    public static EnvironmentOptions defaults() {
        return new EnvironmentOptions(Runtime.getRuntime().availableProcessors(), true, LogLevel.ERROR);
    }

    /** As this, with another number of threads. */
    public EnvironmentOptions withIntraOpThreads(int threads) {
        return new EnvironmentOptions(threads, spinning, logLevel);
    }

    /** As this, with or without active waiting. */
    public EnvironmentOptions withSpinning(boolean active) {
        return new EnvironmentOptions(intraOpThreads, active, logLevel);
    }

    /** As this, with another log level. */
    public EnvironmentOptions withLogLevel(LogLevel level) {
        return new EnvironmentOptions(intraOpThreads, spinning, level);
    }
}
