package dev.zoetrope.runtime.model;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.ffm.cuda.CudaException;
import dev.zoetrope.ffm.library.NativeLibraryException;
import dev.zoetrope.ffm.ort.OrtException;
import dev.zoetrope.ffm.ort.Session;
import dev.zoetrope.graph.GraphException;
import dev.zoetrope.runtime.error.ModelException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A session opened when it is first asked for, by whichever thread comes first, and closed with its model. Under a memory
 * limit it is closed, too, when another one needs the room and nobody has a binding of it, and opened again when asked for.
 */
public final class SessionSlot implements Supplier<Session>, AutoCloseable {
    private final Opener opener;
    private final long bytes;
    private final MemoryBudget budget;
    /** Under a limit opening and closing take turns, for one closes others. */
    private final Object lock;

    private @Nullable Session session; // close() closes it
    private boolean closed;

    /** Opens the session; the slot closes it. */
    @FunctionalInterface
    interface Opener {
        @MustBeClosed
        Session open();
    }

    /** @param bytes that the open session takes, about */
    SessionSlot(Opener opener, long bytes, MemoryBudget budget) {
        this.opener = opener;
        this.bytes = bytes;
        this.budget = budget;
        this.lock = budget.limit().isPresent() ? budget : this;
    }

    /** What it takes when it is open, about. */
    public long bytes() {
        return bytes;
    }

    @Override
    @SuppressWarnings("MustBeClosed") // close() closes it
    public Session get() {
        synchronized (lock) {
            if (closed) {
                throw new IllegalStateException("model: expected to be open, found closed");
            }
            Session opened = session;
            if (opened == null) {
                budget.admit(this);
                try {
                    opened = translated(opener::open);
                } catch (RuntimeException | Error e) {
                    budget.forget(this);
                    throw e;
                }
                session = opened;
            }
            budget.used(this);
            return opened;
        }
    }

    /** -> whether it is closed now */
    boolean closeIfIdle() {
        Session opened = session;
        if (opened != null && opened.hasBindings()) {
            return false;
        }
        session = null;
        if (opened != null) {
            opened.close();
        }
        return opened != null;
    }

    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            budget.forget(this);
            if (session != null) {
                session.close();
            }
        }
    }

    /** Asks each slot on a thread of the executor; a failure shows again when the part is used. */
    public static void openAhead(Executor executor, List<? extends Supplier<?>> slots) {
        for (Supplier<?> slot : slots) {
            executor.execute(() -> {
                try {
                    var _ = slot.get();
                } catch (ModelException | IllegalStateException e) {
                    System.getLogger(SessionSlot.class.getName())
                            .log(System.Logger.Level.DEBUG, "opening ahead failed; the render will say why", e);
                }
            });
        }
    }

    /** Runs something that opens native or model parts; their failures become the runtime's own, message unchanged. */
    static <T> T translated(Supplier<T> work) {
        try {
            return work.get();
        } catch (OrtException | NativeLibraryException | CudaException | GraphException e) {
            throw new ModelException(String.valueOf(e.getMessage()), e);
        }
    }
}
