package dev.zoetrope.graph.ir;

import java.util.List;

/** A setting of a node that is fixed when the graph is built. */
public sealed interface Attribute {
    record Whole(long value) implements Attribute {}

    record Real(float value) implements Attribute {}

    record Text(String value) implements Attribute {}

    record Wholes(List<Long> values) implements Attribute {
        public Wholes {
            values = List.copyOf(values);
        }
    }

    static Attribute of(long value) {
        return new Whole(value);
    }

    static Attribute of(float value) {
        return new Real(value);
    }

    static Attribute of(String value) {
        return new Text(value);
    }

    static Attribute of(List<Long> values) {
        return new Wholes(values);
    }
}
