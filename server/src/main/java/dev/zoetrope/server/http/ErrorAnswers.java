package dev.zoetrope.server.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.server.contract.ApiDocument;
import dev.zoetrope.server.job.DatabaseException;
import dev.zoetrope.server.job.Jobs;
import dev.zoetrope.server.job.QuotaException;
import dev.zoetrope.server.job.StorageFullException;
import dev.zoetrope.server.job.TooLargeException;
import dev.zoetrope.server.log.LogContext;
import dev.zoetrope.server.result.ResultException;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
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

    /** The files of a request's folder, and the fields that brought them. */
    private static final Map<String, String> FILES = Map.of(
            "clip input", "video",
            "clip input-second", "second_video",
            "picture mask", "mask",
            "picture input", "input_reference",
            "picture input-last", "last_frame");

    private static final Logger LOGGER = System.getLogger(ErrorAnswers.class.getName());

    static final String RETRY_AFTER = "Retry-After";

    private static final String SHOULD_RETRY = "x-should-retry";

    /** When a client that was sent away should ask again, where nothing better is known. */
    private static final Duration USUAL_RETRY = Duration.ofSeconds(5);

    /** Official clients ask again by themselves within a minute, and not later. */
    private static final Duration LONGEST_RETRY = Duration.ofMinutes(1);

    private final ApiDocument document;

    ErrorAnswers(ApiDocument document) {
        this.document = document;
    }

    /** Answers where no route matched, or whether one does cannot be said. */
    Handler<RoutingContext> unmatched(int status) {
        return context -> {
            if (context.failed()) {
                handle(context);
            } else {
                answer(context, ofStatus(status, context));
            }
        };
    }

    @Override
    public void handle(RoutingContext context) {
        if (context.response().headWritten()) {
            context.request().connection().close(); // a body that broke off must not look whole
            return;
        }
        answer(context, describe(context));
    }

    private void answer(RoutingContext context, ApiException error) {
        if (error.status() == 429 || error.status() == 503) {
            sayWhen(context);
        }
        if (error.status() == 409 || error.status() == 507) {
            context.response().putHeader(SHOULD_RETRY, "false"); // clients take both for passing
        }
        Set<String> methods = document.methods(context.request().path());
        if (error.status() == 405 && !methods.isEmpty()) {
            context.response().putHeader("Allow", String.join(", ", methods));
        }
        if (error.status() == 401) {
            context.response().putHeader("WWW-Authenticate", "Bearer");
        }
        Answers.json(context, error.status(), body(error));
    }

    private static void sayWhen(RoutingContext context) {
        HttpServerResponse response = context.response();
        if (response.headers().contains(RETRY_AFTER)) {
            return; // who refused knows better
        }
        Duration wait = switch (context.failure()) {
            case Jobs.TooManyException full -> full.retry();
            case QuotaException spent -> spent.retry();
            case null, default -> USUAL_RETRY;
        };
        response.putHeader(RETRY_AFTER, String.valueOf(Math.max(1, wait.toSeconds())));
        if (wait.compareTo(LONGEST_RETRY) > 0) {
            response.putHeader(SHOULD_RETRY, "false"); // clients would ask again at once
        }
    }

    private static ApiException describe(RoutingContext context) {
        Throwable failure = context.failure();
        return switch (failure) {
            case ApiException known -> known;
            case RequestException refused ->
                new ApiException(
                        422,
                        fieldOf(String.valueOf(refused.getMessage())),
                        "invalid_value",
                        String.valueOf(refused.getMessage()));
            case Jobs.TooManyException full ->
                new ApiException(429, null, "queue_full", String.valueOf(full.getMessage()));
            case StorageFullException full ->
                new ApiException(507, null, "storage_full", String.valueOf(full.getMessage()));
            case QuotaException spent -> new ApiException(429, null, spent.code(), String.valueOf(spent.getMessage()));
            case TooLargeException refused ->
                new ApiException(422, null, "too_large", String.valueOf(refused.getMessage()));
            case DatabaseException unavailable -> {
                LOGGER.log(Level.ERROR, String.valueOf(unavailable.getMessage()));
                yield new ApiException(
                        503, null, "database_unavailable", "database: expected an answer, found none (try again)");
            }
            case HttpClosedException gone -> brokenOff(gone);
            case ResultException unavailable -> {
                LOGGER.log(Level.ERROR, String.valueOf(unavailable.getMessage()));
                yield new ApiException(
                        503, null, "results_unavailable", "results: expected an answer of their store, found none");
            }
            case DecoderException broken ->
                new ApiException(
                        400, null, "invalid_body", "body: expected what its headers say, found " + firstLine(broken));
            case IOException gone when !Operations.isRead(context) -> brokenOff(gone);
            case HttpException http -> ofStatus(http.getStatusCode(), context);
            case null -> ofStatus(context.statusCode(), context);
            case Throwable _
            when context.statusCode() >= 400 && context.statusCode() < 500 ->
                ofStatus(context.statusCode(), context); // by Vert.x, for what is no proper request
            default -> {
                LogContext.run(
                        RequestWatch.fields(context),
                        () -> LOGGER.log(
                                Level.ERROR,
                                context.request().method() + " "
                                        + context.request().path() + " failed",
                                failure));
                yield new ApiException(
                        500,
                        null,
                        "server_error",
                        "server: expected an answer, found an internal error (its log has" + " the request's id)");
            }
        };
    }

    /** Nobody reads this, and a client that vanishes is no error of the server's. */
    private static ApiException brokenOff(Throwable gone) {
        return new ApiException(400, null, "connection_closed", "body: expected all of it, found " + firstLine(gone));
    }

    /** The field that the engine refuses: its messages begin with what they are about. */
    static @Nullable String fieldOf(String message) {
        return Stream.concat(FILES.entrySet().stream(), FIELDS.entrySet().stream())
                .filter(field -> message.startsWith(field.getKey() + ":") || message.startsWith(field.getKey() + " "))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }

    private static ApiException ofStatus(int status, RoutingContext context) {
        return switch (status) {
            case 400 ->
                new ApiException(
                        400,
                        null,
                        "invalid_request",
                        "request: expected an address and headers as HTTP has them, found "
                                + (context.failure() == null
                                        ? "some that cannot be read"
                                        : firstLine(origin(context.failure()))));
            case 404 ->
                new ApiException(
                        404,
                        null,
                        "unknown_url",
                        "address: expected one of the videos API, found "
                                + context.request().method() + " "
                                + shortened(context.request().path()));
            case 405 -> ApiException.method(context.request().method().name());
            case 413 ->
                new ApiException(
                        413,
                        null,
                        "body_too_large",
                        "body: expected fewer bytes, found more than the server" + " takes (send a smaller picture)");
            default ->
                new ApiException(
                        status < 400 ? 500 : status,
                        null,
                        null,
                        "request: expected another, found one that is refused with " + status);
        };
    }

    /** Answers what is no HTTP, or more of it than the server reads; nothing more can be read then. */
    static void invalid(HttpServerRequest request) {
        Throwable reason = request.decoderResult().cause();
        ApiException error = switch (reason) {
            case TooLongHttpLineException _ ->
                new ApiException(
                        414, null, "address_too_long", "address: expected a shorter one, found too many bytes");
            case TooLongHttpHeaderException _ ->
                new ApiException(431, null, "headers_too_large", "headers: expected fewer bytes, found too many");
            case null, default ->
                new ApiException(
                        400,
                        null,
                        "invalid_request",
                        "request: expected HTTP/1.1, found " + (reason == null ? "something else" : firstLine(reason)));
        };
        request.response()
                .setStatusCode(error.status())
                .putHeader(RequestId.HEADER, RequestId.fresh())
                .putHeader("Content-Type", "application/json; charset=utf-8")
                .putHeader("Connection", "close")
                .end(body(error).toString())
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

    private static Throwable origin(Throwable failure) {
        Throwable cause = failure.getCause();
        return cause == null ? failure : origin(cause);
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
