package dev.zoetrope.server.http;

import dev.zoetrope.server.job.Jobs;
import dev.zoetrope.server.job.Video;
import io.vertx.ext.web.RoutingContext;
import java.util.Optional;

/** {@code POST /v1/videos/{id}/rerender}: the same request again, with its pictures and clips, and maybe another seed. */
final class RerenderRoute {
    private final Answers answers;
    private final Jobs jobs;

    RerenderRoute(Answers answers, Jobs jobs) {
        this.answers = answers;
        this.jobs = jobs;
    }

    void post(RoutingContext context) {
        if (!jobs.isReady()) {
            throw ApiException.stopping();
        }
        Fields fields = Fields.of(context);
        Optional<Long> seed = VideoFields.seed(fields);
        String id = Routes.id(context);
        Optional<String> owner = AccessGuard.owner(context);
        answers.afterChecks(
                context,
                () -> again(jobs.find(id, owner).orElseThrow(() -> ApiException.noVideo(id)), seed, owner),
                video -> Answers.json(context, 200, VideoJson.of(video)));
    }

    private Video again(Video source, Optional<Long> seed, Optional<String> owner) {
        Jobs.Preparation same = jobs.again(source)
                .orElseThrow(() -> new ApiException(
                        409,
                        "video_id",
                        "input_gone",
                        "rerender: expected the video's picture or clip, found it removed (it goes when a video is"
                                + " cancelled or fails; send it again)"));
        return jobs.create(
                owner,
                folder -> {
                    var request = same.prepare(folder);
                    return seed.map(request::withSeed).orElse(request);
                },
                source.remixedFrom(),
                source.priority());
    }
}
