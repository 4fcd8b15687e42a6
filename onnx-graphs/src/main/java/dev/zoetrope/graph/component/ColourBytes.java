package dev.zoetrope.graph.component;

import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;

/** Colours in -1..1 as bytes: limited to that range, then rounded to 0..255, halves to even. */
public final class ColourBytes {
    private ColourBytes() {}

    /** Any shape to the same, uint8. */
    public static Value of(Operators op, Value colours) {
        Value limited = op.clip(colours, op.scalar(-1f), op.scalar(1f));
        Value bytes = op.multiply(op.add(limited, op.scalar(1f)), op.scalar(127.5f));
        return op.cast(op.round(bytes), ElementType.UINT8);
    }
}
