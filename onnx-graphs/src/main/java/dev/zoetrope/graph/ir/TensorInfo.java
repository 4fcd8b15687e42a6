package dev.zoetrope.graph.ir;

/** Name, type and shape of a graph's input or output. */
public record TensorInfo(String name, ElementType type, Shape shape) {
    @Override
    public String toString() {
        return name + " " + type + shape;
    }
}
