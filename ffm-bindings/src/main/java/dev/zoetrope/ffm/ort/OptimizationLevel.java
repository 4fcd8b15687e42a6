package dev.zoetrope.ffm.ort;

import static dev.zoetrope.ffm.generated.onnxruntime.OnnxRuntime.*;

/** How much the library may rewrite a graph when a session opens. */
public enum OptimizationLevel {
    /** Nothing: each node runs as it is written. */
    NONE(ORT_DISABLE_ALL()),
    /** What keeps the graph plain ONNX: constant folding, removal of useless nodes. */
    BASIC(ORT_ENABLE_BASIC()),
    /** Fusions into the library's own operators. */
    EXTENDED(ORT_ENABLE_EXTENDED()),
    /** All, also changes of memory layout. */
    ALL(ORT_ENABLE_ALL());

    private final int nativeCode;

    OptimizationLevel(int nativeCode) {
        this.nativeCode = nativeCode;
    }

    int nativeCode() {
        return nativeCode;
    }
}
