package dev.zoetrope.graph.weight;

import dev.zoetrope.graph.ir.ElementType;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A place in a checkpoint's tree of names, such as {@code blocks.0.attention}. Remembers, together with every place it leads to,
 * which tensors were asked for. Not safe for several threads.
 */
public final class WeightScope {
    private final WeightSource source;
    private final String path;
    private final Set<String> asked;
    private final Map<String, List<LowRank>> added;

    private WeightScope(WeightSource source, String path, Set<String> asked, Map<String, List<LowRank>> added) {
        this.source = source;
        this.path = path;
        this.asked = asked;
        this.added = added;
    }

    public static WeightScope root(WeightSource source) {
        return root(source, Map.of());
    }

    /**
     * The root of a checkpoint that something is added to.
     *
     * @param added by the places of the linear layers that it is added to
     */
    public static WeightScope root(WeightSource source, Map<String, List<LowRank>> added) {
        return new WeightScope(source, "", new HashSet<>(), Map.copyOf(added));
    }

    /** The place, empty for the root. */
    public String path() {
        return path;
    }

    /** The place one or more names further down. */
    public WeightScope at(String name) {
        return new WeightScope(source, join(name), asked, added);
    }

    /** Whether there is a tensor of this name here. */
    public boolean has(String name) {
        return source.names().contains(join(name));
    }

    /** The floating-point tensor of this name here; it must have the given sizes. */
    public WeightTensor tensor(String name, long... sizes) {
        asked.add(join(name));
        WeightTensor tensor = source.tensor(join(name)).require(sizes);
        if (!tensor.type().isFloatingPoint()) {
            throw WeightException.of(tensor.file(), "weight " + join(name), "floating-point numbers", tensor.type());
        }
        return tensor;
    }

    /** What is added to the linear layer here. */
    public List<LowRank> added(long in, long out) {
        asked.add(path);
        return added.getOrDefault(path, List.of()).stream()
                .map(each -> each.require(path, in, out))
                .toList();
    }

    /** The numbers of a quantised weight here, {@code [out, blocks, bytes of a block of 4 or 8 bits]} uint8. */
    WeightTensor quantized(String name, long out, long blocks) {
        asked.add(join(name));
        WeightTensor tensor = source.tensor(join(name));
        List<Long> sizes = tensor.sizes();
        boolean fits = tensor.type() == ElementType.UINT8
                && (sizes.equals(List.of(out, blocks, (long) QuantizedWeight.BLOCK / 2))
                        || sizes.equals(List.of(out, blocks, (long) QuantizedWeight.BLOCK)));
        if (!fits) {
            throw WeightException.of(
                    tensor.file(),
                    "weight " + join(name),
                    "bytes [" + out + ", " + blocks + ", " + QuantizedWeight.BLOCK / 2 + " or " + QuantizedWeight.BLOCK
                            + "] beside its scales",
                    tensor.type() + " " + sizes);
        }
        return tensor;
    }

    /**
     * Refuses a checkpoint with tensors that nobody asked for: it belongs to another model than its configuration says.
     *
     * @param elsewhere first parts of names that another graph asks for
     */
    public void requireAllAsked(String... elsewhere) {
        added.forEach((place, layers) -> {
            if (!asked.contains(place)) {
                throw WeightException.of(
                        layers.getFirst().down().file(),
                        "LoRA",
                        "linear layers of this model",
                        "one of " + place + " (made for another model)");
            }
        });
        List<String> others = source.names().stream()
                .filter(name -> !asked.contains(name))
                .filter(name -> Arrays.stream(elsewhere).noneMatch(part -> name.startsWith(part + ".")))
                .toList();
        if (!others.isEmpty()) {
            throw WeightException.of(
                    source.tensor(others.getFirst()).file(),
                    "weights",
                    "only those of the model that config.json describes",
                    others.getFirst() + (others.size() > 1 ? " and " + (others.size() - 1) + " more" : ""));
        }
    }

    private String join(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
