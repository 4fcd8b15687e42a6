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
import dev.zoetrope.runtime.pipeline.Stage;
import dev.zoetrope.server.job.JobQueue.Outcome;
import dev.zoetrope.server.log.LogContext;
import dev.zoetrope.server.result.ResultException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Renders the video of a job. May be run any number of times for the same job, after any kind of end, and even twice at once
 * by two servers of which one took the other for dead: each run has a number and files of its own, the result's file appears
 * whole, only then the row says that it is there, and of two runs only the newest may say so.
 */
final class JobRunner {
    /* Kinds of end, and what the next run finds:
     *   before the first checkpoint  row in_progress, nothing else      -> begins
     *   between two steps            run-N/checkpoint                   -> goes on from it, in run-N+1
     *   while decoding               run-N/checkpoint, some steps old   -> makes those, decodes again
     *   file there, row not changed  video.mp4                          -> changes the row
     *   row changed, task not gone   row completed                      -> nothing to do
     */

    /** A job that ends its process each time must not keep the server from starting for ever. */
    private static final int MOST_STARTS = 10;

    private static final Logger LOGGER = System.getLogger(JobRunner.class.getName());

    private final Zoetrope engine;
    private final VideoStore store;
    private final Consumer<Video> onEnd;
    private final String worker;
    private final VideoFiles files;
    private final ProgressKeeper progress;
    private final PreviewMaker previews;
    private final JobObserver observer;
    private volatile boolean stopping;

    /**
     * A runner of jobs.
     *
     * @param onEnd keeps and tells that a video is completed or has failed
     * @param worker this server's name among those that share the database
     */
    JobRunner(
            Zoetrope engine,
            VideoStore store,
            Consumer<Video> onEnd,
            String worker,
            VideoFiles files,
            ProgressKeeper progress,
            PreviewMaker previews,
            JobObserver observer) {
        this.engine = engine;
        this.store = store;
        this.onEnd = onEnd;
        this.worker = worker;
        this.files = files;
        this.progress = progress;
        this.previews = previews;
        this.observer = observer;
    }

    /** From now on, jobs come to an end they can go on from. */
    void stop() {
        stopping = true;
    }

    boolean isStopping() {
        return stopping;
    }

    /** Runs a job. */
    Outcome run(String id) {
        Outcome outcome = attend(id);
        if (outcome == Outcome.DONE && store.find(id).isEmpty()) {
            // Who deletes a video while its job runs leaves the files to the run, also when that has nothing more to
            // do.
            files.delete(id);
        }
        return outcome;
    }

    /** Runs a job, which can be watched and cancelled meanwhile. */
    private Outcome attend(String id) {
        if (stopping) {
            return Outcome.AGAIN;
        }
        Optional<Video> found = store.find(id);
        if (found.isEmpty()) {
            return Outcome.DONE;
        }
        Video video = found.get();
        JobFeed feed = progress.feed();
        RunningJob job = new RunningJob(
                id,
                video.request().fps().orElse(1),
                video.progress(),
                () -> stopping,
                event -> progress.said(id, event),
                previews);
        if (!feed.started(job)) { // before it is begun: who cancels it from then on finds it
            // A machine that slept seems dead to its own scheduler, which then takes its job up a second time.
            throw new IllegalStateException("job " + id + ": expected to run once, found it running");
        }
        try {
            OptionalLong run = store.begin(id, worker);
            if (run.isEmpty()) {
                tidy(id);
                return Outcome.DONE;
            }
            job.begun(run.getAsLong());
            feed.publish(id, job.latest());
            progress.queueChanged();
            Origin origin = store.origin(id);
            return LogContext.get(origin.fields(id), () -> observed(video, job, origin));
        } finally {
            feed.ended(job);
        }
    }

    private Outcome observed(Video video, RunningJob job, Origin origin) {
        boolean resumed = job.run() > 1;
        LOGGER.log(Level.INFO, resumed ? "job goes on" : "job begins");
        Outcome outcome = attempt(video, job);
        JobReport report = job.times().report(video, origin, resumed, kind(video.id(), outcome));
        LOGGER.log(
                report.outcome() == JobReport.Outcome.FAILED ? Level.WARNING : Level.INFO,
                "job " + report.outcome().id() + " after "
                        + Duration.between(report.began(), report.ended()).toMillis() + " ms"
                        + report.time(Stage.DENOISE)
                                .map(time -> ", denoise " + time.toMillis() + " ms")
                                .orElse("")
                        + report.time(Stage.DECODE)
                                .map(time -> ", decode " + time.toMillis() + " ms")
                                .orElse(""));
        try {
            observer.ended(report);
        } catch (RuntimeException e) {
            LOGGER.log(Level.WARNING, "job not observed", e); // which is no reason to lose the video
        }
        return outcome;
    }

    private JobReport.Outcome kind(String id, Outcome outcome) {
        if (outcome != Outcome.DONE) {
            return JobReport.Outcome.INTERRUPTED;
        }
        return switch (store.find(id).map(Video::status).orElse(VideoStatus.CANCELLED)) {
            case COMPLETED -> JobReport.Outcome.COMPLETED;
            case FAILED -> JobReport.Outcome.FAILED;
            default -> JobReport.Outcome.CANCELLED; // deleted ones too
        };
    }

    private Outcome attempt(Video video, RunningJob job) {
        VideoFolder folder = files.folder(video.id());
        try {
            if (store.starts(video.id()) > MOST_STARTS) {
                throw new OutputException("render: expected it to get on, found it begun " + MOST_STARTS
                        + " times without (it ends the server's process; see its log)");
            }
            if (!Files.exists(folder.video())) {
                make(video, job, folder);
            }
            store.bytes(video.id(), folder.bytes());
            files.store(video.id());
            if (store.complete(video.id(), job.run())) {
                ended(video.id(), new JobEvent.Completed());
                return Outcome.DONE;
            }
            return lost(job, folder);
        } catch (RenderCancelledException e) {
            // What follows writes to the database, whose file an interrupt would close for everybody.
            Thread.interrupted();
            return lost(job, folder);
        } catch (DatabaseException | ResultException e) {
            throw e; // says nothing of the video: the queue has it run again
        } catch (ZoetropeException e) {
            return fail(job, new Video.Failure(code(e), folder.shown(String.valueOf(e.getMessage()))));
        } catch (RuntimeException | Error e) {
            LOGGER.log(Level.ERROR, "render of " + video.id() + " failed", e);
            return fail(job, new Video.Failure("server_error", "render: expected a video, found an internal error"));
        }
    }

    @SuppressWarnings("MustBeClosed") // decodeTo closes what it is given an opener of
    private void make(Video video, RunningJob job, VideoFolder folder) {
        folder.clearUnfinished();
        VideoFolder work = folder.work(job.run());
        work.create();
        RenderOptions options = RenderOptions.defaults()
                .withListener(job)
                .withCheckpoint(work.checkpoint())
                .withPriority(video.priority());
        RenderRequest request = RequestFiles.absolute(video.request(), folder.path());
        try (LiveFile live = LiveFile.create(work.live());
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
            clip.decodeTo(() -> ResultSink.open(clip, portable, work, live, files::requireRoom, job.times()), job);
            live.complete();
            if (!mayPublish(job)) {
                throw new RenderCancelledException("render: cancelled, or another server has taken it over");
            }
            folder.publish(work);
        } catch (IOException e) {
            throw new OutputException("data folder: expected to write the video, found: " + e.getMessage(), e);
        }
    }

    /** A database that does not answer is no reason to throw away what is done: the row decides in any case. */
    private boolean mayPublish(RunningJob job) {
        try {
            return store.standing(job.id(), job.run()) == VideoStore.Standing.OURS;
        } catch (DatabaseException e) {
            LOGGER.log(Level.WARNING, String.valueOf(e.getMessage()));
            return true;
        }
    }

    /** Goes on where an earlier run stopped, if it left a checkpoint that can be used. */
    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // handed on to the caller from inside a try
    private Clip render(RenderRequest request, RenderOptions options, VideoFolder folder) {
        Optional<Path> checkpoint = folder.lastCheckpoint();
        if (checkpoint.isPresent()) {
            try {
                return engine.resume(checkpoint.get(), options);
            } catch (CheckpointException | RequestException e) {
                // Of another version, or of a data folder that was moved: the request is still there.
                LOGGER.log(Level.WARNING, "begins again: " + e.getMessage());
            }
        }
        return engine.render(request, options);
    }

    private Outcome fail(RunningJob job, Video.Failure failure) {
        if (store.fail(job.id(), job.run(), failure)) {
            ended(job.id(), new JobEvent.Failed(failure));
            return Outcome.DONE;
        }
        return lost(job, files.folder(job.id()));
    }

    private void ended(String id, JobEvent event) {
        store.find(id).ifPresent(onEnd);
        tidy(id);
        progress.feed().publish(id, event);
    }

    /** It is not this run's to end: somebody cancelled or deleted it, or has taken it over, or the server stops. */
    private Outcome lost(RunningJob job, VideoFolder folder) {
        return switch (store.standing(job.id(), job.run())) {
            case OURS -> {
                store.requeue(job.id(), job.run());
                yield Outcome.AGAIN;
            }
            case ANOTHERS -> {
                LOGGER.log(Level.WARNING, "job " + job.id() + ": left to the server that took it over");
                folder.work(job.run()).delete();
                yield Outcome.ANOTHERS;
            }
            case ENDED, GONE -> {
                tidy(job.id()); // who cancelled it has told everybody
                yield Outcome.DONE;
            }
        };
    }

    /** Of a video that is done the result is kept, of others what was asked for. */
    private void tidy(String id) {
        store.find(id).map(Video::status).filter(VideoStatus::isFinal).ifPresent(status -> {
            if (status == VideoStatus.COMPLETED) {
                files.clearWork(id);
            } else {
                files.clear(id);
            }
        });
    }

    private static String code(ZoetropeException failure) {
        return failure instanceof RequestException ? "invalid_request" : "render_failed";
    }
}
