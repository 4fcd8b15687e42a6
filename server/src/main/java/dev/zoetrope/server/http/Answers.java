package dev.zoetrope.server.http;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.zoetrope.server.log.LogContext;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.ext.web.RoutingContext;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/** What handlers have in common: work that takes time, done elsewhere, and answers in JSON. */
final class Answers {
    /** Reads strictly: of a key that is given twice, or of two texts in a row, different readers take different ones. */
    static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** Looking at an uploaded picture may take hundreds of megabytes for a moment. */
    private static final int CHECKS_AT_A_TIME = 2;

    private final Vertx vertx;
    private final WorkerExecutor checks;

    Answers(Vertx vertx) {
        this.vertx = vertx;
        this.checks = vertx.createSharedWorkerExecutor("zoetrope-check", CHECKS_AT_A_TIME);
    }

    /** Does blocking work on a worker thread, then answers on the request's own; a failure becomes the error answer. */
    <T> void afterwards(RoutingContext context, Callable<T> work, Consumer<T> answer) {
        answer(context, vertx.executeBlocking(logged(context, work), false), answer);
    }

    /** The same for requests that bring something to be looked at: a few at a time, and not in the way of others. */
    <T> void afterChecks(RoutingContext context, Callable<T> work, Consumer<T> answer) {
        answer(context, checks(context, work), answer);
    }

    /** Looks at what a request brings, for who has to know how it ends even when nobody waits for the answer. */
    <T> Future<T> checks(RoutingContext context, Callable<T> work) {
        return checks.executeBlocking(logged(context, work), false);
    }

    /** What is logged on the way, and the job that may come of it, know the request. */
    private static <T> Callable<T> logged(RoutingContext context, Callable<T> work) {
        Map<String, String> fields = RequestWatch.fields(context);
        return () -> LogContext.call(fields, work);
    }

    /** Does blocking work on a worker thread, for answers that have begun. */
    <T> Future<T> blocking(Callable<T> work) {
        return vertx.executeBlocking(work, false);
    }

    /** Sends what has to be waited for piece by piece; the head is set. A failure before the first piece is handed on. */
    void remote(RoutingContext context, Callable<InputStream> opener, Consumer<Throwable> failed) {
        vertx.executeBlocking(opener, false).onComplete(opened -> {
            if (opened.failed()) {
                failed.accept(opened.cause());
            } else {
                RemoteFile.send(vertx, context.response(), opened.result());
            }
        });
    }

    private static <T> void answer(RoutingContext context, Future<T> work, Consumer<T> answer) {
        work.onComplete(done -> {
            if (done.failed()) {
                fail(context, done.cause());
                return;
            }
            if (context.response().closed()) {
                return;
            }
            try {
                answer.accept(done.result());
            } catch (RuntimeException e) {
                context.fail(e);
            }
        });
    }

    /** Answers with an error, if somebody is still there. */
    static void fail(RoutingContext context, Throwable failure) {
        if (!context.response().closed()) {
            context.fail(failure);
        }
    }

    static void json(RoutingContext context, int status, JsonNode body) {
        context.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json; charset=utf-8")
                .end(body.toString());
    }
}
