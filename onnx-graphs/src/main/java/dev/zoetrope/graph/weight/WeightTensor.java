package dev.zoetrope.graph.weight;

import dev.zoetrope.graph.ir.ElementType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where one tensor lies.
 *
 * @param sizes sizes of the axes, outermost first; all at least 0
 * @param file the file that holds it
 * @param offset first byte within the file
 * @param byteSize number of bytes
 */
public record WeightTensor(String name, ElementType type, List<Long> sizes, Path file, long offset, long byteSize) {
    public WeightTensor {
        sizes = List.copyOf(sizes);
    }

    /** This tensor, once it is certain that it has these sizes. */
    public WeightTensor require(long... expected) {
        List<Long> wanted = new ArrayList<>();
        for (long size : expected) {
            wanted.add(size);
        }
        if (!sizes.equals(wanted)) {
            throw WeightException.of(
                    file, "weight " + name, wanted, sizes + " (config.json and these weights are of different models)");
        }
        return this;
    }

    /** Rows {@code from} (included) to {@code to} (excluded) of the first axis, which lie together. */
    public WeightTensor rows(long from, long to) {
        long rows = sizes.getFirst();
        if (from < 0 || from > to || to > rows) {
            throw WeightException.of(file, "rows of " + name, "a range within 0.." + rows, from + ".." + to);
        }
        long rowBytes = rows == 0 ? 0 : byteSize / rows;
        List<Long> part = new ArrayList<>(sizes);
        part.set(0, to - from);
        return new WeightTensor(
                name + "[" + from + ":" + to + "]", type, part, file, offset + from * rowBytes, (to - from) * rowBytes);
    }

    /** The same under another name. */
    WeightTensor named(String newName) {
        return new WeightTensor(newName, type, sizes, file, offset, byteSize);
    }

    /** The same bytes under other sizes, such as a matrix used as a 1x1 convolution. */
    public WeightTensor reshaped(long... newSizes) {
        long before = sizes.stream().reduce(1L, Math::multiplyExact);
        long after = 1;
        List<Long> list = new ArrayList<>();
        for (long size : newSizes) {
            after = Math.multiplyExact(after, size);
            list.add(size);
        }
        if (before != after) {
            throw WeightException.of(file, "reshaped " + name, "as many elements as " + sizes, list);
        }
        return new WeightTensor(name, type, list, file, offset, byteSize);
    }
}
