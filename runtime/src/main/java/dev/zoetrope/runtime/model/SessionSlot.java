package dev.zoetrope.runtime.model;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.ffm.library.NativeLibraryException;
import dev.zoetrope.ffm.ort.OrtException;
import dev.zoetrope.ffm.ort.Session;
import dev.zoetrope.graph.GraphException;
import dev.zoetrope.runtime.error.ModelException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A session opened when it is first asked for, by whichever thread comes first, and closed with its model. */
final class SessionSlot implements Supplier<Session>, AutoCloseable {
    private final Opener opener;
    private @Nullable Session session; // close() closes it
    private boolean closed;

    /** Opens the session; the slot closes it. */
    @FunctionalInterface
    interface Opener {
        @MustBeClosed
        Session open();
    }

    SessionSlot(Opener opener) {
        this.opener = opener;
    }

    @Override
    @SuppressWarnings("MustBeClosed") // close() closes it
    public synchronized Session get() {
        if (closed) {
            throw new IllegalStateException("model: expected to be open, found closed");
        }
        Session opened = session;
        if (opened == null) {
            opened = translated(opener::open);
            session = opened;
        }
        return opened;
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (session != null) {
            session.close();
        }
    }

    /** Runs something that opens native or model parts; their failures become the runtime's own, message unchanged. */
    static <T> T translated(Supplier<T> work) {
        try {
            return work.get();
        } catch (OrtException | NativeLibraryException | GraphException e) {
            throw new ModelException(String.valueOf(e.getMessage()), e);
        }
    }
}
