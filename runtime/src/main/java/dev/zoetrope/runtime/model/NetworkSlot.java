package dev.zoetrope.runtime.model;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.graph.export.OnnxModel;
import java.util.List;

/**
 * A network and the sessions that it owns, opened when they are first used.
 *
 * @param slots one, or one for each part
 */
public record NetworkSlot(Network network, List<SessionSlot> slots) implements Network, AutoCloseable {
    public NetworkSlot {
        slots = List.copyOf(slots);
    }

    /** Of a whole graph, or of its parts in order. */
    @MustBeClosed
    static NetworkSlot of(List<OnnxModel> graphs, List<SessionSlot> slots) {
        return new NetworkSlot(slots.size() == 1 ? Network.of(slots.getFirst()) : Network.of(graphs, slots), slots);
    }

    @Override
    @MustBeClosed
    public NetworkBinding bind() {
        return network.bind();
    }

    /** What has to be open at a time, about: the largest of its sessions. */
    public long bytes() {
        return slots.stream().mapToLong(SessionSlot::bytes).max().orElse(0);
    }

    /** The sessions worth opening ahead: none where one makes room for the next. */
    public List<SessionSlot> lasting() {
        return slots.size() == 1 ? slots : List.of();
    }

    @Override
    public void close() {
        slots.forEach(SessionSlot::close);
    }
}
