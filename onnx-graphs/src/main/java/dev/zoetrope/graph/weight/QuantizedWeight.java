package dev.zoetrope.graph.weight;

/**
 * A matrix in 4 or 8 bits, as ONNX Runtime's {@code MatMulNBits} reads it: each row in blocks of {@link #BLOCK} numbers, each block
 * with one scale; a number is {@code scale * (stored - 2^(bits-1))}. Of two numbers of 4 bits in a byte the first is the low half.
 *
 * @param numbers {@code weight [out, blocks, bytes of a block]} uint8
 * @param scale {@code weight_scale [out, blocks]}
 */
public record QuantizedWeight(WeightTensor numbers, WeightTensor scale) {
    /** Numbers with a common scale. */
    public static final int BLOCK = 32;

    static final String SCALE = "_scale";

    /** Whether the weight at a place is quantised. */
    public static boolean isAt(WeightScope scope) {
        return scope.has("weight" + SCALE);
    }

    /** The weight at a place. */
    public static QuantizedWeight at(WeightScope scope, long in, long out) {
        long blocks = blocks(in);
        return new QuantizedWeight(scope.quantized("weight", out, blocks), scope.tensor("weight" + SCALE, out, blocks));
    }

    /** Blocks of a row; the last may be filled up. */
    static long blocks(long in) {
        return Math.ceilDiv(in, BLOCK);
    }

    /** Bits of a number, by the size of a block. */
    public static int bits(WeightTensor numbers) {
        return Math.toIntExact(numbers.sizes().getLast() * Byte.SIZE / BLOCK);
    }
}
