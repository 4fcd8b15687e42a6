package dev.zoetrope.ffm.ort;

import static dev.zoetrope.ffm.generated.onnxruntime.OnnxRuntime.*;

/** Type of a tensor's elements, with its number in ONNX and its size. */
public enum ElementType {
    /** IEEE 754 binary32. */
    FLOAT32(ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT(), 4),
    /** Unsigned byte. */
    UINT8(ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8(), 1),
    /** Signed byte. */
    INT8(ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8(), 1),
    /** Unsigned 16-bit integer. */
    UINT16(ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16(), 2),
    /** Signed 16-bit integer. */
    INT16(ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16(), 2),
    /** Signed 32-bit integer. */
    INT32(ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32(), 4),
    /** Signed 64-bit integer. */
    INT64(ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64(), 8),
    /** One byte, 0 or 1. */
    BOOL(ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL(), 1),
    /** IEEE 754 binary16. */
    FLOAT16(ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16(), 2),
    /** IEEE 754 binary64. */
    FLOAT64(ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE(), 8),
    /** Unsigned 32-bit integer. */
    UINT32(ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32(), 4),
    /** Unsigned 64-bit integer. */
    UINT64(ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64(), 8),
    /** The upper half of a binary32. */
    BFLOAT16(ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16(), 2);

    private final int onnxCode;
    private final int byteSize;

    ElementType(int onnxCode, int byteSize) {
        this.onnxCode = onnxCode;
        this.byteSize = byteSize;
    }

    /** Number of this type in {@code TensorProto.DataType} and in the C API. */
    public int onnxCode() {
        return onnxCode;
    }

    /** Bytes of one element. */
    public int byteSize() {
        return byteSize;
    }

    /**
     * The type with that number.
     *
     * @throws IllegalArgumentException for types without a fixed size here (strings, complex numbers, 8-bit floats …)
     */
    public static ElementType ofOnnxCode(int onnxCode) {
        for (ElementType type : values()) {
            if (type.onnxCode == onnxCode) {
                return type;
            }
        }
        throw new IllegalArgumentException(
                "element type: expected a number or a truth value, found ONNX type " + onnxCode);
    }
}
