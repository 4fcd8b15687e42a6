package dev.zoetrope.server.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.encode.StillFormat;
import dev.zoetrope.server.job.Jobs;
import dev.zoetrope.server.job.PictureRenders;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;

/**
 * {@code POST /v1/images/generations}: pictures, made while the client waits, in one answer or as server-sent events with
 * pictures on the way. A client that goes takes its render with it.
 */
final class ImageRoute {
    private static final String PARTIAL = "image_generation.partial_image";
    private static final String COMPLETED = "image_generation.completed";

    private final Vertx vertx;
    private final Answers answers;
    private final Jobs jobs;

    ImageRoute(Vertx vertx, Answers answers, Jobs jobs) {
        this.vertx = vertx;
        this.answers = answers;
        this.jobs = jobs;
    }

    void generate(RoutingContext context) {
        Jobs ready = VideoRoutes.ready(jobs);
        Fields fields = Fields.of(context);
        VideoFields values = new VideoFields(fields);
        int count = (int) values.number("n", 1);
        boolean stream = fields.text("stream").filter("true"::equals).isPresent();
        int partials = (int) values.number("partial_images", 0);
        if (stream && count > 1) {
            throw ApiException.unfit("n", "n: expected 1 beside stream, found " + count);
        }
        if (partials > 0 && !stream) {
            throw ApiException.unfit("partial_images", "partial_images: expected stream beside it, found none");
        }
        StillFormat format = StillFormat.of(fields.text("output_format").orElse(StillFormat.PNG.id()))
                .orElseThrow();
        RenderRequest asked = values.look(VideoFields.prompt(fields)).withFrames(1);
        PictureRenders.Order order = new PictureRenders.Order(count, format, partials, values.priority());
        HttpServerResponse response = context.response();
        Context thread = vertx.getOrCreateContext();
        // Events are sent in the order in which they come to this thread, which is that of the pictures.
        PictureRenders.Watcher watcher = (request, number, file) -> thread.runOnContext(
                _ -> send(response, PARTIAL, event(request, format, file).put("partial_image_index", number)));
        Optional<String> owner = AccessGuard.owner(context);
        answers.checks(context, () -> ready.pictures(owner, asked, order, watcher))
                .onFailure(failure -> Answers.fail(context, failure))
                .onSuccess(waiting -> {
                    response.closeHandler(_ -> waiting.cancel());
                    response.exceptionHandler(_ -> waiting.cancel());
                    if (response.closed()) {
                        waiting.cancel();
                    }
                    Future.fromCompletionStage(waiting.files(), thread)
                            .onComplete(done -> ended(context, waiting.request(), order, stream, done));
                });
    }

    private static void ended(
            RoutingContext context,
            RenderRequest request,
            PictureRenders.Order order,
            boolean stream,
            AsyncResult<List<byte[]>> done) {
        HttpServerResponse response = context.response();
        if (response.closed() || response.ended()) {
            return;
        }
        if (done.failed()) {
            Throwable failure = done.cause();
            context.fail(failure instanceof CompletionException ? failure.getCause() : failure);
        } else if (stream) {
            send(
                    response,
                    COMPLETED,
                    event(request, order.format(), done.result().getFirst()));
            response.end();
        } else {
            Answers.json(context, 200, body(request, order.format(), done.result()));
        }
    }

    private static void send(HttpServerResponse response, String name, ObjectNode event) {
        if (response.closed() || response.ended()) {
            return;
        }
        if (!response.headWritten()) {
            response.setChunked(true)
                    .putHeader("Content-Type", "text/event-stream; charset=utf-8")
                    .putHeader("Cache-Control", "no-store")
                    .putHeader("X-Accel-Buffering", "no");
        }
        response.write("event: " + name + "\ndata: " + event.put("type", name) + "\n\n");
    }

    private static ObjectNode event(RenderRequest request, StillFormat format, byte[] file) {
        return described(request, format)
                .put("b64_json", Base64.getEncoder().encodeToString(file))
                .put("created_at", Instant.now().getEpochSecond());
    }

    private static ObjectNode body(RenderRequest request, StillFormat format, List<byte[]> files) {
        ObjectNode body =
                described(request, format).put("created", Instant.now().getEpochSecond());
        ArrayNode data = body.putArray("data");
        files.forEach(
                file -> data.addObject().put("b64_json", Base64.getEncoder().encodeToString(file)));
        return body;
    }

    private static ObjectNode described(RenderRequest request, StillFormat format) {
        return Answers.JSON
                .createObjectNode()
                .put("size", request.size().orElseThrow().toString())
                .put("output_format", format.id())
                .put("quality", "auto")
                .put("background", "opaque")
                .put("seed", request.seed());
    }
}
