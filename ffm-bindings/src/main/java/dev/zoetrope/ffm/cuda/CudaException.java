package dev.zoetrope.ffm.cuda;

/** A call of the CUDA driver failed, or there is no driver. The message names the call and what the driver said. */
public final class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final int code;

    CudaException(String call, int code, String message) {
        super(message);
        this.call = call;
        this.code = code;
    }

    /** Name of the function that failed; empty if the driver could not be loaded. */
    public String call() {
        return call;
    }

    /** The driver's {@code CUresult}; -1 if the driver could not be loaded. */
    public int code() {
        return code;
    }
}
