package dev.zoetrope.ffm.ort;

import dev.zoetrope.ffm.memory.Lifetime;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Inputs and outputs of a session, bound to memory once and used by every run after.
 *
 * <p>The library reads and writes the bound addresses themselves: change an input in place and run again. A binding holds
 * the segments it uses, checks before each run that their arenas are open, and keeps shared arenas open during the run;
 * memory of a confined arena must not be closed by its thread while another one runs.
 *
 * <p>Owned by the caller or, at the latest, by its session's close. Thread-safe: runs and changes of one binding take
 * turns, {@link #cancel()} does not wait. Runs happen on platform threads, for a native call would hold on to the
 * carrier of a virtual one.
 */
public final class Binding implements AutoCloseable {
    /** Run entry: which recorded run of a session with CUDA graphs this is. */
    public static final String GRAPH_ID = "gpu_graph_id";

    /** Run entry: {@code 1} to return from a run without waiting for the GPU. */
    public static final String LEAVE_UNSYNCHRONIZED = "disable_synchronize_execution_providers";

    private final Session session;
    private final BindingCalls calls;
    private final BoundTensors tensors;
    private final Lifetime lifetime;
    private final ReentrantLock turn = new ReentrantLock();
    private final Object flight = new Object();
    private boolean inFlight;
    private boolean cancelled;
    private volatile long runNanos;

    Binding(Session session) {
        this.session = session;
        this.calls = new BindingCalls(session.library(), session.modelName(), session.pointer());
        String shrink = session.options().configEntries().get(SessionOptions.SHRINK_ARENA);
        if (shrink != null) {
            calls.setRunEntry(SessionOptions.SHRINK_ARENA, shrink);
        }
        this.tensors = new BoundTensors(session.modelName(), session.inputs(), session.outputs());
        this.lifetime = new Lifetime("Binding of session " + session.modelName());
    }

    /**
     * Binds an input, in place of what was bound to that name before.
     *
     * @throws IllegalArgumentException if the model has no such input, or type or shape do not fit it
     * @throws IllegalStateException if the memory's arena, this binding or the session is closed
     */
    public void bindInput(String name, Tensor tensor) {
        use(() -> {
            tensors.requireInput(name, tensor);
            calls.bindInput(name, tensor);
            tensors.putInput(name, tensor);
        });
    }

    /**
     * Binds memory for an output, in place of what was bound to that name before. Outputs without memory are not
     * returned.
     *
     * @throws IllegalArgumentException if the model has no such output, type or shape do not fit it, or the memory is
     *     read-only
     * @throws IllegalStateException if the memory's arena, this binding or the session is closed
     */
    public void bindOutput(String name, Tensor tensor) {
        use(() -> {
            tensors.requireOutput(name, tensor);
            calls.bindOutput(name, tensor);
            tensors.putOutput(name, tensor);
        });
    }

    /** Forgets all inputs. */
    public void clearInputs() {
        use(() -> {
            calls.clearInputs();
            tensors.clearInputs();
        });
    }

    /** Forgets all outputs. */
    public void clearOutputs() {
        use(() -> {
            calls.clearOutputs();
            tensors.clearOutputs();
        });
    }

    /**
     * Sets one of the library's run configuration entries for all runs to come. On a GPU these matter:
     *
     * <ul>
     *   <li>{@value #GRAPH_ID}: number of the recorded run to replay, or {@code -1} for a run that is not recorded; each
     *       layout of shapes and addresses needs a number of its own;
     *   <li>{@value #LEAVE_UNSYNCHRONIZED}: with {@code 1} a run returns when its kernels are queued; outputs are there when
     *       an event recorded behind it in the session's stream is done, and no memory may be freed before.
     * </ul>
     */
    public void setRunEntry(String key, String value) {
        use(() -> calls.setRunEntry(key, value));
    }

    /**
     * Runs the model on what is bound, on this thread, and returns when the outputs are written.
     *
     * @throws IllegalStateException if called on a virtual thread, if an input or every output is unbound, if memory of
     *     a closed arena is bound, or if binding or session is closed, also in the middle of the run
     * @throws IllegalArgumentException if lengths of one symbolic dimension differ between inputs
     * @throws CancellationException if {@link #cancel()} ended it; the outputs are then undefined
     * @throws OrtException if the library reports an error
     */
    public void run() {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException(
                    "run of model " + session.modelName()
                            + ": expected a platform thread, found a virtual one; hand the run to an executor of platform threads");
        }
        use(() -> {
            MemorySegment[] guards = tensors.readyToRun();
            takeOff();
            long start = System.nanoTime();
            try {
                calls.run(guards);
            } catch (OrtException e) {
                throw afterFailure(e);
            } finally {
                runNanos = System.nanoTime() - start;
                land();
            }
        });
    }

    private void takeOff() {
        synchronized (flight) {
            // Close marks the life first and cancels second: either it is seen here, or the flight is seen there.
            if (!lifetime.isOpen() || !session.lifetime().isOpen()) {
                throw closedMeanwhile(null);
            }
            inFlight = true;
            cancelled = false;
        }
    }

    private void land() {
        synchronized (flight) {
            inFlight = false;
            if (cancelled) {
                calls.unsetTerminate();
            }
        }
    }

    private RuntimeException afterFailure(OrtException failure) {
        synchronized (flight) {
            if (!cancelled) {
                return failure;
            }
        }
        if (!lifetime.isOpen() || !session.lifetime().isOpen()) {
            return closedMeanwhile(failure);
        }
        var cancellation = new CancellationException("run of model " + session.modelName() + ": cancelled");
        cancellation.initCause(failure);
        return cancellation;
    }

    private IllegalStateException closedMeanwhile(@Nullable OrtException cause) {
        return new IllegalStateException(
                "run of model " + session.modelName() + ": expected an open session, found it closed during the run",
                cause);
    }

    /** Asks the run in flight to stop at the next operator, and returns at once. Without a run it does nothing. */
    public void cancel() {
        synchronized (flight) {
            if (inFlight && !cancelled) {
                calls.setTerminate();
                cancelled = true;
            }
        }
    }

    /** True while a run is inside the library. */
    boolean isRunning() {
        synchronized (flight) {
            return inFlight;
        }
    }

    /** The address bound to each name, inputs and outputs together. */
    public Map<String, Long> boundAddresses() {
        turn.lock();
        try {
            return tensors.addresses();
        } finally {
            turn.unlock();
        }
    }

    /** How long the last run took inside the library; 0 before the first. */
    public long runNanos() {
        return runNanos;
    }

    /** Stops a run in flight, waits for it, frees the binding. Closing twice is harmless. */
    @Override
    public void close() {
        if (!lifetime.beginClose()) {
            return;
        }
        try {
            cancel();
            lifetime.awaitIdle();
            calls.release();
        } finally {
            // The session frees itself when it has no binding left, so it must not forget this one earlier.
            session.forget(this);
            lifetime.endClose();
        }
    }

    /** Does something with session and binding open, in turn with others. */
    private void use(Runnable work) {
        session.lifetime().enter();
        try {
            lifetime.enter();
            try {
                turn.lock();
                try {
                    work.run();
                } finally {
                    turn.unlock();
                }
            } finally {
                lifetime.leave();
            }
        } finally {
            session.lifetime().leave();
        }
    }
}
