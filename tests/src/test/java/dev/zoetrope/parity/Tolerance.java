package dev.zoetrope.parity;

/** Largest allowed differences between values of about 1, each with its reason. */
final class Tolerance {
    /**
     * ONNX Runtime against PyTorch, float32. Both round every product and sum, in different orders; measured 1e-6 to 5e-6 after two
     * blocks or twelve convolutions. A lost bias, a swapped axis or a wrong epsilon shows above 1e-3.
     */
    static final float GOLDEN = 1e-4f;

    /**
     * Two attention forms in one library, float32. Only the attention itself differs (one softmax over all keys against one over a
     * segment's keys); measured below 4e-6.
     */
    static final float FORMS = 1e-5f;

    private Tolerance() {}
}
