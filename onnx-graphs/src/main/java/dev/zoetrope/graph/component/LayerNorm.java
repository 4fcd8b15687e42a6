package dev.zoetrope.graph.component;

import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;
import java.util.Arrays;

/**
 * Layer norm over the last axis (arXiv:1607.06450).
 *
 * <p>In float32 it is the RMS norm of {@code x - mean(x)}, which is the same number: ONNX Runtime 1.29's CPU kernel of the fused
 * operator takes 4 times as long as these three nodes (0.98 against 0.25 ms for {@code [1000, 192]}). In shorter types, which only
 * other devices compute in, the fused operator keeps its sums in float32.
 */
public record LayerNorm(float epsilon) {
    /** {@code [tokens, width]} to the same. */
    public Value apply(Operators op, Value x) {
        float[] ones = new float[Math.toIntExact(x.shape().get(-1).size())];
        Arrays.fill(ones, 1f);
        return normalised(op, x, op.constant(ones, ones.length), Value.none());
    }

    /**
     * The same with weights.
     *
     * @param gain {@code [width]}
     * @param bias {@code [width]}
     */
    public Value apply(Operators op, Value x, Value gain, Value bias) {
        return normalised(op, x, gain, bias);
    }

    private Value normalised(Operators op, Value x, Value gain, Value bias) {
        if (op.computeType() != ElementType.FLOAT) {
            return op.layerNormalization(x, gain, bias, epsilon);
        }
        Value normalised = op.rmsNormalization(op.subtract(x, op.mean(x, -1)), gain, epsilon);
        return bias.isNone() ? normalised : op.add(normalised, bias);
    }
}
