package dev.zoetrope.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns Ctrl-C into an orderly end: the JVM's shutdown asks the render to stop between two steps and waits until its
 * partial output is gone. The JVM itself then exits with 130 for SIGINT and 143 for SIGTERM. A second signal ends it at
 * once.
 */
final class Cancellation {
    /** Longer than any step of the shipped model, shorter than the patience of who pressed Ctrl-C. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(20);

    private final CountDownLatch finished = new CountDownLatch(1);
    private final CountDownLatch asked = new CountDownLatch(1);
    private volatile boolean requested;
    private volatile Duration longestWait = Duration.ZERO;

    /** A cancellation that the process's end triggers. */
    static Cancellation onShutdown() {
        Cancellation cancellation = new Cancellation();
        Runtime.getRuntime().addShutdownHook(new Thread(cancellation::requestAndWait, "zoetrope-cancel"));
        return cancellation;
    }

    boolean requested() {
        return requested;
    }

    void request() {
        requested = true;
        asked.countDown();
    }

    /** Waits until somebody asks to stop. */
    void await() throws InterruptedException {
        asked.await();
    }

    /** Says that from now on an end of the process has something to wait for: partial output. */
    void guard() {
        guard(LONGEST_WAIT);
    }

    /** The same, for something that may take this long. */
    void guard(Duration longest) {
        longestWait = longest;
    }

    /** Says that nothing is left to clean up; the process may go. */
    void finish() {
        finished.countDown();
    }

    private void requestAndWait() {
        request();
        if (longestWait.isZero()) {
            return;
        }
        SecondSignal.endAtOnce();
        try {
            if (!finished.await(longestWait.toMillis(), TimeUnit.MILLISECONDS)) {
                System.err.println("zoetrope: cancel: expected the work to stop within " + longestWait.toSeconds()
                        + " s, found it busy (a hidden .part file may be left beside the output)");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
