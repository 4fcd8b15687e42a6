package dev.zoetrope.server.http;

import dev.zoetrope.server.job.JobEvent;
import dev.zoetrope.server.job.JobFeed;
import dev.zoetrope.server.job.Jobs;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.Optional;

/**
 * {@code POST /v1/videos/sync}: a video as any other, whose file is the answer. A client that goes before it is done takes
 * the video with it, for nobody else knows of it.
 */
final class SyncRoute {
    private final Vertx vertx;
    private final Answers answers;
    private final Jobs jobs;
    private final ContentRoute content;
    private final long mostPixels;

    SyncRoute(Vertx vertx, Answers answers, Jobs jobs, ContentRoute content, long mostPixels) {
        this.vertx = vertx;
        this.answers = answers;
        this.jobs = jobs;
        this.content = content;
        this.mostPixels = mostPixels;
    }

    void create(RoutingContext context) {
        Jobs ready = VideoRoutes.ready(jobs);
        Fields fields = Fields.of(context);
        Optional<String> owner = AccessGuard.owner(context);
        VideoFields values = new VideoFields(fields);
        Jobs.Preparation preparation = values.preparation(new GivenFiles(fields, ready, owner, mostPixels));
        answers.checks(context, () -> ready.create(owner, preparation, Optional.empty(), values.priority()))
                .onFailure(failure -> Answers.fail(context, failure))
                .onSuccess(video -> new Wait(context, video.id()).begin());
    }

    /** One client that waits for a video. All is done on its connection's thread. */
    private final class Wait implements JobFeed.Watcher {
        private final RoutingContext context;
        private final Context thread = vertx.getOrCreateContext();
        private final String id;
        private boolean over;

        Wait(RoutingContext context, String id) {
            this.context = context;
            this.id = id;
        }

        void begin() {
            HttpServerResponse response = context.response();
            response.closeHandler(_ -> gone());
            response.exceptionHandler(_ -> gone());
            if (response.closed()) {
                gone();
                return;
            }
            response.putHeader("x-video-id", id);
            jobs.feed().watch(id, this);
            // What happened before somebody watched.
            answers.blocking(() -> jobs.latest(id))
                    .onSuccess(this::offer)
                    .onFailure(failure -> Answers.fail(context, failure));
        }

        @Override
        public void offer(JobEvent event) {
            if (event.isLast()) {
                thread.runOnContext(_ -> ended(event));
            }
        }

        private void gone() {
            if (!over) {
                over = true;
                jobs.feed().unwatch(id, this);
                answers.blocking(() -> {
                    jobs.delete(id);
                    return id;
                });
            }
        }

        private void ended(JobEvent event) {
            if (over) {
                return;
            }
            over = true;
            jobs.feed().unwatch(id, this);
            switch (event) {
                case JobEvent.Completed _ -> content.send(context, id);
                case JobEvent.Failed failed ->
                    context.fail(new ApiException(
                            500, null, failed.failure().code(), failed.failure().message()));
                default ->
                    context.fail(new ApiException(
                            409, null, event.name(), "video: expected it to be made, found it " + event.name()));
            }
        }
    }
}
