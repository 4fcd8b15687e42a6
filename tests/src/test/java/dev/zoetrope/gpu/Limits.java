package dev.zoetrope.gpu;

/** Largest allowed differences, as root mean squares over that of what is expected, each with its reason. */
final class Limits {
    /**
     * Both sides in float32, TF32 off: sums in other orders and other approximations of exponentials. 1e-3 is also what a TF32 left on
     * by mistake exceeds in some product: its mantissa has 10 bits.
     */
    static final double FLOAT32 = 1e-3;

    /** Half precision against float32: float16 rounds to 5e-4, bfloat16 to 4e-3, at every operator; a wrong scale or mask shows above 0.1. */
    static final double HALF = 0.01;

    /**
     * Packed from solo, over solo from float32. Where a clip alone runs through another attention kernel the two round independently,
     * and then differ by the root of 2 of what each is from float32; what leaks from another segment shows above 100.
     */
    static final double PACKED_OVER_NOISE = 1.5;

    /** Milliseconds a step that Java and the binding may add. */
    static final double BINDING_MILLISECONDS = 1;

    private Limits() {}
}
