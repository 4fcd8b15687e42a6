package dev.zoetrope.graph.ir;

import dev.zoetrope.graph.GraphException;

/** Type of a tensor's elements, with the number ONNX gives it. */
public enum ElementType {
    FLOAT(1, 4),
    UINT8(2, 1),
    INT32(6, 4),
    INT64(7, 8),
    BOOL(9, 1),
    FLOAT16(10, 2),
    BFLOAT16(16, 2);

    private final int code;
    private final int byteSize;

    ElementType(int code, int byteSize) {
        this.code = code;
        this.byteSize = byteSize;
    }

    /** The number of this type in ONNX's {@code TensorProto.DataType}. */
    public int code() {
        return code;
    }

    /** Bytes of one element. */
    public int byteSize() {
        return byteSize;
    }

    /** Whether arithmetic in this type rounds. */
    public boolean isFloatingPoint() {
        return this == FLOAT || this == FLOAT16 || this == BFLOAT16;
    }

    public static ElementType ofCode(int code) {
        for (ElementType type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        throw new GraphException("element type: expected one of 1, 2, 6, 7, 9, 10, 16, found " + code);
    }
}
