package dev.zoetrope.runtime.model.wan;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.ffm.ort.Binding;
import dev.zoetrope.ffm.ort.ElementType;
import dev.zoetrope.ffm.ort.Tensor;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.ir.TensorInfo;
import dev.zoetrope.graph.model.wan.Chunk;
import dev.zoetrope.graph.model.wan.WanAutoencoder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Encodes or decodes one clip chunk by chunk. What a chunk hands to the next is written where it was read from: the graph copies it
 * before it makes its successor. Owns that memory and the bindings; not thread-safe.
 */
final class ChunkCoder implements AutoCloseable {
    private final ChunkGraphs graphs;
    private final Map<String, Long> symbols;
    private final Arena arena;
    private final Map<Chunk, Binding> bindings = new EnumMap<>(Chunk.class);
    private final Map<String, MemorySegment> caches = new LinkedHashMap<>();
    private Chunk chunk = Chunk.FIRST;

    /** For latents of {@code rows x columns} tokens. */
    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // close() frees the arena
    ChunkCoder(ChunkGraphs graphs, long rows, long columns) {
        this.graphs = graphs;
        this.symbols = Map.of("rows", rows, "columns", columns);
        this.arena = Arena.ofShared();
        for (TensorInfo info : caches(graphs.graph(Chunk.LATER).inputs(), WanAutoencoder.PREVIOUS)) {
            long bytes = info.shape().elements().sizeWhere(symbols) * Float.BYTES;
            caches.put(place(info, WanAutoencoder.PREVIOUS), arena.allocate(bytes, 64));
        }
    }

    /** Forgets what came before: the next chunk is the first of a run. */
    void startRun() {
        chunk = Chunk.FIRST;
    }

    /** The chunk that {@link #run} works on next. */
    Chunk next() {
        return chunk;
    }

    /** Runs the next chunk. */
    void run(String inputName, Tensor input, String outputName, Tensor output) {
        if (chunk == Chunk.FIRST) {
            // The first graph leaves out those that a run's first frame has no part in.
            caches.values().forEach(cache -> cache.fill((byte) 0));
        }
        Binding binding = bindings.computeIfAbsent(chunk, this::bind);
        binding.bindInput(inputName, input);
        binding.bindOutput(outputName, output);
        binding.run();
        chunk = Chunk.LATER;
    }

    @SuppressWarnings("MustBeClosed") // close() closes it
    private Binding bind(Chunk kind) {
        Binding binding = graphs.session(kind).createBinding();
        OnnxModel graph = graphs.graph(kind);
        for (TensorInfo info : caches(graph.inputs(), WanAutoencoder.PREVIOUS)) {
            binding.bindInput(info.name(), view(info, place(info, WanAutoencoder.PREVIOUS)));
        }
        for (TensorInfo info : caches(graph.outputs(), WanAutoencoder.NEXT)) {
            binding.bindOutput(info.name(), view(info, place(info, WanAutoencoder.NEXT)));
        }
        return binding;
    }

    private Tensor view(TensorInfo info, String place) {
        MemorySegment cache = caches.get(place);
        if (cache == null) {
            throw new IllegalStateException("cache of " + place + ": written by a chunk, but read by none");
        }
        return Tensor.view(cache, ElementType.FLOAT32, info.shape().sizesWhere(symbols));
    }

    private static List<TensorInfo> caches(List<TensorInfo> values, String prefix) {
        return values.stream().filter(info -> info.name().startsWith(prefix)).toList();
    }

    private static String place(TensorInfo info, String prefix) {
        return info.name().substring(prefix.length());
    }

    @Override
    public void close() {
        bindings.values().forEach(Binding::close);
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
