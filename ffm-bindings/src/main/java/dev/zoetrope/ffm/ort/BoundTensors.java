package dev.zoetrope.ffm.ort;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tensors of a binding, and the checks that make a mistake a Java exception; not thread-safe by itself. */
final class BoundTensors {
    /** Never started: memory that it may access is memory that every thread may access. */
    private static final Thread ANY_THREAD = Thread.ofPlatform().unstarted(() -> {});

    private final String model;
    private final List<ValueInfo> inputInfos;
    private final List<ValueInfo> outputInfos;
    private final Map<String, Tensor> inputs = new LinkedHashMap<>();
    private final Map<String, Tensor> outputs = new LinkedHashMap<>();
    private MemorySegment @Nullable [] guards;

    BoundTensors(String model, List<ValueInfo> inputInfos, List<ValueInfo> outputInfos) {
        this.model = model;
        this.inputInfos = inputInfos;
        this.outputInfos = outputInfos;
    }

    void requireInput(String name, Tensor tensor) {
        require("input", inputInfos, name, tensor);
    }

    void requireOutput(String name, Tensor tensor) {
        require("output", outputInfos, name, tensor);
        if (!tensor.isOnDevice() && tensor.segment().isReadOnly()) {
            throw new IllegalArgumentException(
                    place("output", name) + ": expected memory that can be written, found a read-only segment");
        }
    }

    private void require(String kind, List<ValueInfo> infos, String name, Tensor tensor) {
        ValueInfo info = infos.stream()
                .filter(candidate -> candidate.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(place(kind, name) + ": expected one of "
                        + infos.stream().map(ValueInfo::name).toList() + ", found no such " + kind));
        if (!info.accepts(tensor.type(), tensor.shape())) {
            throw new IllegalArgumentException(
                    place(kind, name) + ": expected " + info.describe() + ", found " + tensor);
        }
        requireAlive(kind, name, tensor);
    }

    private void requireAlive(String kind, String name, Tensor tensor) {
        if (!tensor.isAlive()) {
            throw new IllegalStateException(place(kind, name)
                    + ": expected memory of an open arena, found the arena closed; bind memory that lives, or close the"
                    + " arena after the binding");
        }
    }

    private String place(String kind, String name) {
        return kind + " `" + name + "` of model " + model;
    }

    void putInput(String name, Tensor tensor) {
        inputs.put(name, tensor);
        guards = null;
    }

    void putOutput(String name, Tensor tensor) {
        outputs.put(name, tensor);
        guards = null;
    }

    void clearInputs() {
        inputs.clear();
        guards = null;
    }

    void clearOutputs() {
        outputs.clear();
        guards = null;
    }

    Map<String, Long> addresses() {
        Map<String, Long> addresses = new LinkedHashMap<>();
        inputs.forEach((name, tensor) -> addresses.put(name, tensor.address()));
        outputs.forEach((name, tensor) -> addresses.put(name, tensor.address()));
        return Map.copyOf(addresses);
    }

    /** Checks everything that must hold before a run, and returns a segment of each arena to keep open during it. */
    MemorySegment[] readyToRun() {
        MemorySegment[] ready = guards;
        if (ready == null) {
            requireComplete();
            requireConsistentSymbols();
            ready = BindingCalls.padGuards(sharedArenas());
            guards = ready;
        }
        inputs.forEach((name, tensor) -> requireAlive("input", name, tensor));
        outputs.forEach((name, tensor) -> requireAlive("output", name, tensor));
        return ready;
    }

    private void requireComplete() {
        for (ValueInfo info : inputInfos) {
            if (!inputs.containsKey(info.name())) {
                throw new IllegalStateException(
                        place("input", info.name()) + ": expected " + info.describe() + ", found nothing bound");
            }
        }
        if (outputs.isEmpty()) {
            throw new IllegalStateException("run of model " + model + ": expected at least one bound output of "
                    + outputInfos.stream().map(ValueInfo::name).toList() + ", found none");
        }
    }

    /** Dimensions with one name have one length; the library would find out in the middle of a kernel, if at all. */
    private void requireConsistentSymbols() {
        record Use(String input, long length) {}

        Map<String, Use> uses = new HashMap<>();
        for (ValueInfo info : inputInfos) {
            Tensor tensor = inputs.get(info.name());
            for (int i = 0; tensor != null && i < tensor.shape().length; i++) {
                String symbol = info.symbolicDimensions().get(i);
                long length = tensor.shape()[i];
                Use first = symbol.isEmpty() ? null : uses.putIfAbsent(symbol, new Use(info.name(), length));
                if (first != null && first.length() != length) {
                    throw new IllegalArgumentException(place("input", info.name()) + ": expected `" + symbol + "` = "
                            + first.length() + " as in `" + first.input() + "`, found " + length + " in " + tensor
                            + " (" + info.describe() + ")");
                }
            }
        }
    }

    private MemorySegment[] sharedArenas() {
        List<MemorySegment> distinct = new ArrayList<>();
        for (Map<String, Tensor> side : List.of(inputs, outputs)) {
            for (Tensor tensor : side.values()) {
                MemorySegment segment = tensor.segment();
                // A confined arena can be closed by its own thread only, and cannot be kept open by another one.
                if (segment.isAccessibleBy(ANY_THREAD)
                        && distinct.stream().noneMatch(other -> other.scope().equals(segment.scope()))) {
                    distinct.add(segment);
                }
            }
        }
        if (distinct.size() > BindingCalls.MAX_GUARDS) {
            throw new IllegalArgumentException("binding of model " + model + ": expected memory of at most "
                    + BindingCalls.MAX_GUARDS + " arenas, found " + distinct.size()
                    + "; allocate buffers that live together from one arena");
        }
        return distinct.toArray(MemorySegment[]::new);
    }
}
