package dev.zoetrope.ffm.ort;

import static dev.zoetrope.ffm.generated.onnxruntime.OnnxRuntime.*;

/** Severity of a line which the native library logs, and the level it gets in {@code System.Logger}. */
public enum LogLevel {
    /** Everything; for whoever debugs the library. */
    VERBOSE(ORT_LOGGING_LEVEL_VERBOSE(), System.Logger.Level.TRACE),
    /** What the library decided. */
    INFO(ORT_LOGGING_LEVEL_INFO(), System.Logger.Level.DEBUG),
    /** What may be slower than it need be. */
    WARNING(ORT_LOGGING_LEVEL_WARNING(), System.Logger.Level.DEBUG),
    /** What failed; most of it also comes as an exception. */
    ERROR(ORT_LOGGING_LEVEL_ERROR(), System.Logger.Level.DEBUG),
    /** What cannot go on. */
    FATAL(ORT_LOGGING_LEVEL_FATAL(), System.Logger.Level.ERROR);

    private final int nativeCode;
    private final System.Logger.Level loggerLevel;

    LogLevel(int nativeCode, System.Logger.Level loggerLevel) {
        this.nativeCode = nativeCode;
        this.loggerLevel = loggerLevel;
    }

    int nativeCode() {
        return nativeCode;
    }

    /**
     * The level in {@code System.Logger}: debugging for all but fatal lines. What fails is thrown, with the logged reason
     * in the message, a cancelled run logs an error too, and warnings speak of graph rewriting that a user of the model
     * cannot change.
     */
    public System.Logger.Level loggerLevel() {
        return loggerLevel;
    }

    static LogLevel ofNativeCode(int code) {
        return values()[Math.clamp(code, 0, values().length - 1)];
    }
}
