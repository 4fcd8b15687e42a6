package dev.zoetrope.runtime.encode;

/** A call of FFmpeg returned an error code. Kept inside this package: callers are told what it means for their file. */
final class FfmpegException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final int code;
    private final String reason;

    FfmpegException(String call, int code, String reason) {
        super(call + ": " + reason + " (" + code + ")");
        this.call = call;
        this.code = code;
        this.reason = reason;
    }

    /** What was being done. */
    String call() {
        return call;
    }

    /** FFmpeg's code, negative; a system error is the negated errno. */
    int code() {
        return code;
    }

    /** FFmpeg's words, such as {@code no space left on device}. */
    String reason() {
        return reason;
    }
}
