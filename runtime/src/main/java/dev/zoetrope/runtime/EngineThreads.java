package dev.zoetrope.runtime;

import dev.zoetrope.runtime.error.RenderCancelledException;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * The platform threads on which an engine's networks run, but for the denoising steps, which have one of their own. A native call
 * would pin a virtual thread's carrier, so callers hand their work over and wait.
 */
final class EngineThreads implements AutoCloseable {
    private final ExecutorService executor;
    private final ThreadGroup group;
    private final BooleanSupplier inside;

    /** @param inside whether the caller is another thread of the engine, on which listeners are called */
    EngineThreads(String name, BooleanSupplier inside) {
        this.inside = inside;
        this.group = new ThreadGroup(name);
        AtomicInteger number = new AtomicInteger();
        this.executor = Executors.newCachedThreadPool(work -> {
            Thread created = new Thread(group, work, name + "-" + number.getAndIncrement());
            created.setDaemon(true);
            return created;
        });
    }

    /** Work that can be asked to stop between two steps. */
    interface Work<T> {
        T run(AtomicBoolean interrupted) throws Exception;
    }

    /** Runs work and waits; an interrupt of the caller stops it at its next step. */
    <T> T call(Work<T> work) {
        if (inside.getAsBoolean() || group.equals(Thread.currentThread().getThreadGroup())) {
            throw new IllegalStateException("engine: expected a call from outside, found one from a listener"
                    + " (return from the listener first)");
        }
        AtomicBoolean interrupted = new AtomicBoolean();
        Callable<T> callable = () -> work.run(interrupted);
        Future<T> future;
        try {
            future = executor.submit(callable);
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("engine: expected to be open, found closed", e);
        }
        return await(future, () -> interrupted.set(true)); // memory the work uses must not go before it ends
    }

    /** Waits for another thread's work to end and rethrows its failure. */
    static <T> T await(Future<T> future) {
        return await(future, () -> {});
    }

    private static <T> T await(Future<T> future, Runnable onInterrupt) {
        boolean wasInterrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    wasInterrupted = true;
                    onInterrupt.run();
                }
            }
        } catch (CancellationException e) {
            throw new RenderCancelledException("render: cancelled, the engine was closed", e);
        } catch (ExecutionException e) {
            throw unchecked(e);
        } finally {
            if (wasInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static RuntimeException unchecked(ExecutionException failure) {
        Throwable cause = failure.getCause();
        if (cause instanceof RuntimeException runtime) {
            runtime.addSuppressed(new CallerTrace());
            return runtime;
        }
        if (cause instanceof Error error) {
            throw error;
        }
        return new IllegalStateException(cause);
    }

    /** Where the caller stood, for a failure that carries the engine thread's own trace. */
    private static final class CallerTrace extends RuntimeException {
        private static final long serialVersionUID = 1L;

        CallerTrace() {
            super("called from here");
        }
    }

    /** Takes no more work and waits for what runs. */
    @Override
    public void close() {
        executor.close();
    }
}
