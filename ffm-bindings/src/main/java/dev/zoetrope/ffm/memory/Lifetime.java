package dev.zoetrope.ffm.memory;

import java.util.function.BooleanSupplier;

/**
 * Decides between using and closing one native object.
 *
 * <p>Any number of threads may be inside {@link #enter()} … {@link #leave()}. {@link #beginClose()} lets nobody in any
 * more; {@link #awaitIdle()} returns when the last one has left, and only then may the object be freed. Using an object
 * that is closed, or being closed, is an {@link IllegalStateException}: a Java error instead of a call on freed memory.
 *
 * <p>Thread-safe.
 */
public final class Lifetime {
    private final String thing;
    private int inside;
    private boolean closing;
    private boolean closed;

    /**
     * A life that has begun.
     *
     * @param thing what lives, in the words of the error message, for example {@code Session transformer}
     */
    public Lifetime(String thing) {
        this.thing = thing;
    }

    /**
     * Starts a use.
     *
     * @throws IllegalStateException if close has begun
     */
    public synchronized void enter() {
        if (closing) {
            throw new IllegalStateException(thing + ": expected open, found closed");
        }
        inside++;
    }

    /** Ends a use. */
    public synchronized void leave() {
        inside--;
        if (inside == 0) {
            notifyAll();
        }
    }

    /**
     * Lets nobody in from now on.
     *
     * @return true for the first caller, who must free the object and call {@link #endClose()}; false for every later
     *     one, which returns when the first has done so
     */
    public synchronized boolean beginClose() {
        if (!closing) {
            closing = true;
            return true;
        }
        waitUntil(() -> closed);
        return false;
    }

    /** Waits until nobody is inside. An interrupt does not end the wait, for the object cannot be freed before. */
    public synchronized void awaitIdle() {
        waitUntil(() -> inside == 0);
    }

    /** Says that the object is freed. */
    public synchronized void endClose() {
        closed = true;
        notifyAll();
    }

    /** True until close has begun. */
    public synchronized boolean isOpen() {
        return !closing;
    }

    private synchronized void waitUntil(BooleanSupplier condition) {
        boolean interrupted = false;
        while (!condition.getAsBoolean()) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
