package dev.zoetrope.server.http;

import dev.zoetrope.server.job.Jobs;
import dev.zoetrope.server.job.Video;
import dev.zoetrope.server.job.VideoStatus;
import dev.zoetrope.server.stream.ClipTail;
import dev.zoetrope.server.stream.EventStream;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import java.util.Optional;

/** {@code events} and {@code stream} of a video: answers that go on while its job does. */
final class LiveRoutes {
    private final Vertx vertx;
    private final Answers answers;
    private final Jobs jobs;
    private final ContentRoute content;

    LiveRoutes(Vertx vertx, Answers answers, Jobs jobs, ContentRoute content) {
        this.vertx = vertx;
        this.answers = answers;
        this.jobs = jobs;
        this.content = content;
    }

    void events(RoutingContext context) {
        String id = Routes.id(context);
        Optional<String> owner = AccessGuard.owner(context);
        answers.afterwards(context, () -> owned(id, owner), video -> {
            EventStream stream = EventStream.open(vertx, context.response(), jobs.feed(), video.id());
            // Only now: what happened between the question and the answer has been offered to the stream already.
            answers.afterwards(context, () -> jobs.latest(id), stream::offer);
        });
    }

    /** The video as it is decoded; of one that is done, the file. */
    void stream(RoutingContext context) {
        String id = Routes.id(context);
        Optional<String> owner = AccessGuard.owner(context);
        answers.afterwards(context, () -> owned(id, owner), video -> {
            if (video.status() == VideoStatus.COMPLETED) {
                content.get(context);
            } else if (video.status().isFinal()) {
                throw notPlayable(video);
            } else {
                ClipTail.open(vertx, context.response(), jobs.feed(), id, last -> ended(context, last));
            }
        });
    }

    /** The job ended before there was anything to play, or so fast that its live file is gone. */
    private void ended(RoutingContext context, String id) {
        answers.afterwards(context, () -> owned(id, AccessGuard.owner(context)), video -> {
            if (video.status() == VideoStatus.COMPLETED) {
                content.get(context);
            } else {
                throw notPlayable(video);
            }
        });
    }

    private static ApiException notPlayable(Video video) {
        return new ApiException(
                404,
                null,
                "not_ready",
                "stream: expected a video that is being made, found it "
                        + video.status().id());
    }

    private Video owned(String id, Optional<String> owner) {
        return jobs.find(id, owner).orElseThrow(() -> ApiException.noVideo(id));
    }
}
