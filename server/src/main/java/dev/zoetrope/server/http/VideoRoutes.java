package dev.zoetrope.server.http;

import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.server.job.Jobs;
import dev.zoetrope.server.job.Video;
import dev.zoetrope.server.job.VideoStatus;
import dev.zoetrope.server.job.VideoStore;
import io.vertx.ext.web.RoutingContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** {@code /v1/videos}: ask for one, look at it, list, remix, cancel and delete. */
final class VideoRoutes {
    private static final int USUAL_PAGE = 20;
    private static final int LARGEST_PAGE = 100;

    /** How far a remix goes from its video: as {@code zoetrope restyle} does if nothing is said. */
    private static final double REMIX_STRENGTH = 0.8;

    private final Answers answers;
    private final Jobs jobs;
    private final long mostPixels;

    VideoRoutes(Answers answers, Jobs jobs, long mostPixels) {
        this.answers = answers;
        this.jobs = jobs;
        this.mostPixels = mostPixels;
    }

    void create(RoutingContext context) {
        requireReady();
        Jobs.Preparation preparation = new VideoFields(Fields.of(context), jobs.model(), mostPixels).preparation();
        Optional<String> owner = AccessGuard.owner(context);
        answers.afterChecks(
                context,
                () -> jobs.create(owner, preparation, Optional.empty()),
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
                        throw ApiException.field(
                                "after", "after: expected the id of one of your videos, found another");
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

    /** The video made over to another prompt. */
    void remix(RoutingContext context) {
        requireReady();
        Fields fields = Fields.of(context);
        fields.refuseAllBut(Set.of("prompt"));
        String prompt = VideoFields.prompt(fields);
        String id = Routes.id(context);
        Optional<String> owner = AccessGuard.owner(context);
        answers.afterChecks(
                context,
                () -> remix(owned(id, owner), prompt, owner),
                video -> Answers.json(context, 200, VideoJson.of(video)));
    }

    private Video remix(Video source, String prompt, Optional<String> owner) {
        Path clip = jobs.folder(source.id()).video();
        if (source.status() != VideoStatus.COMPLETED) {
            throw new ApiException(
                    409,
                    "video_id",
                    "not_ready",
                    "remix: expected a video that is completed, found it "
                            + source.status().id());
        }
        return jobs.create(
                owner,
                folder -> {
                    // A copy: the video may be deleted before its remix has begun.
                    Path input = Files.copy(clip, folder.path().resolve("input.mp4"));
                    RenderRequest asked = RenderRequest.of(prompt)
                            .withNegativePrompt(source.request().negativePrompt())
                            .withSeed(VideoFields.drawnSeed());
                    return asked.withEdit(new Edit.Restyle(input, REMIX_STRENGTH, Optional.empty()));
                },
                Optional.of(source.id()));
    }

    private void requireReady() {
        if (!jobs.isReady()) {
            throw new ApiException(503, null, "stopping", "server: expected it to take videos, found it stopping");
        }
    }

    private Video owned(String id, Optional<String> owner) {
        return jobs.find(id, owner).orElseThrow(() -> ApiException.noVideo(id));
    }

    private static int limit(RoutingContext context) {
        String text = Optional.ofNullable(context.request().getParam("limit")).orElse("" + USUAL_PAGE);
        try {
            int limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= LARGEST_PAGE) {
                return limit;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw ApiException.field(
                "limit",
                "limit: expected 1 to " + LARGEST_PAGE + ", found '" + text.substring(0, Math.min(text.length(), 32))
                        + "'");
    }

    private static VideoStore.Order order(RoutingContext context) {
        return switch (Optional.ofNullable(context.request().getParam("order")).orElse("desc")) {
            case "desc" -> VideoStore.Order.NEWEST_FIRST;
            case "asc" -> VideoStore.Order.OLDEST_FIRST;
            default -> throw ApiException.field("order", "order: expected asc or desc, found another word");
        };
    }
}
