package dev.zoetrope.graph.ir;

/**
 * A tensor that a graph will compute: the result of a node, an input or an initializer. A value belongs to the builder that
 * made it; a node of another graph refuses it.
 */
public final class Value {
    private static final Value NONE =
            new Value(GraphBuilder.create("none"), new TensorInfo("", ElementType.FLOAT, Shape.of(0L)));

    private final GraphBuilder owner;
    private final TensorInfo info;

    Value(GraphBuilder owner, TensorInfo info) {
        this.owner = owner;
        this.info = info;
    }

    /** Stands for an optional input that a node goes without. */
    public static Value none() {
        return NONE;
    }

    public boolean isNone() {
        return this == NONE;
    }

    public String name() {
        return info.name();
    }

    public ElementType type() {
        return info.type();
    }

    public Shape shape() {
        return info.shape();
    }

    GraphBuilder owner() {
        return owner;
    }

    TensorInfo info() {
        return info;
    }

    @Override
    public String toString() {
        return isNone() ? "(none)" : info.toString();
    }
}
