package dev.zoetrope.graph.component;

import dev.zoetrope.graph.GraphException;
import dev.zoetrope.graph.ir.ElementType;

/**
 * How a transformer's graph is made for the device that runs it.
 *
 * @param slots most segments of a packed sequence; counts for {@link AttentionForm#SPLIT} only
 * @param computeType of matrices and attention; what is small and delicate (time, modulation, positions) stays in float32
 */
public record NetworkForm(AttentionForm attention, int slots, ElementType computeType) {
    public NetworkForm {
        if (slots < 1) {
            throw new GraphException("slots: expected at least 1, found " + slots);
        }
        if (!computeType.isFloatingPoint()) {
            throw new GraphException("compute type: expected FLOAT, FLOAT16 or BFLOAT16, found " + computeType);
        }
        if (attention == AttentionForm.VARLEN && computeType == ElementType.BFLOAT16) {
            throw new GraphException("compute type: expected FLOAT16 or FLOAT for the form VARLEN, whose kernel has no"
                    + " other, found BFLOAT16 (the form DENSE has it)");
        }
    }

    /** For the CPU: as many segments as there are slots, in float32. */
    public static NetworkForm cpu(int slots) {
        return of(AttentionForm.SPLIT, slots);
    }

    /** A form in the type that it is meant for: {@link AttentionForm#VARLEN} in float16, the others in float32. */
    public static NetworkForm of(AttentionForm attention, int slots) {
        return new NetworkForm(
                attention, slots, attention == AttentionForm.VARLEN ? ElementType.FLOAT16 : ElementType.FLOAT);
    }

    /** For sequences of one segment. */
    public static NetworkForm dense(ElementType computeType) {
        return new NetworkForm(AttentionForm.DENSE, 1, computeType);
    }

    /** For CUDA: any number of segments, in float16. */
    public static NetworkForm varlen() {
        return of(AttentionForm.VARLEN, 1);
    }
}
