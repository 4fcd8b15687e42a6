package dev.zoetrope.server.stream;

import dev.zoetrope.server.job.JobEvent;
import dev.zoetrope.server.job.JobFeed;
import dev.zoetrope.server.job.JobPreview;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The progress of a job, told to one reader. A reader that is slower than the job gets the newest state and the newest
 * picture and none of those between: no more than one of each waits here, however long it takes. Ends with the job's last
 * event.
 */
public final class EventStream implements JobFeed.Watcher {
    /* offer() comes from the engine's threads and only swaps a reference; writing is done on the connection's own thread.
     * Once the connection has more than it can send, writing stops until it has drained. */

    /** Proxies close connections on which nothing happens. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);

    private final Vertx vertx;
    private final Context context;
    private final EventChannel channel;
    private final JobFeed feed;
    private final EventJson json;
    private final String id;
    private final boolean withPreviews;
    private final AtomicReference<@Nullable JobEvent> newest = new AtomicReference<>();
    private final AtomicReference<@Nullable JobPreview> newestPreview = new AtomicReference<>();
    private final AtomicBoolean writeScheduled = new AtomicBoolean();
    private long timer;
    private @Nullable JobEvent sent;
    private boolean ended;

    private EventStream(Vertx vertx, EventChannel channel, JobFeed feed, String id, boolean withPreviews) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.channel = channel;
        this.feed = feed;
        this.json = new EventJson(id);
        this.id = id;
        this.withPreviews = withPreviews;
    }

    /**
     * Begins to tell, on the connection's thread, and watches the job until it or the client ends.
     *
     * @param withPreviews whether the reader gets pictures too
     */
    public static EventStream open(Vertx vertx, EventChannel channel, JobFeed feed, String id, boolean withPreviews) {
        EventStream stream = new EventStream(vertx, channel, feed, id, withPreviews);
        channel.begin(stream::write, stream::stop);
        stream.timer = vertx.setPeriodic(KEEP_ALIVE.toMillis(), _ -> stream.keepAlive());
        feed.watch(id, stream);
        return stream;
    }

    @Override
    public void offer(JobEvent event) {
        newest.updateAndGet(before -> before != null && before.place() >= event.place() ? before : event);
        writeSoon();
    }

    @Override
    public boolean wantsPreviews() {
        return withPreviews;
    }

    @Override
    public void offer(JobPreview preview) {
        if (withPreviews) {
            newestPreview.set(preview);
            writeSoon();
        }
    }

    private void writeSoon() {
        if (writeScheduled.compareAndSet(false, true)) {
            context.runOnContext(_ -> {
                writeScheduled.set(false);
                write();
            });
        }
    }

    private void write() {
        JobEvent event = newest.get();
        if (!ended && event != null && !event.equals(sent) && !channel.isFull()) {
            sent = event;
            channel.send(event.name(), json.of(event));
            if (event.isLast()) {
                stop();
                channel.end();
            }
        }
        if (!ended && !channel.isFull()) {
            JobPreview preview = newestPreview.getAndSet(null);
            if (preview != null) {
                channel.send(EventJson.PREVIEW, json.of(preview));
            }
        }
    }

    /** Calls back when what was offered before has been written or put off; for tests. */
    void afterWriting(Runnable done) {
        context.runOnContext(_ -> done.run());
    }

    private void keepAlive() {
        if (!ended && !channel.isFull()) {
            channel.keepAlive();
        }
    }

    private void stop() {
        if (!ended) {
            ended = true;
            vertx.cancelTimer(timer);
            feed.unwatch(id, this);
        }
    }
}
