package dev.zoetrope.server.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.server.job.Jobs;
import io.netty.handler.codec.DecoderException;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns every failure into its answer: a status that client libraries know, and one line that says what helps. */
final class ErrorAnswers implements Handler<RoutingContext> {
    /** What the engine calls things, and the fields that set them. */
    private static final Map<String, String> FIELDS = Map.of(
            "size", "size",
            "length", "seconds",
            "frames", "num_frames",
            "fps", "fps",
            "steps", "num_inference_steps",
            "guidance", "guidance_scale",
            "prompt", "prompt",
            "negative prompt", "negative_prompt",
            "seed", "seed");

    private static final Logger LOGGER = System.getLogger(ErrorAnswers.class.getName());

    /** After how many seconds a client that was sent away should ask again. */
    private static final int RETRY_SECONDS = 5;

    @Override
    public void handle(RoutingContext context) {
        if (context.response().headWritten()) {
            context.request().connection().close(); // a body that broke off must not look whole
            return;
        }
        ApiException error = describe(context);
        if (error.status() == 429) {
            context.response().putHeader("Retry-After", String.valueOf(RETRY_SECONDS));
        }
        if (error.status() == 409) {
            context.response().putHeader("x-should-retry", "false"); // clients take a conflict for a passing one
        }
        if (error.status() == 401) {
            context.response().putHeader("WWW-Authenticate", "Bearer");
        }
        Answers.json(context, error.status(), body(error));
    }

    private static ApiException describe(RoutingContext context) {
        Throwable failure = context.failure();
        return switch (failure) {
            case ApiException known -> known;
            case RequestException refused ->
                new ApiException(
                        400,
                        fieldOf(String.valueOf(refused.getMessage())),
                        "invalid_value",
                        String.valueOf(refused.getMessage()));
            case Jobs.TooManyException full ->
                new ApiException(429, null, "queue_full", String.valueOf(full.getMessage()));
            case DecoderException broken ->
                new ApiException(
                        400, null, "invalid_body", "body: expected what its headers say, found " + firstLine(broken));
            case IOException tooLong when !Routes.isBodyRead(context) -> ofStatus(413, context); // a field of a form
            case HttpException http -> ofStatus(http.getStatusCode(), context);
            case null -> ofStatus(context.statusCode(), context);
            default -> {
                LOGGER.log(
                        Level.ERROR,
                        context.request().method() + " " + context.request().path() + " ["
                                + context.response().headers().get(RequestId.HEADER) + "]",
                        failure);
                yield new ApiException(
                        500,
                        null,
                        "server_error",
                        "server: expected an answer, found an internal error (its log has" + " the request's id)");
            }
        };
    }

    /** The field that the engine refuses: its messages begin with what they are about. */
    static @Nullable String fieldOf(String message) {
        for (Map.Entry<String, String> field : FIELDS.entrySet()) {
            if (message.startsWith(field.getKey() + ":") || message.startsWith(field.getKey() + " ")) {
                return field.getValue();
            }
        }
        return null;
    }

    private static ApiException ofStatus(int status, RoutingContext context) {
        return switch (status) {
            case 404 ->
                new ApiException(
                        404,
                        null,
                        "unknown_url",
                        "address: expected one of the videos API, found "
                                + context.request().method() + " "
                                + shortened(context.request().path()));
            case 405 ->
                new ApiException(
                        405,
                        null,
                        "method_not_allowed",
                        "method: expected another one for this address, found "
                                + context.request().method());
            case 413 ->
                new ApiException(
                        413,
                        null,
                        "body_too_large",
                        "body: expected fewer bytes, found more than the server" + " takes (send a smaller picture)");
            default -> new ApiException(status < 400 ? 500 : status, null, null, "request: refused with " + status);
        };
    }

    /** Answers what is no HTTP at all. */
    static void invalid(HttpServerRequest request) {
        Throwable reason = request.decoderResult().cause();
        String found = reason == null ? "something else" : firstLine(reason);
        request.response()
                .setStatusCode(400)
                .putHeader(RequestId.HEADER, RequestId.fresh())
                .putHeader("Content-Type", "application/json; charset=utf-8")
                .putHeader("Connection", "close")
                .end(body(new ApiException(400, null, "invalid_request", "request: expected HTTP/1.1, found " + found))
                        .toString())
                .onComplete(_ -> request.connection().close());
    }

    private static ObjectNode body(ApiException error) {
        ObjectNode body = Answers.JSON.createObjectNode();
        body.putObject("error")
                .put("message", oneLine(String.valueOf(error.getMessage())))
                .put("type", type(error.status()))
                .put("param", error.param())
                .put("code", error.code());
        return body;
    }

    private static String type(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 429 -> "rate_limit_error";
            default -> status >= 500 ? "server_error" : "invalid_request_error";
        };
    }

    private static String firstLine(Throwable failure) {
        @Nullable String message = failure.getMessage();
        return message == null
                ? failure.getClass().getSimpleName()
                : shortened(message.lines().findFirst().orElse(""));
    }

    private static String shortened(String text) {
        return text.substring(0, Math.min(text.length(), 200));
    }

    private static String oneLine(String text) {
        return text.strip().replaceAll("\\s*\\R\\s*", " ").replaceAll("\\p{Cntrl}", "?");
    }
}
