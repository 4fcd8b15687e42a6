package dev.zoetrope.runtime.model;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.ffm.ort.Binding;
import dev.zoetrope.ffm.ort.ElementType;
import dev.zoetrope.ffm.ort.Session;
import dev.zoetrope.ffm.ort.Tensor;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.TensorInfo;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A graph of a model as it runs: in one session or, where a memory limit leaves no room for all of its weights, in several that follow
 * each other, each opened when it is its turn.
 */
@FunctionalInterface
public interface Network {
    /** A binding of its inputs and outputs, which opens what it needs; the caller closes it. */
    @MustBeClosed
    NetworkBinding bind();

    /** A network in a session that somebody else closes. */
    static Network of(Supplier<Session> session) {
        return new Whole(session);
    }

    /**
     * A network in several sessions that somebody else closes.
     *
     * @param graphs of {@link OnnxModel#parts}, in order
     * @param sessions of each
     */
    static Network of(List<OnnxModel> graphs, List<? extends Supplier<Session>> sessions) {
        return new Parted(graphs, List.copyOf(sessions));
    }

    /** One session, which stays bound. */
    record Whole(Supplier<Session> session) implements Network {
        @Override
        @MustBeClosed
        @SuppressWarnings("MustBeClosed") // the result owns the binding
        public NetworkBinding bind() {
            return new WholeBinding(session.get().createBinding());
        }
    }

    /** Several sessions, of which each is bound when it runs. */
    record Parted(List<OnnxModel> graphs, List<Supplier<Session>> sessions) implements Network {
        public Parted {
            graphs = List.copyOf(graphs);
            sessions = List.copyOf(sessions);
            if (graphs.size() != sessions.size()) {
                throw new IllegalArgumentException(
                        "sessions: expected one for each of " + graphs.size() + " parts, found " + sessions.size());
            }
        }

        @Override
        @MustBeClosed
        public NetworkBinding bind() {
            return new PartedBinding(this);
        }
    }

    /** Delegates. */
    record WholeBinding(Binding binding) implements NetworkBinding {
        @Override
        public void bindInput(String name, Tensor tensor) {
            binding.bindInput(name, tensor);
        }

        @Override
        public void bindOutput(String name, Tensor tensor) {
            binding.bindOutput(name, tensor);
        }

        @Override
        public void run() {
            binding.run();
        }

        @Override
        public long runNanos() {
            return binding.runNanos();
        }

        @Override
        public Map<String, Long> boundAddresses() {
            return binding.boundAddresses();
        }

        @Override
        public void close() {
            binding.close();
        }
    }

    /** Holds what is bound, and the memory of what a part hands on. */
    final class PartedBinding implements NetworkBinding {
        private final Parted network;
        private final Map<String, Tensor> inputs = new HashMap<>();
        private final Map<String, Tensor> outputs = new HashMap<>();
        private final Map<String, Tensor> handedOn = new HashMap<>();
        private final Arena arena;
        private long runNanos;

        @MustBeClosed
        @SuppressWarnings("MustBeClosed") // close() closes the arena
        private PartedBinding(Parted network) {
            this.network = network;
            this.arena = Arena.ofShared();
        }

        @Override
        public void bindInput(String name, Tensor tensor) {
            inputs.put(name, tensor);
        }

        @Override
        public void bindOutput(String name, Tensor tensor) {
            outputs.put(name, tensor);
        }

        @Override
        public void run() {
            Map<String, Long> sizes = sizes();
            runNanos = 0;
            for (int i = 0; i < network.graphs().size(); i++) {
                OnnxModel graph = network.graphs().get(i);
                try (Binding binding = network.sessions().get(i).get().createBinding()) {
                    for (TensorInfo info : graph.inputs()) {
                        binding.bindInput(info.name(), bound(info));
                    }
                    for (TensorInfo info : graph.outputs()) {
                        Tensor output = outputs.get(info.name());
                        binding.bindOutput(
                                info.name(),
                                output != null
                                        ? output
                                        : handedOn.computeIfAbsent(info.name(), _ -> allocate(info, sizes)));
                    }
                    binding.run();
                    runNanos += binding.runNanos();
                }
            }
        }

        @Override
        public long runNanos() {
            return runNanos;
        }

        private Tensor bound(TensorInfo info) {
            Tensor tensor = inputs.getOrDefault(info.name(), handedOn.get(info.name()));
            if (tensor == null) {
                tensor = outputs.get(info.name()); // an output that a later part reads, too
            }
            if (tensor == null) {
                throw new IllegalStateException("input " + info.name() + ": expected to be bound, found nothing");
            }
            return tensor;
        }

        /** What the symbols of the inputs' shapes stand for. */
        private Map<String, Long> sizes() {
            Map<String, Long> sizes = new HashMap<>();
            for (OnnxModel graph : network.graphs()) {
                for (TensorInfo info : graph.inputs()) {
                    Tensor tensor = inputs.get(info.name());
                    for (int axis = 0; tensor != null && axis < info.shape().rank(); axis++) {
                        Dimension dimension = info.shape().get(axis);
                        for (String symbol : dimension.symbols()) {
                            if (dimension.equals(Dimension.symbol(symbol))) {
                                sizes.put(symbol, tensor.shape()[axis]);
                            }
                        }
                    }
                }
            }
            return sizes;
        }

        private Tensor allocate(TensorInfo info, Map<String, Long> sizes) {
            ElementType type = ElementType.ofOnnxCode(info.type().code());
            long elements = info.shape().elements().sizeWhere(sizes);
            return Tensor.view(
                    arena.allocate(Math.multiplyExact(elements, type.byteSize()), 64),
                    type,
                    info.shape().sizesWhere(sizes));
        }

        @Override
        public Map<String, Long> boundAddresses() {
            Map<String, Long> addresses = new HashMap<>();
            List<Map<String, Tensor>> all = new ArrayList<>(List.of(inputs, outputs));
            all.forEach(tensors -> tensors.forEach((name, tensor) -> addresses.put(name, tensor.address())));
            return addresses;
        }

        @Override
        public void close() {
            if (arena.scope().isAlive()) {
                arena.close();
            }
        }
    }
}
