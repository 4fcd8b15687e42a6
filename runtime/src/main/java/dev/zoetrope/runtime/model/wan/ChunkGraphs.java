package dev.zoetrope.runtime.model.wan;

import dev.zoetrope.ffm.ort.Session;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.model.wan.Chunk;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * An encoder's or a decoder's graph for each kind of chunk, and the sessions they run in. What the graphs do not share is little:
 * the weights of both lie in the same pages of the same file.
 */
record ChunkGraphs(Map<Chunk, OnnxModel> graphs, Map<Chunk, Supplier<Session>> sessions) {
    ChunkGraphs {
        graphs = Map.copyOf(graphs);
        sessions = Map.copyOf(sessions);
    }

    /** Builds the graphs; the sessions are opened when they are first used. */
    static ChunkGraphs of(Function<Chunk, OnnxModel> builder, Function<OnnxModel, Supplier<Session>> opener) {
        Map<Chunk, OnnxModel> graphs = new EnumMap<>(Chunk.class);
        Map<Chunk, Supplier<Session>> sessions = new EnumMap<>(Chunk.class);
        for (Chunk chunk : Chunk.values()) {
            OnnxModel graph = builder.apply(chunk);
            graphs.put(chunk, graph);
            sessions.put(chunk, opener.apply(graph));
        }
        return new ChunkGraphs(graphs, sessions);
    }

    OnnxModel graph(Chunk chunk) {
        OnnxModel graph = graphs.get(chunk);
        if (graph == null) {
            throw new IllegalStateException("chunk " + chunk + ": no graph");
        }
        return graph;
    }

    /** What all sessions take together, about. */
    long loadedBytes() {
        return graphs.values().stream().mapToLong(OnnxModel::loadedBytes).sum();
    }

    Session session(Chunk chunk) {
        Supplier<Session> session = sessions.get(chunk);
        if (session == null) {
            throw new IllegalStateException("chunk " + chunk + ": no session");
        }
        return session.get();
    }
}
