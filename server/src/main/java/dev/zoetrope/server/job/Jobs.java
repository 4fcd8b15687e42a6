package dev.zoetrope.server.job;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.FrameSize;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.encode.OutputFormat;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.frame.FrameRate;
import dev.zoetrope.server.config.ServerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * All that can be done with videos: ask for one, watch it, cancel it, delete it. Thread-safe; blocks, so not for an event
 * loop. Owns the database and the queue, not the engine.
 */
public final class Jobs implements AutoCloseable {
    private static final int ID_BYTES = 16;

    private final Zoetrope engine;
    private final String model;
    private final int mostUnfinished;
    private final Path folder;
    private final SecureRandom random = new SecureRandom();
    private final JobFeed feed = new JobFeed();
    private final FolderLock lock;
    private final Database database;
    private final VideoStore store;
    private final ProgressKeeper progress;
    private final JobRunner runner;
    private final JobQueue queue;

    private Jobs(Zoetrope engine, ServerSettings settings, FolderLock lock, Database database) {
        this.lock = lock;
        this.engine = engine;
        this.model = engine.info().model();
        this.mostUnfinished = settings.limits().unfinishedJobs();
        this.folder = settings.dataFolder().toAbsolutePath().resolve("videos");
        this.database = database;
        this.store = new VideoStore(database);
        this.progress = new ProgressKeeper(store, feed);
        this.runner = new JobRunner(engine, store, feed, this::folder, progress);
        this.queue = new JobQueue(database, settings.workers(), settings.shutdownDeadline(), runner::run);
    }

    /** Puts the files of a request into its folder, and gives the request that names them there. */
    public interface Preparation {
        RenderRequest prepare(VideoFolder folder) throws IOException;
    }

    /** More jobs than the server wants to have waiting. */
    public static final class TooManyException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooManyException(int most) {
            super("queue: expected fewer than " + most + " videos that wait or run, found " + most
                    + " (try again when some are done)");
        }
    }

    /**
     * Opens the data folder and goes on with what is in it.
     *
     * @throws OutputException when the folder cannot be used, or another server uses it
     */
    @MustBeClosed
    public static Jobs open(Zoetrope engine, ServerSettings settings) {
        try {
            Files.createDirectories(settings.dataFolder().resolve("videos"));
        } catch (IOException e) {
            throw new OutputException(
                    "data folder: expected one that can be written to, found " + settings.dataFolder() + " ("
                            + e.getClass().getSimpleName() + ": " + e.getMessage() + ")",
                    e);
        }
        FolderLock lock = FolderLock.take(settings.dataFolder());
        try {
            Database database = Database.open(settings.dataFolder());
            try {
                Jobs jobs = new Jobs(engine, settings, lock, database);
                jobs.goOn();
                return jobs;
            } catch (RuntimeException | Error e) {
                database.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            lock.close();
            throw e;
        }
    }

    /**
     * What the server before this one left: interrupted jobs wait again, folders of deleted videos go. What was acknowledged
     * has a file that says so, and has to have a row; what was deleted has none, and must not.
     */
    private void goOn() {
        store.requeueAll();
        Set<String> rows = new HashSet<>(store.all());
        List<Video> lost = new ArrayList<>();
        try (Stream<Path> folders = Files.list(folder)) {
            for (VideoFolder files : folders.map(VideoFolder::new).toList()) {
                String id = String.valueOf(files.path().getFileName());
                Optional<Video> asked = KeptRequest.read(files);
                if (asked.isEmpty()) {
                    files.delete();
                } else if (!rows.remove(id)) {
                    lost.add(asked.get());
                }
            }
        } catch (IOException e) {
            throw new OutputException("data folder: expected to list " + folder + ", found: " + e.getMessage(), e);
        }
        lost.stream().sorted(Comparator.comparing(Video::created)).forEach(store::insert);
        rows.stream().filter(id -> !Files.exists(folder(id).request())).forEach(store::delete);
        for (String id : store.queued()) {
            // A kill may have come between the two rows of a job.
            store.find(id).ifPresent(video -> queue.add(id, video.created()));
        }
        queue.start();
    }

    /** The rows. */
    public VideoStore store() {
        return store;
    }

    /** Who watches, and what runs. */
    public JobFeed feed() {
        return feed;
    }

    /** The model that renders. */
    public String model() {
        return model;
    }

    /** Takes no new videos, and asks what runs to come to a point it can go on from. */
    public void stop() {
        runner.stop();
    }

    /** Whether new videos are taken. */
    public boolean isReady() {
        return !runner.isStopping();
    }

    /** The files of a video. */
    public VideoFolder folder(String id) {
        return new VideoFolder(folder.resolve(id));
    }

    /**
     * Takes a request: checked, written down, and only then answered.
     *
     * @throws dev.zoetrope.runtime.error.RequestException when it cannot be rendered as asked
     * @throws TooManyException when too many wait
     */
    public Video create(Optional<String> owner, Preparation preparation, Optional<String> remixedFrom) {
        if (store.unfinished() >= mostUnfinished) {
            throw new TooManyException(mostUnfinished);
        }
        String id = newId();
        VideoFolder files = folder(id);
        files.create();
        boolean taken = false;
        try {
            RenderRequest request = engine.plan(preparation.prepare(files)).request();
            FrameSize size = request.size().orElseThrow();
            OutputFormat.MP4_H264.check(
                    files.video(),
                    size.widthPx(),
                    size.heightPx(),
                    request.frames().orElseThrow(),
                    FrameRate.of(request.fps().orElseThrow()));
            Video video = Video.queued(id, owner, RequestFiles.relative(request), model, remixedFrom);
            KeptRequest.write(files, video);
            store.insert(video);
            taken = true;
            queue.add(id, video.created());
            store.flush();
            progress.queueChanged();
            return video;
        } catch (IOException e) {
            throw new OutputException("data folder: expected to keep the upload, found: " + e.getMessage(), e);
        } finally {
            if (!taken) {
                files.delete();
            }
        }
    }

    /** A video as it is now; what is not written down yet counts. */
    public Optional<Video> find(String id, Optional<String> owner) {
        return store.find(id, owner).map(this::withLiveProgress);
    }

    /** Videos as they are now. */
    public List<Video> list(Optional<String> owner, Optional<String> after, int limit, VideoStore.Order order) {
        return store.list(owner, after, limit, order).stream()
                .map(this::withLiveProgress)
                .toList();
    }

    private Video withLiveProgress(Video video) {
        return video.status() != VideoStatus.IN_PROGRESS
                ? video
                : feed.running(video.id())
                        .map(job -> video.withProgress(Math.max(video.progress(), job.percent())))
                        .orElse(video);
    }

    /** What happened to a video last. */
    public JobEvent latest(String id) {
        Optional<Video> found = store.find(id);
        if (found.isEmpty()) {
            return new JobEvent.Deleted();
        }
        return switch (found.get().status()) {
            case QUEUED -> new JobEvent.Queued(1 + Math.max(0, store.queued().indexOf(id)));
            case IN_PROGRESS ->
                feed.running(id)
                        .map(RunningJob::latest)
                        .orElse(new JobEvent.Started(found.get().progress()));
            case COMPLETED -> new JobEvent.Completed();
            case FAILED -> new JobEvent.Failed(found.get().failure().orElseThrow());
            case CANCELLED -> new JobEvent.Cancelled();
        };
    }

    /** Stops a video's job before its next step; false when it is over already. */
    public boolean cancel(String id) {
        if (!store.cancel(id)) {
            return false;
        }
        store.flush();
        ended(id, new JobEvent.Cancelled());
        return true;
    }

    /** Removes a video with all its files, and stops its job. */
    public void delete(String id) {
        if (store.delete(id)) {
            folder(id).forget();
            store.flush();
            ended(id, new JobEvent.Deleted());
        }
    }

    private void ended(String id, JobEvent event) {
        Optional<RunningJob> job = feed.running(id);
        if (job.isPresent()) {
            job.get().cancel(); // and the files go when it has stopped
        } else {
            VideoFolder files = folder(id);
            if (event instanceof JobEvent.Deleted) {
                files.delete();
            } else {
                files.clear();
            }
        }
        feed.publish(id, event);
        progress.queueChanged();
    }

    private String newId() {
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        return "video_" + HexFormat.of().formatHex(bytes);
    }

    /** Takes no more, and lets running jobs come to a point they can go on from. */
    @Override
    public void close() {
        stop();
        queue.close();
        progress.close();
        database.close();
        lock.close();
    }
}
