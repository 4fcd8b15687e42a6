package dev.zoetrope.server.http;

import dev.zoetrope.runtime.Priority;
import dev.zoetrope.server.job.Jobs;
import dev.zoetrope.server.job.Video;
import dev.zoetrope.server.job.VideoStatus;
import dev.zoetrope.server.job.VideoStore;
import io.vertx.ext.web.RoutingContext;
import java.math.BigDecimal;
import java.util.Optional;

/** {@code /v1/videos}: ask for one, look at it, list, remix, cancel and delete. */
final class VideoRoutes {
    private static final int USUAL_PAGE = 20;

    private final Answers answers;
    private final Jobs jobs;
    private final long mostPixels;

    VideoRoutes(Answers answers, Jobs jobs, long mostPixels) {
        this.answers = answers;
        this.jobs = jobs;
        this.mostPixels = mostPixels;
    }

    void create(RoutingContext context) {
        Fields fields = Fields.of(context);
        VideoFields values = new VideoFields(fields);
        Priority priority = values.priority();
        Optional<String> owner = AccessGuard.owner(context);
        Jobs.Preparation preparation = values.preparation(new GivenFiles(fields, jobs, owner, mostPixels));
        answers.afterChecks(
                context,
                () -> ready(jobs).create(owner, preparation, Optional.empty(), priority),
                video -> Answers.json(context, 200, VideoJson.of(video)));
    }

    void list(RoutingContext context) {
        int limit = limit(context);
        Optional<String> after = Optional.ofNullable(context.request().getParam("after"));
        VideoStore.Order order = order(context);
        Optional<String> owner = AccessGuard.owner(context);
        answers.afterwards(
                context,
                () -> {
                    if (after.isPresent() && jobs.find(after.get(), owner).isEmpty()) {
                        throw new ApiException(
                                404,
                                "after",
                                "not_found",
                                "after: expected the id of one of your videos, found another");
                    }
                    return jobs.list(owner, after, limit + 1, order);
                },
                found -> Answers.json(context, 200, VideoJson.list(found, limit)));
    }

    void get(RoutingContext context) {
        String id = Routes.id(context);
        Optional<String> owner = AccessGuard.owner(context);
        answers.afterwards(context, () -> owned(id, owner), video -> Answers.json(context, 200, VideoJson.of(video)));
    }

    void delete(RoutingContext context) {
        String id = Routes.id(context);
        Optional<String> owner = AccessGuard.owner(context);
        answers.afterwards(
                context,
                () -> {
                    jobs.delete(owned(id, owner).id());
                    return id;
                },
                deleted -> Answers.json(
                        context,
                        200,
                        Answers.JSON
                                .createObjectNode()
                                .put("id", deleted)
                                .put("object", "video.deleted")
                                .put("deleted", true)));
    }

    void cancel(RoutingContext context) {
        String id = Routes.id(context);
        Optional<String> owner = AccessGuard.owner(context);
        answers.afterwards(
                context,
                () -> {
                    owned(id, owner);
                    boolean stopped = jobs.cancel(id);
                    Video now = owned(id, owner);
                    if (!stopped && now.status() != VideoStatus.CANCELLED) { // twice is as good as once
                        throw new ApiException(
                                409,
                                null,
                                "not_cancellable",
                                "cancel: expected a video that waits or runs, found it "
                                        + now.status().id());
                    }
                    return now;
                },
                video -> Answers.json(context, 200, VideoJson.of(video)));
    }

    /** The jobs, where new ones are taken. */
    static Jobs ready(Jobs jobs) {
        if (!jobs.isReady()) {
            throw ApiException.stopping();
        }
        return jobs;
    }

    private Video owned(String id, Optional<String> owner) {
        return jobs.find(id, owner).orElseThrow(() -> ApiException.noVideo(id));
    }

    private static int limit(RoutingContext context) {
        return Optional.ofNullable(context.request().getParam("limit"))
                .map(text -> new BigDecimal(text.strip()).intValueExact()) // as the document has it, so also 5.0
                .orElse(USUAL_PAGE);
    }

    private static VideoStore.Order order(RoutingContext context) {
        return "asc".equals(context.request().getParam("order"))
                ? VideoStore.Order.OLDEST_FIRST
                : VideoStore.Order.NEWEST_FIRST;
    }
}
