package dev.zoetrope.ffm.ort;

import java.util.regex.Pattern;

/**
 * A call of the native library failed. The message names the call, the model, what the library said, and a cure where
 * one is known; paths of the machine on which the library was built are removed.
 */
public final class OrtException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * A source file and line of the build, as in {@code /onnxruntime_src/onnxruntime/core/x.cc:192 }, with the C++
     * signature that usually follows.
     */
    private static final Pattern BUILD_PATH = Pattern.compile(
            "(?:[A-Za-z]:)?(?:[\\w.+\\-]*[/\\\\])*[\\w.+\\-]+\\.(?:cc|cpp|cxx|cu|cuh|h|hpp|inc):\\d+:?\\s*"
                    + "(?:[\\w\\s*&<>:,]*(?:[\\w~<>]+::)+[\\w~<>]+\\([^()]*\\)(?: const)?\\s+)?");

    /** What a C++ compiler says of a template's parameters. */
    private static final Pattern TEMPLATE = Pattern.compile("\\[with [^\\]]*\\]\\s*");

    /** Where a CUDA call failed, which follows what failed. */
    private static final Pattern CUDA_CALL = Pattern.compile(" ; GPU=-?\\d+ ; hostname=.*? ; line=\\d+ ; expr=[^;]*;?");

    /** The status code in words, which the exception says anyway. */
    private static final Pattern STATUS = Pattern.compile("\\[ONNXRuntimeError\\] : \\d+ : [A-Z_]+ : ");

    private final String call;
    private final String model;
    private final ErrorCode code;

    private OrtException(String call, String model, ErrorCode code, String text) {
        super(text);
        this.call = call;
        this.model = model;
        this.code = code;
    }

    static OrtException of(String call, String model, int nativeCode, String nativeMessage, String loggedReason) {
        ErrorCode code = ErrorCode.ofNativeCode(nativeCode);
        String what = trim(nativeMessage);
        var text = new StringBuilder(call);
        if (!model.isEmpty()) {
            text.append(" (model ").append(model).append(')');
        }
        text.append(": ").append(code).append(": ").append(what);
        String reason = trim(loggedReason);
        if (!reason.isEmpty() && !what.contains(reason)) {
            text.append(" [").append(reason).append(']');
        }
        String cure = Cure.of(code, what + " " + reason);
        if (!cure.isEmpty()) {
            text.append("; ").append(cure);
        }
        return new OrtException(call, model, code, text.toString());
    }

    static String trim(String nativeMessage) {
        String text = BUILD_PATH.matcher(nativeMessage).replaceAll("");
        text = TEMPLATE.matcher(text).replaceAll("");
        text = CUDA_CALL.matcher(text).replaceAll("");
        return STATUS.matcher(text)
                .replaceAll("")
                .replaceAll("\\s*\\R\\s*", " ")
                .strip();
    }

    /** Name of the C function that failed. */
    public String call() {
        return call;
    }

    /** The model it was called for; empty if for none. */
    public String model() {
        return model;
    }

    /** Kind of failure. */
    public ErrorCode code() {
        return code;
    }
}
