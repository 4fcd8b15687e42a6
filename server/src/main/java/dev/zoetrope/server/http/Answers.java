package dev.zoetrope.server.http;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/** What handlers have in common: work that takes time, done elsewhere, and answers in JSON. */
final class Answers {
    /** Reads strictly: of a key that is given twice, different readers take different ones. */
    static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
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
        answer(context, vertx.executeBlocking(work, false), answer);
    }

    /** The same for requests that bring something to be looked at: a few at a time, and not in the way of others. */
    <T> void afterChecks(RoutingContext context, Callable<T> work, Consumer<T> answer) {
        answer(context, checks.executeBlocking(work, false), answer);
    }

    private static <T> void answer(RoutingContext context, Future<T> work, Consumer<T> answer) {
        work.onComplete(done -> {
            if (context.response().closed()) {
                return;
            }
            if (done.failed()) {
                context.fail(done.cause());
                return;
            }
            try {
                answer.accept(done.result());
            } catch (RuntimeException e) {
                context.fail(e);
            }
        });
    }

    static void json(RoutingContext context, int status, ObjectNode body) {
        context.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json; charset=utf-8")
                .end(body.toString());
    }
}
