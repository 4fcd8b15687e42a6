package dev.zoetrope.parity;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.ffm.ort.Binding;
import dev.zoetrope.ffm.ort.Environment;
import dev.zoetrope.ffm.ort.EnvironmentOptions;
import dev.zoetrope.ffm.ort.LogLevel;
import dev.zoetrope.ffm.ort.Session;
import dev.zoetrope.ffm.ort.SessionOptions;
import dev.zoetrope.ffm.ort.Tensor;
import dev.zoetrope.graph.export.OnnxModel;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** An opened graph that runs on named tensors. */
final class GraphRunner implements AutoCloseable {
    private final Environment environment;
    private final Session session;

    private GraphRunner(Environment environment, Session session) {
        this.environment = environment;
        this.session = session;
    }

    @MustBeClosed
    static GraphRunner open(OnnxModel model) {
        SessionOptions options =
                SessionOptions.of(model.name()).withMemoryPattern(false).withExternalDataFolder(model.weightFolder());
        return open(environment -> Session.open(environment, options, model.bytes()));
    }

    @MustBeClosed
    static GraphRunner open(Path onnxFile) {
        SessionOptions options = SessionOptions.of("file").withMemoryPattern(false);
        return open(environment -> Session.open(environment, options, onnxFile));
    }

    private interface Opening {
        @MustBeClosed
        Session open(Environment environment);
    }

    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // close() closes both
    private static GraphRunner open(Opening opening) {
        Environment environment = Environment.open(new EnvironmentOptions(1, false, LogLevel.FATAL));
        try {
            return new GraphRunner(environment, opening.open(environment));
        } catch (RuntimeException e) {
            environment.close();
            throw e;
        }
    }

    /**
     * Runs the graph.
     *
     * @param outputs memory for the outputs, written by the run
     */
    void run(Map<String, HostTensor> inputs, Map<String, HostTensor> outputs) {
        // A binding holds few arenas, and every tensor has one of its own: the run works on copies in one.
        try (Arena arena = Arena.ofShared();
                Binding binding = session.createBinding()) {
            inputs.forEach((name, tensor) -> binding.bindInput(name, tensor.viewOfCopy(arena)));
            Map<String, Tensor> results = new LinkedHashMap<>();
            outputs.forEach((name, tensor) -> results.put(name, tensor.viewOfCopy(arena)));
            results.forEach(binding::bindOutput);
            binding.run();
            outputs.forEach((name, tensor) -> tensor.copyFrom(Objects.requireNonNull(results.get(name))));
        }
    }

    /** The session, for what binds by itself. */
    Session session() {
        return session;
    }

    @Override
    public void close() {
        session.close();
        environment.close();
    }
}
