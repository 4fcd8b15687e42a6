package dev.zoetrope.runtime.model;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.ffm.ort.Environment;
import dev.zoetrope.ffm.ort.Provider;
import dev.zoetrope.ffm.ort.Session;
import dev.zoetrope.ffm.ort.SessionOptions;
import dev.zoetrope.graph.export.OnnxModel;
import java.util.List;
import java.util.function.Supplier;

/**
 * Opens the sessions of a model as its engine runs them.
 *
 * @param environment the library, owned by the engine
 * @param provider where networks run
 * @param budget what sessions may take together
 */
public record SessionOpener(Environment environment, Provider provider, MemoryBudget budget) {
    /** While a part is opened its weights are in memory twice, mapped and packed: an eighth is little over the limit. */
    private static final int PARTS_IN_MEMORY = 8;

    /**
     * A slot for a graph that is built when its session is opened; the caller closes it.
     *
     * @param bytes that the open session takes, about
     */
    @MustBeClosed
    public SessionSlot slot(long bytes, Supplier<OnnxModel> graph) {
        return new SessionSlot(() -> open(graph.get()), bytes, budget);
    }

    /** The same for a graph that is there already. */
    @MustBeClosed
    public SessionSlot slot(OnnxModel graph) {
        return slot(graph.loadedBytes(), () -> graph);
    }

    /**
     * The session of a graph, or those of its parts where under a memory limit all its weights would leave no room to work; the caller
     * closes it. Parts are read again in every run: that is slow, but then a model may be larger than memory.
     */
    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // the result owns the slots
    public NetworkSlot network(OnnxModel graph) {
        long limit = budget.limit().orElse(Long.MAX_VALUE);
        List<OnnxModel> graphs =
                graph.loadedBytes() <= limit / 4 * 3 ? List.of(graph) : graph.parts(limit / PARTS_IN_MEMORY);
        return NetworkSlot.of(graphs, graphs.stream().map(this::slot).toList());
    }

    @MustBeClosed
    private Session open(OnnxModel model) {
        SessionOptions options = SessionOptions.of(model.name())
                .withProvider(provider)
                .withMemoryPattern(false) // shapes vary from request to request
                .withExternalDataFolder(model.weightFolder());
        return Session.open(
                environment, budget.limit().isPresent() ? options.withShrinkingArena() : options, model.bytes());
    }
}
