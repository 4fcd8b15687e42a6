package dev.zoetrope.parity;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.ffm.ort.ElementType;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.ir.TensorInfo;
import dev.zoetrope.graph.model.wan.Chunk;
import dev.zoetrope.graph.model.wan.WanAutoencoder;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/** Runs a Wan autoencoder's graphs chunk by chunk and hands the caches of each to the next. */
final class WanChunks implements AutoCloseable {
    private final Map<Chunk, OnnxModel> models = new HashMap<>();
    private final Map<Chunk, GraphRunner> runners = new HashMap<>();
    private final Map<String, Long> symbols;
    private final Map<String, HostTensor> caches = new HashMap<>();
    private final Arena arena = Arena.ofAuto();
    private Chunk chunk = Chunk.FIRST;

    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // close() closes them
    WanChunks(Function<Chunk, OnnxModel> graphs, long rows, long columns) {
        this.symbols = Map.of("rows", rows, "columns", columns);
        for (Chunk each : Chunk.values()) {
            OnnxModel model = graphs.apply(each);
            models.put(each, model);
            runners.put(each, GraphRunner.open(model));
        }
    }

    /** Frames of pixels that the next chunk stands for. */
    int frames() {
        return chunk.frames();
    }

    /** Runs the next chunk. */
    HostTensor run(String input, HostTensor value, String output) {
        OnnxModel model = model();
        Map<String, HostTensor> inputs = new HashMap<>();
        for (TensorInfo info : model.inputs()) {
            String name = info.name();
            inputs.put(name, name.equals(input) ? value : caches.getOrDefault(name, zeros(info)));
        }
        Map<String, HostTensor> outputs = new HashMap<>();
        for (TensorInfo info : model.outputs()) {
            outputs.put(info.name(), zeros(info));
        }
        GraphRunner runner = runners.get(chunk);
        if (runner == null) {
            throw new AssertionError("every chunk has a runner");
        }
        runner.run(inputs, outputs);
        HostTensor result = outputs.remove(output);
        if (result == null) {
            throw new AssertionError("an output " + output);
        }
        outputs.forEach((name, cache) -> caches.put(name.replace(WanAutoencoder.NEXT, WanAutoencoder.PREVIOUS), cache));
        chunk = Chunk.LATER;
        return result;
    }

    private OnnxModel model() {
        OnnxModel model = models.get(chunk);
        if (model == null) {
            throw new AssertionError("every chunk has a graph");
        }
        return model;
    }

    private HostTensor zeros(TensorInfo info) {
        return HostTensor.zeros(
                arena, ElementType.ofOnnxCode(info.type().code()), info.shape().sizesWhere(symbols));
    }

    @Override
    public void close() {
        runners.values().forEach(GraphRunner::close);
    }
}
