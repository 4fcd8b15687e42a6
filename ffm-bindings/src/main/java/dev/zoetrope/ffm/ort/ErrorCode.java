package dev.zoetrope.ffm.ort;

/** {@code OrtErrorCode} of the C API, in its order. */
public enum ErrorCode {
    /** No error; never thrown. */
    OK,
    /** Failure without a kind of its own; also a run that was cancelled. */
    FAIL,
    /** A wrong shape, type, name or option. */
    INVALID_ARGUMENT,
    /** The model or its external data is not there. */
    NO_SUCH_FILE,
    /** The model has none of what was asked for. */
    NO_MODEL,
    /** The engine itself failed. */
    ENGINE_ERROR,
    /** A kernel threw, memory ran out, or the like. */
    RUNTIME_EXCEPTION,
    /** The bytes are not an ONNX model. */
    INVALID_PROTOBUF,
    /** The session is in the wrong state for the call. */
    MODEL_LOADED,
    /** The provider has no kernel for the operator with this type. */
    NOT_IMPLEMENTED,
    /** The graph breaks a rule of ONNX or needs a newer version. */
    INVALID_GRAPH,
    /** The execution provider failed. */
    PROVIDER_FAILED,
    /** Loading was cancelled. */
    MODEL_LOAD_CANCELLED,
    /** The provider would have to compile the model and may not. */
    MODEL_REQUIRES_COMPILATION,
    /** Something asked for by name is not there. */
    NOT_FOUND,
    /** The device was reset. */
    DEVICE_RESET,
    /** A code newer than this list. */
    OTHER;

    static ErrorCode ofNativeCode(int code) {
        return code >= 0 && code < values().length ? values()[code] : OTHER;
    }
}
