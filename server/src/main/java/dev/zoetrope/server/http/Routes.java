package dev.zoetrope.server.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.server.config.ServerSettings;
import dev.zoetrope.server.job.Jobs;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Which address does what. */
public final class Routes {
    private static final Pattern ID = Pattern.compile("video_[0-9a-f]{32}");

    private static final String BODY_READ = "body-read";

    private Routes() {}

    /** The server's router. */
    public static Router of(Vertx vertx, Jobs jobs, ServerSettings settings) {
        Answers answers = new Answers(vertx);
        ErrorAnswers errors = new ErrorAnswers();
        Instant started = Instant.now();
        Router router = Router.router(vertx);
        router.route().handler(new RequestId()).failureHandler(errors);
        for (int status : new int[] {400, 404, 405, 406, 413, 415, 500}) {
            router.errorHandler(status, errors); // where no route matched
        }
        health(router, jobs);

        router.route("/v1/*").handler(new AccessGuard(settings.keys()));
        router.get("/v1/models").handler(context -> models(context, jobs.model(), started));

        VideoRoutes videos = new VideoRoutes(answers, jobs, settings.limits().uploadPixels());
        ContentRoute content = new ContentRoute(answers, jobs);
        LiveRoutes live = new LiveRoutes(vertx, answers, jobs, content);
        Handler<RoutingContext> body = body(settings);
        router.post("/v1/videos").handler(body).handler(Routes::bodyRead).handler(videos::create);
        router.get("/v1/videos").handler(videos::list);
        router.get("/v1/videos/:id").handler(videos::get);
        router.delete("/v1/videos/:id").handler(videos::delete);
        router.post("/v1/videos/:id/cancel").handler(videos::cancel);
        router.post("/v1/videos/:id/remix")
                .handler(body)
                .handler(Routes::bodyRead)
                .handler(videos::remix);
        router.get("/v1/videos/:id/content").handler(content::get);
        router.route(HttpMethod.HEAD, "/v1/videos/:id/content").handler(content::get);
        router.get("/v1/videos/:id/events").handler(live::events);
        router.get("/v1/videos/:id/stream").handler(live::stream);
        return router;
    }

    /** Answers requests that no router can read. */
    public static Handler<HttpServerRequest> invalidRequests() {
        return ErrorAnswers::invalid;
    }

    private static void bodyRead(RoutingContext context) {
        context.put(BODY_READ, true);
        context.next();
    }

    /** Whether a failure came after the body was read. */
    static boolean isBodyRead(RoutingContext context) {
        return context.get(BODY_READ) != null;
    }

    /** The id in an address; one that no video can have is like one that no video has. */
    static String id(RoutingContext context) {
        String id = Optional.ofNullable(context.pathParam("id")).orElse("");
        if (!ID.matcher(id).matches()) {
            throw ApiException.noVideo(id);
        }
        return id;
    }

    /** Bodies are limited before they are read; only those with files may be large, and go to the disk. */
    private static Handler<RoutingContext> body(ServerSettings settings) {
        Path uploads = settings.dataFolder().resolve("uploads");
        BodyHandler form = BodyHandler.create(uploads.toString())
                .setBodyLimit(settings.limits().uploadBytes())
                .setMergeFormAttributes(false)
                .setDeleteUploadedFilesOnEnd(true);
        BodyHandler other =
                BodyHandler.create(false).setBodyLimit(settings.limits().jsonBytes());
        return context -> {
            String type = Optional.ofNullable(context.request().getHeader("Content-Type"))
                    .orElse("");
            (Fields.isForm(type.toLowerCase(Locale.ROOT)) ? form : other).handle(context);
        };
    }

    private static void health(Router router, Jobs jobs) {
        router.get("/health/live").handler(context -> status(context, 200, "up"));
        router.get("/health/ready")
                .handler(context -> status(context, jobs.isReady() ? 200 : 503, jobs.isReady() ? "ready" : "stopping"));
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
