package dev.zoetrope.graph.component;

import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;

/**
 * Rotary positions (arXiv:2104.09864) with angles made in the graph, the same for every head and layer.
 *
 * @param cosine {@code [tokens, headSize/2]}
 * @param sine {@code [tokens, headSize/2]}
 * @param neighbours whether channels side by side make a pair; else those half a head apart
 */
public record RotaryPosition(Value cosine, Value sine, boolean neighbours) {
    /** The same tables in the type that the operators compute in. */
    public RotaryPosition in(Operators op) {
        return new RotaryPosition(op.cast(cosine, op.computeType()), op.cast(sine, op.computeType()), neighbours);
    }

    /** {@code [1, tokens, heads*headSize]} to the same. */
    public Value rotate(Operators op, Value x, int heads) {
        return op.rotaryEmbedding(x, cosine, sine, heads, neighbours);
    }
}
