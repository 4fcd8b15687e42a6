package dev.zoetrope.graph.model.wan;

import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.GraphBuilder;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;
import java.util.List;

/**
 * What causal layers see of the chunk before: of each its last frames, a graph input {@code previous/<place>} of a later chunk and
 * an output {@code next/<place>} of every chunk. An output is computed from its input joined to the chunk's frames, never beside
 * it, so both may be the same memory.
 */
final class FrameCaches {
    private static final int FRAMES = 2; // axis of [1, channels, frames, height, width]

    private final GraphBuilder graph;
    private final Chunk chunk;

    FrameCaches(GraphBuilder graph, Chunk chunk) {
        this.graph = graph;
        this.chunk = chunk;
    }

    /** {@code x [1, channels, frames, h, w]} with {@code count} frames before it: the chunk before's last, or zeros. */
    Value preceded(Operators op, String place, Value x, int count) {
        long frames = x.shape().get(FRAMES).size();
        Value joined = switch (chunk) {
            case FIRST -> op.zerosBefore(x, FRAMES, count);
            case LATER -> op.concat(FRAMES, List.of(previous(place, x, count), x));
        };
        graph.output(WanAutoencoder.NEXT + place, op.slice(joined, FRAMES, frames, frames + count));
        return joined;
    }

    private Value previous(String place, Value x, int count) {
        return graph.input(WanAutoencoder.PREVIOUS + place, x.type(), x.shape().with(FRAMES, Dimension.of(count)));
    }
}
