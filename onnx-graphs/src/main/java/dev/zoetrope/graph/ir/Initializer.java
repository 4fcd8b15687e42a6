package dev.zoetrope.graph.ir;

import java.util.List;

/** A tensor that is part of the model: a small constant inside the file, or weights that stay in a file of their own. */
public sealed interface Initializer {
    String name();

    ElementType type();

    /** Sizes of the axes, all known. */
    List<Long> sizes();

    /** A constant within the model file; little-endian bytes. */
    record Inline(String name, ElementType type, List<Long> sizes, Bytes bytes) implements Initializer {
        public Inline {
            sizes = List.copyOf(sizes);
        }
    }

    /**
     * Bytes that stay where they are.
     *
     * @param location the file: as it was opened while a graph is built, relative to the model's weight folder, with {@code /}, in a
     *     model
     * @param offset first byte within the file
     * @param byteSize number of bytes
     */
    record External(String name, ElementType type, List<Long> sizes, String location, long offset, long byteSize)
            implements Initializer {
        public External {
            sizes = List.copyOf(sizes);
        }

        /** The same bytes under another location. */
        public External at(String newLocation) {
            return new External(name, type, sizes, newLocation, offset, byteSize);
        }
    }
}
