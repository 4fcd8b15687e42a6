package dev.zoetrope.server.stream;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.server.job.JobEvent;
import dev.zoetrope.server.job.JobFeed;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The progress of a job as server-sent events. A reader that is slower than the job gets the newest state and none of
 * those between: no more than one event waits here, however long it takes. Ends with the job's last event.
 */
public final class EventStream implements JobFeed.Watcher {
    /* offer() comes from the engine's threads and only swaps a reference; writing is done on the connection's own thread.
     * Once the connection has more than it can send, writing stops until it has drained. */

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Proxies close connections on which nothing happens. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);

    private final Vertx vertx;
    private final Context context;
    private final HttpServerResponse response;
    private final JobFeed feed;
    private final String id;
    private final AtomicReference<@Nullable JobEvent> newest = new AtomicReference<>();
    private final AtomicBoolean writeScheduled = new AtomicBoolean();
    private long timer;
    private @Nullable JobEvent sent;
    private long number;
    private boolean ended;

    private EventStream(Vertx vertx, HttpServerResponse response, JobFeed feed, String id) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.response = response;
        this.feed = feed;
        this.id = id;
    }

    /** Begins the answer, on the connection's thread, and watches the job until it or the client ends. */
    public static EventStream open(Vertx vertx, HttpServerResponse response, JobFeed feed, String id) {
        EventStream stream = new EventStream(vertx, response, feed, id);
        response.setChunked(true)
                .putHeader("Content-Type", "text/event-stream; charset=utf-8")
                .putHeader("Cache-Control", "no-store")
                .putHeader("X-Accel-Buffering", "no"); // else a proxy gathers events before it passes them on
        response.exceptionHandler(_ -> stream.stop());
        response.closeHandler(_ -> stream.stop());
        response.drainHandler(_ -> stream.write());
        stream.timer = vertx.setPeriodic(KEEP_ALIVE.toMillis(), _ -> stream.keepAlive());
        feed.watch(id, stream);
        return stream;
    }

    @Override
    public void offer(JobEvent event) {
        newest.updateAndGet(before -> before != null && before.place() >= event.place() ? before : event);
        if (writeScheduled.compareAndSet(false, true)) {
            context.runOnContext(_ -> {
                writeScheduled.set(false);
                write();
            });
        }
    }

    private void write() {
        JobEvent event = newest.get();
        if (ended || event == null || event.equals(sent) || response.writeQueueFull()) {
            return;
        }
        sent = event;
        number++;
        response.write("id: " + number + "\nevent: " + event.name() + "\ndata: " + json(event) + "\n\n");
        if (event.isLast()) {
            stop();
            response.end();
        }
    }

    /** Calls back when what was offered before has been written or put off; for tests. */
    void afterWriting(Runnable done) {
        context.runOnContext(_ -> done.run());
    }

    private void keepAlive() {
        if (!ended && !response.writeQueueFull()) {
            response.write(": still there\n\n");
        }
    }

    private void stop() {
        if (!ended) {
            ended = true;
            vertx.cancelTimer(timer);
            feed.unwatch(id, this);
        }
    }

    private ObjectNode json(JobEvent event) {
        ObjectNode node = JSON.createObjectNode().put("id", id);
        switch (event) {
            case JobEvent.Queued queued ->
                node.put("status", "queued").put("progress", 0).put("position", queued.position());
            case JobEvent.Started started -> node.put("status", "in_progress").put("progress", started.percent());
            case JobEvent.Step step ->
                node.put("status", "in_progress")
                        .put("progress", step.percent())
                        .put("step", step.step())
                        .put("steps", step.steps())
                        .put("remaining_seconds", step.remainingSeconds());
            case JobEvent.Decoded decoded ->
                node.put("status", "in_progress")
                        .put("progress", decoded.percent())
                        .put("frame", decoded.frame())
                        .put("frames", decoded.frames())
                        .put("decoded_seconds", decoded.seconds());
            case JobEvent.Completed _ -> node.put("status", "completed").put("progress", 100);
            case JobEvent.Failed failed ->
                node.put("status", "failed")
                        .putObject("error")
                        .put("code", failed.failure().code())
                        .put("message", failed.failure().message());
            case JobEvent.Cancelled _ -> node.put("status", "cancelled");
            case JobEvent.Deleted _ -> node.put("status", "deleted");
        }
        return node;
    }
}
