package dev.zoetrope.graph.ir;

import dev.zoetrope.graph.GraphException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * Cuts a graph into parts that run one after the other and give the same, so that not all weights need be in memory at once. What a
 * part hands on is an output of it and an input of those that use it, under one name.
 *
 * <p>The nodes that depend on inputs and on weights are divided, in their order; it is cut where the fewest values are handed on,
 * between the blocks of a transformer. What depends on inputs alone (positions, lengths) or on weights alone (casts) is computed in each
 * part that uses it.
 */
public final class GraphSplitter {
    private static final int NEVER = Integer.MAX_VALUE;

    private final Graph graph;
    private final Map<String, Node> producers = new HashMap<>();
    private final Map<String, Initializer> initializers = new LinkedHashMap<>();
    private final Set<String> ofWeights = new HashSet<>();
    private final Set<String> ofInputs = new HashSet<>();
    private final Set<String> symbols = new HashSet<>();
    private final List<Node> divided = new ArrayList<>();
    private final int[] handedOn;

    private GraphSplitter(Graph graph) {
        this.graph = graph;
        for (TensorInfo input : graph.inputs()) {
            ofInputs.add(input.name());
            input.shape().dimensions().forEach(dimension -> symbols.addAll(dimension.symbols()));
        }
        for (Initializer initializer : graph.initializers()) {
            initializers.put(initializer.name(), initializer);
            if (initializer instanceof Initializer.External) {
                ofWeights.add(initializer.name());
            }
        }
        for (Node node : graph.nodes()) {
            boolean seesWeights = node.inputs().stream().anyMatch(ofWeights::contains);
            boolean seesInputs = node.inputs().stream().anyMatch(ofInputs::contains);
            for (String output : node.outputs()) {
                producers.put(output, node);
                if (seesWeights) {
                    ofWeights.add(output);
                }
                if (seesInputs) {
                    ofInputs.add(output);
                }
            }
            if (seesWeights && seesInputs) {
                divided.add(node);
            }
        }
        for (TensorInfo output : graph.outputs()) {
            if (!isDivided(output.name())) {
                throw new GraphException("graph " + graph.name() + ": expected outputs that depend on inputs and on"
                        + " weights, found " + output.name());
            }
        }
        handedOn = handedOn();
    }

    /**
     * Cuts a graph.
     *
     * @param mostBytes of a part; a part that cannot be cut further may have more
     * @param byteSize what a graph's weights take
     */
    public static List<Graph> split(Graph graph, long mostBytes, ToLongFunction<Graph> byteSize) {
        return new GraphSplitter(graph).split(mostBytes, byteSize);
    }

    private List<Graph> split(long mostBytes, ToLongFunction<Graph> byteSize) {
        List<Graph> parts = new ArrayList<>();
        int start = 0;
        while (start < divided.size()) {
            int end = end(start, mostBytes, byteSize);
            parts.add(part(start, end, parts.size()));
            start = end;
        }
        return parts;
    }

    /** The last of the best places to cut, if possible after half of the bytes; the next place at all where there is none within them. */
    private int end(int start, long mostBytes, ToLongFunction<Graph> byteSize) {
        if (byteSize.applyAsLong(part(start, divided.size(), 0)) <= mostBytes) {
            return divided.size();
        }
        int best = -1;
        int fewest = NEVER - 1;
        long bytes = 0;
        Set<String> seen = new HashSet<>();
        for (int end = start + 1; end < divided.size(); end++) {
            bytes += newBytes(divided.get(end - 1), seen, byteSize);
            if (bytes > mostBytes && best >= 0) {
                return best;
            }
            boolean isEarly = bytes < mostBytes / 2;
            if (handedOn[end] < NEVER && (isEarly || handedOn[end] <= fewest)) {
                fewest = isEarly ? NEVER - 1 : handedOn[end];
                best = end;
            }
        }
        return best >= 0 ? best : divided.size();
    }

    /** Bytes of the weights that a node is the first to use. */
    private long newBytes(Node node, Set<String> seen, ToLongFunction<Graph> byteSize) {
        Set<Node> nodes = withItsOwn(Set.of(node));
        List<Initializer> fresh = new ArrayList<>();
        for (Node used : nodes) {
            for (String input : used.inputs()) {
                Initializer initializer = initializers.get(input);
                if (initializer != null && seen.add(input)) {
                    fresh.add(initializer);
                }
            }
        }
        return byteSize.applyAsLong(new Graph(graph.name(), List.of(), List.of(), fresh, List.copyOf(nodes)));
    }

    /**
     * For each place before a divided node, the number of values made before it and used after it; {@link #NEVER} where the size of one
     * is not known before a run.
     */
    private int[] handedOn() {
        Map<String, Integer> lastUse = new HashMap<>();
        for (int i = 0; i < divided.size(); i++) {
            for (String input : divided.get(i).inputs()) {
                lastUse.put(input, i);
            }
        }
        int[] counts = new int[divided.size()];
        for (int i = 0; i < divided.size(); i++) {
            for (String output : divided.get(i).outputs()) {
                for (int place = i + 1; place <= lastUse.getOrDefault(output, 0); place++) {
                    counts[place] = isSizeKnown(output) && counts[place] < NEVER ? counts[place] + 1 : NEVER;
                }
            }
        }
        return counts;
    }

    private boolean isDivided(String value) {
        return ofWeights.contains(value) && ofInputs.contains(value);
    }

    private boolean isSizeKnown(String value) {
        TensorInfo info = graph.results().get(value);
        return info != null
                && info.shape().dimensions().stream().allMatch(dimension -> symbols.containsAll(dimension.symbols()));
    }

    private Graph part(int start, int end, int number) {
        Set<Node> chosen = new HashSet<>(divided.subList(start, end));
        Set<Node> nodes = withItsOwn(chosen);
        List<Node> ordered = graph.nodes().stream().filter(nodes::contains).toList();
        Set<String> used = new LinkedHashSet<>();
        ordered.forEach(node -> used.addAll(node.inputs()));
        Set<String> made = new HashSet<>();
        ordered.forEach(node -> made.addAll(node.outputs()));

        List<TensorInfo> inputs = new ArrayList<>(graph.inputs().stream()
                .filter(input -> used.contains(input.name()))
                .toList());
        for (String value : used) {
            if (!made.contains(value) && producers.containsKey(value)) {
                inputs.add(result(value));
            }
        }
        Set<String> later = new LinkedHashSet<>();
        divided.subList(end, divided.size()).forEach(node -> later.addAll(node.inputs()));
        Map<String, TensorInfo> outputs = new LinkedHashMap<>();
        for (TensorInfo output : graph.outputs()) {
            if (chosen.contains(producers.get(output.name()))) {
                outputs.put(output.name(), output);
            }
        }
        for (String value : later) {
            if (chosen.contains(producers.get(value))) {
                outputs.putIfAbsent(value, result(value));
            }
        }
        return new Graph(
                graph.name() + "/" + number,
                inputs,
                List.copyOf(outputs.values()),
                initializers.values().stream()
                        .filter(initializer -> used.contains(initializer.name()))
                        .toList(),
                ordered,
                graph.results());
    }

    private TensorInfo result(String value) {
        TensorInfo info = graph.results().get(value);
        if (info == null) {
            throw new GraphException("graph " + graph.name() + ": expected a known type of " + value + ", found none");
        }
        return info;
    }

    /** Some of the divided nodes, and those that are computed wherever they are needed. */
    private Set<Node> withItsOwn(Set<Node> chosen) {
        Set<Node> nodes = new HashSet<>(chosen);
        List<Node> open = new ArrayList<>(chosen);
        while (!open.isEmpty()) {
            for (String input : open.removeLast().inputs()) {
                Node producer = producers.get(input);
                boolean isAnybodys = producer != null && !isDivided(input);
                if (isAnybodys && nodes.add(producer)) {
                    open.add(producer);
                }
            }
        }
        return nodes;
    }
}
