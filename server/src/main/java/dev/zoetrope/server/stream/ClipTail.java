package dev.zoetrope.server.stream;

import dev.zoetrope.server.job.JobEvent;
import dev.zoetrope.server.job.JobFeed;
import dev.zoetrope.server.job.LiveFile;
import dev.zoetrope.server.job.RunningJob;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.http.HttpServerResponse;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends a video while it is being decoded: fragmented MP4 from its beginning, at the pace of the client. Nothing is sent
 * before there is something to play; a client that comes early waits.
 */
public final class ClipTail implements JobFeed.Watcher {
    /* The engine writes a file and goes on; this reads the file behind it. So a slow client costs a file handle, and one
     * that comes late gets everything. All fields belong to the connection's thread. */

    private static final int PIECE_BYTES = 1 << 16;

    private final Vertx vertx;
    private final Context context;
    private final HttpServerResponse response;
    private final JobFeed feed;
    private final String id;
    private final Consumer<String> endedBefore;
    private final Runnable grown = this::lookLater;
    private final AtomicBoolean lookScheduled = new AtomicBoolean();
    private @Nullable LiveFile live;
    private @Nullable AsyncFile file;
    private long position;
    private boolean busy;
    private boolean jobEnded;
    private boolean ended;

    private ClipTail(Vertx vertx, HttpServerResponse response, JobFeed feed, String id, Consumer<String> endedBefore) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.response = response;
        this.feed = feed;
        this.id = id;
        this.endedBefore = endedBefore;
    }

    /**
     * Begins to wait, on the connection's thread.
     *
     * @param endedBefore answers instead when the job ends before anything was sent; gets the video's id
     */
    public static ClipTail open(
            Vertx vertx, HttpServerResponse response, JobFeed feed, String id, Consumer<String> endedBefore) {
        ClipTail tail = new ClipTail(vertx, response, feed, id, endedBefore);
        response.exceptionHandler(_ -> tail.stop());
        response.closeHandler(_ -> tail.stop());
        response.drainHandler(_ -> tail.look());
        feed.watch(id, tail);
        tail.look();
        return tail;
    }

    @Override
    public void offer(JobEvent event) {
        if (event.isLast()) {
            context.runOnContext(_ -> {
                jobEnded = true;
                look();
            });
        } else if (event instanceof JobEvent.Decoded) {
            lookLater();
        }
    }

    private void lookLater() {
        if (lookScheduled.compareAndSet(false, true)) {
            context.runOnContext(_ -> {
                lookScheduled.set(false);
                look();
            });
        }
    }

    /** Does what there is to do next, if anything. */
    private void look() {
        if (ended || busy) {
            return;
        }
        if (live == null) {
            live = feed.running(id).flatMap(RunningJob::live).orElse(null);
            if (live != null) {
                live.onChange(grown);
            }
        }
        AsyncFile source = file;
        LiveFile growing = live;
        if (source != null && growing != null) {
            send(source, growing);
        } else if (growing != null && growing.length() > 0) {
            open(growing);
        } else if (jobEnded) {
            stop();
            endedBefore.accept(id);
        }
    }

    private void open(LiveFile growing) {
        busy = true;
        vertx.fileSystem()
                .open(growing.path().toString(), new OpenOptions().setRead(true).setWrite(false))
                .onComplete(opened -> {
                    busy = false;
                    if (opened.succeeded() && !ended) {
                        file = opened.result();
                        response.setChunked(true)
                                .putHeader("Content-Type", "video/mp4")
                                .putHeader("Cache-Control", "no-store");
                        look();
                    } else if (opened.succeeded()) {
                        opened.result().close();
                    } else if (!ended) {
                        stop(); // the job was done, and its live file removed, in this moment
                        endedBefore.accept(id);
                    }
                });
    }

    private void send(AsyncFile source, LiveFile growing) {
        LiveFile.State state = growing.state(); // before the length: what is whole grows no more
        long there = growing.length() - position;
        if (there > 0) {
            if (!response.writeQueueFull()) {
                busy = true;
                Buffer piece = Buffer.buffer();
                source.read(piece, 0, position, (int) Math.min(there, PIECE_BYTES))
                        .onComplete(read -> {
                            busy = false;
                            if (read.failed()) {
                                breakOff();
                            } else if (!ended) {
                                position += piece.length();
                                response.write(piece);
                                look();
                            }
                        });
            }
        } else if (state == LiveFile.State.WHOLE) {
            stop();
            response.end();
        } else if (state == LiveFile.State.BROKEN) {
            breakOff();
        }
    }

    /** What was sent is not the whole video, and must not look like it: the last chunk is left out. */
    private void breakOff() {
        stop();
        response.reset();
    }

    private void stop() {
        if (!ended) {
            ended = true;
            feed.unwatch(id, this);
            Optional.ofNullable(live).ifPresent(growing -> growing.forget(grown));
            Optional.ofNullable(file).ifPresent(AsyncFile::close);
        }
    }
}
