package dev.zoetrope.graph.component;

import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;
import java.util.Optional;

/** {@code down(gelu(up(x)))} with the tanh approximation of GELU. */
public record FeedForward(Linear up, Linear down) {
    /** {@code [tokens, width]} to the same. */
    public Value apply(Operators op, Value x) {
        return down.apply(op, activated(op, x));
    }

    private Value activated(Operators operators, Value x) {
        Operators op = operators.in(up.place());
        return operators.computeType() == ElementType.FLOAT || up.bias().isEmpty()
                ? op.geluTanh(up.apply(operators, x))
                : op.geluTanh(
                        up.withBias(Optional.empty()).apply(operators, x),
                        op.weight(up.bias().get()));
    }
}
