package dev.zoetrope.server.job;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.ClipRecord;
import dev.zoetrope.runtime.RenderOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.error.CheckpointException;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RenderCancelledException;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.error.ZoetropeException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.util.Optional;
import java.util.function.Function;

/**
 * Renders the video of a job. May be run any number of times for the same job, after any kind of end: the result's file
 * appears whole, and only then the row says that it is there.
 */
final class JobRunner {
    /* Kinds of end, and what the next run finds:
     *   before the first step        row in_progress, nothing else      -> begins
     *   between two steps            checkpoint                         -> goes on from it
     *   while decoding               checkpoint of the last step        -> decodes again
     *   file there, row not changed  video.mp4                          -> changes the row
     *   row changed, task not gone   row completed                      -> nothing to do
     */

    /** A job that ends its process each time must not keep the server from starting for ever. */
    private static final int MOST_STARTS = 10;

    private static final Logger LOGGER = System.getLogger(JobRunner.class.getName());

    private final Zoetrope engine;
    private final VideoStore store;
    private final JobFeed feed;
    private final Function<String, VideoFolder> folders;
    private final ProgressKeeper progress;
    private volatile boolean stopping;

    JobRunner(
            Zoetrope engine,
            VideoStore store,
            JobFeed feed,
            Function<String, VideoFolder> folders,
            ProgressKeeper progress) {
        this.engine = engine;
        this.store = store;
        this.feed = feed;
        this.folders = folders;
        this.progress = progress;
    }

    /** From now on, jobs come to an end they can go on from. */
    void stop() {
        stopping = true;
    }

    boolean isStopping() {
        return stopping;
    }

    /** Runs a job; false when it has to be run again. */
    boolean run(String id) {
        if (stopping) {
            return false;
        }
        Optional<Video> found = store.find(id);
        if (found.isEmpty()) {
            return true;
        }
        Video video = found.get();
        RunningJob job = new RunningJob(
                id,
                video.request().fps().orElse(1),
                video.progress(),
                () -> stopping,
                event -> progress.said(id, event));
        if (!feed.started(job)) { // before it is begun: who cancels it from then on finds it
            // A machine that slept seems dead to its own scheduler, which then takes its job up a second time.
            throw new IllegalStateException("job " + id + ": expected to run once, found it running");
        }
        try {
            if (!store.begin(id)) {
                return true;
            }
            feed.publish(id, job.latest());
            progress.queueChanged();
            return attempt(video, job);
        } finally {
            feed.ended(job);
        }
    }

    private boolean attempt(Video video, RunningJob job) {
        VideoFolder folder = folders.apply(video.id());
        try {
            if (store.starts(video.id()) > MOST_STARTS) {
                throw new OutputException("render: expected it to get on, found it begun " + MOST_STARTS
                        + " times without (it ends the server's process; see its log)");
            }
            if (!Files.exists(folder.video())) {
                make(video, job, folder);
            }
            if (store.complete(video.id())) {
                folder.clearWork();
                feed.publish(video.id(), new JobEvent.Completed());
            } else {
                discard(video.id(), folder);
            }
            return true;
        } catch (RenderCancelledException e) {
            if (stopping && store.find(video.id()).map(Video::status).equals(Optional.of(VideoStatus.IN_PROGRESS))) {
                store.requeue(video.id());
                return false;
            }
            discard(video.id(), folder); // who cancelled it has told everybody
            return true;
        } catch (ZoetropeException e) {
            fail(video.id(), new Video.Failure(code(e), message(e, folder)));
            return true;
        } catch (RuntimeException | Error e) {
            LOGGER.log(Level.ERROR, "render of " + video.id() + " failed", e);
            fail(video.id(), new Video.Failure("server_error", "render: expected a video, found an internal error"));
            return true;
        }
    }

    @SuppressWarnings("MustBeClosed") // decodeTo closes what it is given an opener of
    private void make(Video video, RunningJob job, VideoFolder folder) {
        folder.create();
        folder.clearUnfinished();
        RenderOptions options = RenderOptions.defaults().withListener(job).withCheckpoint(folder.checkpoint());
        RenderRequest request = RequestFiles.absolute(video.request(), folder.path());
        try (LiveFile live = LiveFile.create(folder.live());
                Clip clip = render(request, options, folder)) {
            ClipRecord record = clip.record();
            ClipRecord portable = new ClipRecord(
                    RequestFiles.relative(record.request()),
                    record.softwareVersion(),
                    record.model(),
                    record.modelFingerprint(),
                    record.library(),
                    record.provider(),
                    record.unknownWords());
            job.live(live);
            clip.decodeTo(() -> ResultSink.open(clip, portable, folder, live), job);
            live.complete();
        } catch (IOException e) {
            throw new OutputException("data folder: expected to write the video, found: " + e.getMessage(), e);
        }
    }

    /** Goes on where an earlier run stopped, if it left a checkpoint that can be used. */
    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // handed on to the caller from inside a try
    private Clip render(RenderRequest request, RenderOptions options, VideoFolder folder) {
        if (Files.exists(folder.checkpoint())) {
            try {
                return engine.resume(folder.checkpoint(), options);
            } catch (CheckpointException | RequestException e) {
                // Of another version, or of a data folder that was moved: the request is still there.
                LOGGER.log(Level.WARNING, "begins again: " + e.getMessage());
            }
        }
        return engine.render(request, options);
    }

    private void fail(String id, Video.Failure failure) {
        if (store.fail(id, failure)) {
            feed.publish(id, new JobEvent.Failed(failure));
        }
        discard(id, folders.apply(id));
    }

    /** Of a video that was deleted nothing is kept, of others what was asked for. */
    private void discard(String id, VideoFolder folder) {
        if (store.find(id).isEmpty()) {
            folder.delete();
        } else {
            folder.clear();
        }
    }

    private static String code(ZoetropeException failure) {
        return failure instanceof RequestException ? "invalid_request" : "render_failed";
    }

    /** In one line and without the server's own folders. */
    private static String message(ZoetropeException failure, VideoFolder folder) {
        return String.valueOf(failure.getMessage())
                .replace(folder.path() + "/", "")
                .replaceAll("\\s*\\R\\s*", " ");
    }
}
