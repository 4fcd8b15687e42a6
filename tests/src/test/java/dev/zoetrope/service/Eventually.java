package dev.zoetrope.service;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.function.Supplier;

/**
 * Waits for what follows an answer a moment later, as long as a job may take. A test that looks only once has to be faster, or slower,
 * than another thread.
 */
final class Eventually {
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(5);

    private Eventually() {}

    /** What is to come true. */
    interface Condition {
        boolean holds() throws Exception;
    }

    /** Returns as soon as it holds. */
    static void holds(String what, Condition condition) throws Exception {
        holds(() -> what, condition);
    }

    /** The same with a text that is made when it is needed. */
    static void holds(Supplier<String> what, Condition condition) throws Exception {
        long start = System.nanoTime();
        while (!condition.holds()) {
            assertTrue(System.nanoTime() - start < ServiceClient.LONGEST.toNanos(), what);
            Thread.sleep(BETWEEN_LOOKS);
        }
    }
}
