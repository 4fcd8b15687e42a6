package dev.zoetrope.server.http;

import dev.zoetrope.server.contract.Violation;
import org.jspecify.annotations.Nullable;

/** An answer that is an error, said in the protocol's terms. */
final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final @Nullable String param;
    private final @Nullable String code;

    /**
     * An error.
     *
     * @param status the HTTP status, which client libraries turn into their exception classes
     * @param param the field at fault, if one is
     * @param code one word for programs, if there is one
     */
    ApiException(int status, @Nullable String param, @Nullable String code, String message) {
        super(message);
        this.status = status;
        this.param = param;
        this.code = code;
    }

    /** A request that is not as the document describes it. */
    static ApiException of(Violation violation) {
        return new ApiException(400, violation.param().orElse(null), violation.code(), violation.message());
    }

    /** A field that is as the document describes it and still cannot be taken: beside another one, or for what is in it. */
    static ApiException unfit(String name, String message) {
        return new ApiException(422, name, Violation.INVALID_VALUE, message);
    }

    /** A field that cannot be taken as it is. */
    static ApiException field(String name, String message) {
        return new ApiException(400, name, Violation.INVALID_VALUE, message);
    }

    /** A server that ends takes nothing new. */
    static ApiException stopping() {
        return new ApiException(503, null, "stopping", "server: expected it to take videos, found it stopping");
    }

    static ApiException method(String found) {
        return new ApiException(
                405, null, "method_not_allowed", "method: expected another one for this address, found " + found);
    }

    static ApiException noVideo(String id) {
        // What was sent is not repeated in full: it is anybody's text.
        return new ApiException(
                404,
                "video_id",
                "not_found",
                "video: expected the id of one of yours, found '" + id.substring(0, Math.min(id.length(), 64))
                        + "' (GET /v1/videos lists them)");
    }

    int status() {
        return status;
    }

    @Nullable
    String param() {
        return param;
    }

    @Nullable
    String code() {
        return code;
    }
}
