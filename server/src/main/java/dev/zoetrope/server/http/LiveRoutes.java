package dev.zoetrope.server.http;

import dev.zoetrope.server.job.JobPreview;
import dev.zoetrope.server.job.Jobs;
import dev.zoetrope.server.job.RunningJob;
import dev.zoetrope.server.job.Video;
import dev.zoetrope.server.job.VideoStatus;
import dev.zoetrope.server.stream.ClipTail;
import dev.zoetrope.server.stream.EventChannel;
import dev.zoetrope.server.stream.EventSocket;
import dev.zoetrope.server.stream.EventStream;
import dev.zoetrope.server.stream.ServerSentEvents;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
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

    /** As server-sent events, or as messages of a WebSocket where the client asks for one. */
    void events(RoutingContext context) {
        String id = Routes.id(context);
        boolean withPreviews = withPreviews(context);
        boolean socket = "websocket".equalsIgnoreCase(context.request().getHeader("Upgrade"));
        Optional<String> owner = AccessGuard.owner(context);
        if (socket) {
            context.request().pause(); // what comes after the handshake is no request's body
        }
        answers.afterwards(context, () -> owned(id, owner), _ -> {
            if (socket) {
                context.request()
                        .toWebSocket()
                        .onSuccess(opened -> tell(id, new EventSocket(opened), withPreviews))
                        .onFailure(context::fail);
            } else {
                tell(id, new ServerSentEvents(context.response()), withPreviews);
            }
        });
    }

    private void tell(String id, EventChannel channel, boolean withPreviews) {
        EventStream stream = EventStream.open(vertx, channel, jobs.feed(), id, withPreviews);
        // Only now: what happened between the question and the answer has been offered to the stream already.
        answers.blocking(() -> jobs.latest(id)).onSuccess(stream::offer).onFailure(_ -> channel.end());
        if (withPreviews) { // who comes late, or again, need not wait for the next picture
            jobs.feed().running(id).flatMap(RunningJob::askForPreview).ifPresent(stream::offer);
        }
    }

    private static boolean withPreviews(RoutingContext context) {
        return !"false".equals(context.request().getParam("previews"));
    }

    /** The newest picture of a video that is being made. */
    void preview(RoutingContext context) {
        String id = Routes.id(context);
        Optional<String> owner = AccessGuard.owner(context);
        answers.afterwards(context, () -> owned(id, owner), video -> {
            JobPreview preview = jobs.feed()
                    .running(id)
                    .flatMap(RunningJob::askForPreview)
                    .orElseThrow(() -> new ApiException(
                            404,
                            null,
                            "not_ready",
                            "preview: expected a video that has made a step since somebody looked, found it "
                                    + video.status().id() + " without"));
            context.response()
                    .putHeader("Content-Type", "image/" + JobPreview.FORMAT.id())
                    .putHeader("Cache-Control", "no-store")
                    .putHeader("X-Content-Type-Options", "nosniff")
                    .end(Buffer.buffer(preview.file()));
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
            } else if (!video.status().isFinal() && !jobs.isReady()) {
                throw ApiException.stopping();
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
