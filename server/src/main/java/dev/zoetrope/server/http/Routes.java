package dev.zoetrope.server.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.server.config.ServerSettings;
import dev.zoetrope.server.contract.ApiDocument;
import dev.zoetrope.server.job.Jobs;
import dev.zoetrope.server.telemetry.Metrics;
import dev.zoetrope.server.telemetry.Telemetry;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/** Which address does what. */
public final class Routes {
    private Routes() {}

    /** The server's router. */
    public static Router of(
            Vertx vertx, Jobs jobs, ServerSettings settings, Telemetry telemetry, ConnectionGuard connections) {
        Answers answers = new Answers(vertx);
        ApiDocument document = ApiDocument.load(jobs.model());
        ErrorAnswers errors = new ErrorAnswers(document);
        Instant started = Instant.now();
        Router router = Router.router(vertx);
        router.route()
                .handler(new RequestId())
                .handler(new RequestWatch(telemetry))
                .handler(connections.requests())
                .handler(Routes::refuseEncodings)
                .failureHandler(errors);
        for (int status : new int[] {400, 404, 405, 406, 413, 415, 500}) {
            router.errorHandler(status, errors.unmatched(status));
        }
        Operations operations = new Operations(router, document, body(answers, settings));
        PageRoute.addTo(router);
        BrowserSessions sessions = new BrowserSessions(settings.keys(), InstantSource.system());
        new SessionRoutes(sessions).addTo(router);
        AccessGuard guard = new AccessGuard(settings.keys(), sessions);
        router.route("/metrics").handler(guard);
        router.route("/v1/*")
                .handler(guard)
                .handler(new RequestRate(settings.limits().keys().requestsPerMinute()));
        operations
                .serve("getDocument", context -> Answers.json(context, 200, document.json()))
                .serve("getLiveness", context -> status(context, 200, "up"))
                .serve("getReadiness", context -> readiness(context, jobs))
                .serve("getMetrics", context -> metrics(context, answers, telemetry.metrics()))
                .serve("listModels", context -> models(context, jobs.model(), started));

        VideoRoutes videos = new VideoRoutes(answers, jobs, settings.limits().uploadPixels());
        EditRoutes edits = new EditRoutes(answers, jobs, settings.limits().uploadPixels());
        ContentRoute content = new ContentRoute(answers, jobs);
        SyncRoute sync =
                new SyncRoute(vertx, answers, jobs, content, settings.limits().uploadPixels());
        ImageRoute images = new ImageRoute(vertx, answers, jobs);
        LiveRoutes live = new LiveRoutes(vertx, answers, jobs, content);
        operations
                .serve("createVideo", videos::create)
                .serve("createVideoSync", sync::create)
                .serve("generateImages", images::generate)
                .serve("listVideos", videos::list)
                .serve("getVideo", videos::get)
                .serve("deleteVideo", videos::delete)
                .serve("cancelVideo", videos::cancel)
                .serve("remixVideo", edits::remix)
                .serve("editVideo", edits::edit)
                .serve("extendVideo", edits::extend)
                .serve("loopVideo", edits::loop)
                .serve("connectVideos", edits::connect)
                .serve("interpolateVideo", edits::interpolate)
                .serve("rerenderVideo", new RerenderRoute(answers, jobs)::post)
                .serve("getContent", content::get)
                .serve("headContent", content::get)
                .serve("getEvents", live::events)
                .serve("getPreview", live::preview)
                .serve("getStream", live::stream)
                .requireAll();
        return router;
    }

    /** Answers requests that no router can read. */
    public static Handler<HttpServerRequest> invalidRequests() {
        return ErrorAnswers::invalid;
    }

    /** The id in an address. */
    static String id(RoutingContext context) {
        return context.pathParam("id");
    }

    /** Bodies are limited before they are read; only those with files may be large, and go to the disk. */
    private static Handler<RoutingContext> body(Answers answers, ServerSettings settings) {
        Handler<RoutingContext> form = new FormReader(
                answers,
                settings.dataFolder().resolve("uploads"),
                settings.limits().uploadBytes());
        Handler<RoutingContext> other =
                BodyHandler.create(false).setBodyLimit(settings.limits().jsonBytes());
        return context -> (FormReader.isForm(context) ? form : other).handle(context);
    }

    /** What is framed in another way cannot be told from the request behind it (RFC 9112, section 6.1). */
    private static void refuseEncodings(RoutingContext context) {
        List<String> encodings = context.request().headers().getAll("Transfer-Encoding");
        if (!encodings.isEmpty() && !encodings.equals(List.of("chunked"))) {
            context.response().putHeader("Connection", "close");
            context.response().endHandler(_ -> context.request().connection().close());
            throw new ApiException(
                    400, null, "invalid_request", "Transfer-Encoding: expected chunked, found another one");
        }
        context.next();
    }

    private static void metrics(RoutingContext context, Answers answers, Metrics metrics) {
        answers.afterwards(
                context,
                metrics::scrape,
                text -> context.response()
                        .putHeader("Content-Type", Metrics.CONTENT_TYPE)
                        .end(text));
    }

    private static void readiness(RoutingContext context, Jobs jobs) {
        String state = !jobs.isReady() ? "stopping" : jobs.storageProblem().isPresent() ? "storage_full" : "ready";
        status(context, state.equals("ready") ? 200 : 503, state);
    }

    private static void status(RoutingContext context, int code, String word) {
        Answers.json(context, code, Answers.JSON.createObjectNode().put("status", word));
    }

    private static void models(RoutingContext context, String model, Instant since) {
        ObjectNode list = Answers.JSON.createObjectNode().put("object", "list");
        list.putArray("data")
                .addObject()
                .put("id", model)
                .put("object", "model")
                .put("created", since.getEpochSecond())
                .put("owned_by", "zoetrope");
        Answers.json(context, 200, list);
    }
}
