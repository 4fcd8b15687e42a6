package dev.zoetrope.runtime.model;

import dev.zoetrope.ffm.memory.NativeHeap;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Bytes that a model's sessions and what they work with may take together. A session that is opened makes room by closing
 * those that nobody has a binding of, the one that was used longest ago first: text encoder, transformer and codec of a
 * render follow each other.
 *
 * <p>It is the renders' lock, too: under a limit one render at a time uses a model. Thread-safe.
 */
public final class MemoryBudget {
    private final OptionalLong limit;
    private final Set<SessionSlot> open = new LinkedHashSet<>();
    private long working;

    private MemoryBudget(OptionalLong limit) {
        this.limit = limit;
    }

    /** Everything stays open. */
    public static MemoryBudget unlimited() {
        return new MemoryBudget(OptionalLong.empty());
    }

    /**
     * A limit.
     *
     * @param bytes for sessions and for what they work with
     */
    public static MemoryBudget of(long bytes) {
        return new MemoryBudget(OptionalLong.of(bytes));
    }

    /** The bytes; empty where there is no limit. */
    public OptionalLong limit() {
        return limit;
    }

    /** Sets bytes aside for what the next sessions work with. */
    public synchronized void setAside(long bytes) {
        working = bytes;
        makeRoom(0);
    }

    /** Closes what is idle until a slot fits beside what is in use, or nothing idle is left. */
    synchronized void admit(SessionSlot slot) {
        makeRoom(slot.bytes());
        open.add(slot);
    }

    synchronized void used(SessionSlot slot) {
        if (limit.isPresent() && open.remove(slot)) {
            open.add(slot); // the last one is the youngest
        }
    }

    synchronized void forget(SessionSlot slot) {
        open.remove(slot);
    }

    private void makeRoom(long bytes) {
        if (limit.isEmpty()) {
            return;
        }
        for (SessionSlot other : new ArrayList<>(open)) {
            if (bytes + working + taken() <= limit.getAsLong()) {
                return;
            }
            if (other.closeIfIdle()) {
                open.remove(other);
                NativeHeap.giveBack();
            }
        }
    }

    private long taken() {
        return open.stream().mapToLong(SessionSlot::bytes).sum();
    }
}
