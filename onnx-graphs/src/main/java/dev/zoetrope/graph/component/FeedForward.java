package dev.zoetrope.graph.component;

import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;

/** {@code down(gelu(up(x)))} with the tanh approximation of GELU. */
public record FeedForward(Linear up, Linear down) {
    /** {@code [tokens, width]} to the same. */
    public Value apply(Operators op, Value x) {
        return down.apply(op, op.in(up.place()).geluTanh(up.apply(op, x)));
    }
}
