package dev.zoetrope.graph.weight;

/**
 * A place in a checkpoint's tree of names, such as {@code blocks.0.attention}.
 *
 * @param path the place, empty for the root
 */
public record WeightScope(WeightSource source, String path) {
    public static WeightScope root(WeightSource source) {
        return new WeightScope(source, "");
    }

    /** The place one or more names further down. */
    public WeightScope at(String name) {
        return new WeightScope(source, join(name));
    }

    /** The floating-point tensor of this name here; it must have the given sizes. */
    public WeightTensor tensor(String name, long... sizes) {
        WeightTensor tensor = source.tensor(join(name)).require(sizes);
        if (!tensor.type().isFloatingPoint()) {
            throw WeightException.of(tensor.file(), "weight " + join(name), "floating-point numbers", tensor.type());
        }
        return tensor;
    }

    private String join(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
