package dev.zoetrope.server.job;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.Estimate;
import dev.zoetrope.runtime.FrameSize;
import dev.zoetrope.runtime.Priority;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.encode.OutputFormat;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.FrameRate;
import dev.zoetrope.server.config.DatabaseSettings;
import dev.zoetrope.server.config.JobSettings;
import dev.zoetrope.server.config.ServerSettings;
import dev.zoetrope.server.result.S3Results;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * All that can be done with videos: ask for one, watch it, cancel it, delete it. Thread-safe; blocks, so not for an event
 * loop. Owns the database and the queue, not the engine.
 */
public final class Jobs implements AutoCloseable {
    private static final int ID_BYTES = 16;

    private final Zoetrope engine;
    private final String model;
    private final int mostUnfinished;
    private final VideoFiles files;
    private final SecureRandom random = new SecureRandom();
    private final JobFeed feed = new JobFeed();
    private final Optional<FolderLock> lock;
    private final Database database;
    private final VideoStore store;
    private final Admission admission;
    private final KeyQuota quota;
    private final Forecast forecast;
    private final ProgressKeeper progress;
    private final PreviewMaker previews;
    private final JobRunner runner;
    private final PictureRenders pictures;
    private final JobQueue queue;
    private final FolderLedger ledger;
    private final Optional<OtherServers> others;
    private final AtomicBoolean finished = new AtomicBoolean();
    private final Storage storage;
    private final Sweeper sweeper;
    private final Optional<Webhooks> webhooks;

    private Jobs(
            Zoetrope engine,
            ServerSettings settings,
            Optional<FolderLock> lock,
            Database database,
            JobObserver observer,
            Optional<S3Results> bucket) {
        this.lock = lock;
        this.engine = engine;
        this.model = engine.info().model();
        this.mostUnfinished = settings.limits().unfinishedJobs();
        Path videos = settings.dataFolder().toAbsolutePath().resolve("videos");
        this.storage = new Storage(settings.dataFolder(), settings.jobs().retention());
        this.files = new VideoFiles(videos, bucket, storage);
        this.database = database;
        JobSettings keeping = settings.jobs();
        this.store = new VideoStore(
                database, keeping.retention().expiry(), keeping.webhook().isPresent());
        this.admission = new Admission(engine, settings.work());
        this.quota = new KeyQuota(database, settings.limits().keys());
        this.forecast = new Forecast(settings.workers());
        this.progress = new ProgressKeeper(store, feed, forecast);
        this.previews = new PreviewMaker(feed);
        this.ledger = new FolderLedger(!database.isShared());
        String worker = WorkerName.draw();
        this.runner = new JobRunner(engine, store, this::keepEnd, worker, files, progress, previews, observer);
        this.pictures = new PictureRenders(engine, runner::isStopping);
        this.queue = new JobQueue(database, worker, settings.workers(), settings.shutdownDeadline(), this::run);
        this.others = database.isShared()
                ? Optional.of(new OtherServers(worker, store, feed, progress, this::latest))
                : Optional.empty();
        this.webhooks = keeping.webhook().map(webhook -> new Webhooks(webhook, database, store, worker));
        this.sweeper = new Sweeper(
                store, storage, videos, keeping.retention(), database.isShared(), this::removeFiles, this::mend);
    }

    /** Puts the files of a request into its folder, and gives the request that names them there. */
    public interface Preparation {
        RenderRequest prepare(VideoFolder folder) throws IOException;
    }

    /** When to ask again where nothing is known of the jobs that run. */
    private static final Duration USUAL_RETRY = Duration.ofSeconds(5);

    /** More jobs than the server wants to have waiting. */
    public static final class TooManyException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final Duration retry;

        /** @param retry about when the next of them will be done */
        TooManyException(int most, Duration retry) {
            super("queue: expected fewer than " + most + " videos that wait or run, found " + most
                    + " (try again when some are done)");
            this.retry = retry;
        }

        /** About when there will be room: 1 s to an hour. */
        public Duration retry() {
            return retry;
        }
    }

    /**
     * Opens the data folder and goes on with what is in it.
     *
     * @throws OutputException when the folder cannot be used, or another server uses it
     */
    @MustBeClosed
    public static Jobs open(Zoetrope engine, ServerSettings settings, JobObserver observer) {
        try {
            Files.createDirectories(settings.dataFolder().resolve("videos"));
        } catch (IOException e) {
            throw new OutputException(
                    "data folder: expected one that can be written to, found " + settings.dataFolder() + " ("
                            + e.getClass().getSimpleName() + ": " + e.getMessage() + ")",
                    e);
        }
        Optional<FolderLock> lock = settings.jobs().database() instanceof DatabaseSettings.InDataFolder
                ? Optional.of(FolderLock.take(settings.dataFolder()))
                : Optional.empty();
        try {
            Database database = Database.open(settings.jobs().database(), settings.dataFolder());
            try {
                DataFolder.claim(settings.dataFolder(), database);
                Optional<S3Results> bucket = settings.jobs().results().map(S3Results::open);
                Jobs jobs = new Jobs(engine, settings, lock, database, observer, bucket);
                jobs.goOn(settings.dataFolder().resolve("videos"));
                return jobs;
            } catch (RuntimeException | Error e) {
                database.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            lock.ifPresent(FolderLock::close);
            throw e;
        }
    }

    /** Takes up what the server before this one left, where there are no others, and begins to work. */
    private void goOn(Path videos) {
        if (!database.isShared()) {
            store.requeueAll();
        }
        ledger.restore(videos, store);
        mend();
        queue.start();
        others.ifPresent(OtherServers::start);
        webhooks.ifPresent(Webhooks::start);
        sweeper.start();
    }

    /** Does what a server was killed before it could. */
    private void mend() {
        for (String id : store.withoutTask()) {
            store.find(id).ifPresent(video -> queue.add(id, video.turn()));
        }
        webhooks.ifPresent(Webhooks::announceEnded);
    }

    private void keepEnd(Video video) {
        ledger.ended(folder(video.id()), video);
        webhooks.ifPresent(telling -> telling.announce(video));
    }

    /** The rows. */
    public VideoStore store() {
        return store;
    }

    /** How many wait, for this server or for others that share the database. */
    public int waiting() {
        return store.queued().size();
    }

    /** How many run here. */
    public int running() {
        return feed.progress().size();
    }

    /** Who watches, and what runs. */
    public JobFeed feed() {
        return feed;
    }

    /** The model that renders. */
    public String model() {
        return model;
    }

    /**
     * Takes no new videos, waits until what runs has come to a point it can go on from, and tells who watches what does not
     * go on here. Clips that are being decoded are completed, until the deadline; the others wait for the next server. A
     * second call does nothing.
     */
    public void finish() {
        if (finished.getAndSet(true)) {
            return;
        }
        runner.stop();
        queue.close();
        feed.end();
    }

    /** Whether it was not told to end. */
    public boolean isReady() {
        return !runner.isStopping();
    }

    /** Why no new videos can be kept; empty where they can. */
    public Optional<String> storageProblem() {
        return storage.full();
    }

    /** The files of a video. */
    public VideoFolder folder(String id) {
        return files.folder(id);
    }

    /** The files of all videos, also where results are kept elsewhere. */
    public VideoFiles files() {
        return files;
    }

    /**
     * Takes a request: checked, written down, and only then answered.
     *
     * @throws RequestException when it cannot be rendered as asked
     * @throws TooLargeException when it would take more than a video may
     * @throws TooManyException when too many wait
     * @throws StorageFullException when the disk is full
     * @throws QuotaException when its owner has had what one may have
     */
    public Video create(
            Optional<String> owner, Preparation preparation, Optional<String> remixedFrom, Priority priority) {
        requireSpace();
        requireRoom(1);
        quota.check(owner, pictures.unfinished(owner), 1);
        quota.checkStored(owner);
        String id = newId();
        VideoFolder target = folder(id);
        target.create();
        boolean taken = false;
        try {
            RenderRequest request = engine.resolve(preparation.prepare(target));
            Estimate estimate = admission.check(request);
            FrameSize size = request.size().orElseThrow();
            OutputFormat.MP4_H264.check(
                    target.video(),
                    size.widthPx(),
                    size.heightPx(),
                    request.frames().orElseThrow(),
                    FrameRate.of(request.fps().orElseThrow()));
            Video video = Video.queued(id, owner, RequestFiles.relative(request), model, remixedFrom, priority);
            quota.count(owner, 1);
            ledger.asked(target, video);
            store.insert(video);
            taken = true;
            store.origin(id, Origin.ofThread());
            store.bytes(id, target.bytes());
            forecast.expect(id, estimate);
            queue.add(id, video.turn());
            store.flush();
            progress.queueChanged();
            return video;
        } catch (RequestException e) {
            throw new RequestException(target.shown(String.valueOf(e.getMessage())), e);
        } catch (IOException e) {
            throw new OutputException("data folder: expected to keep the upload, found: " + e.getMessage(), e);
        } finally {
            if (!taken) {
                target.delete();
            }
        }
    }

    /**
     * Renders pictures for somebody who waits for them. They are not kept, and yet a server without room takes none: its
     * database writes too, and whoever asks whether it is ready is told that it is not. Each counts as a video of its owner.
     *
     * @param asked of one frame
     * @throws RequestException when it cannot be rendered as asked
     * @throws TooLargeException when one would take more than a video may
     * @throws TooManyException when too many wait
     * @throws StorageFullException when the disk is full
     * @throws QuotaException when its owner has had what one may have
     */
    public PictureRenders.Waiting pictures(
            Optional<String> owner, RenderRequest asked, PictureRenders.Order order, PictureRenders.Watcher watcher) {
        requireSpace();
        requireRoom(order.count());
        quota.check(owner, pictures.unfinished(owner), order.count());
        RenderRequest request = engine.resolve(asked);
        admission.check(request);
        quota.count(owner, order.count());
        return pictures.start(owner, request, order, watcher);
    }

    private void requireRoom(int more) {
        if (store.unfinished() + pictures.unfinished() + more > mostUnfinished) {
            throw new TooManyException(mostUnfinished, retry());
        }
    }

    private void requireSpace() {
        if (storage.isOverBudget()) {
            sweeper.makeRoom();
        }
        storage.full().ifPresent(reason -> {
            throw new StorageFullException(reason);
        });
    }

    private Duration retry() {
        Duration found = forecast.nextEnd(feed.progress()).orElse(USUAL_RETRY);
        return Duration.ofSeconds(Math.clamp(found.toSeconds() + 1, 1, 3600));
    }

    private JobQueue.Outcome run(String id) {
        JobQueue.Outcome outcome = runner.run(id);
        if (outcome != JobQueue.Outcome.AGAIN) {
            forecast.forget(id);
        }
        return outcome;
    }

    /** A video's request for another one, with copies of its files; empty when those are gone. */
    public Optional<Preparation> again(Video source) {
        Path from = folder(source.id()).path();
        List<Path> inputs = source.request().edit().map(Edit::inputs).orElse(List.of()).stream()
                .distinct()
                .toList();
        if (!inputs.stream().allMatch(input -> Files.isRegularFile(from.resolve(input)))) {
            return Optional.empty();
        }
        return Optional.of(to -> {
            for (Path input : inputs) {
                Files.copy(from.resolve(input), to.path().resolve(input));
            }
            return RequestFiles.absolute(source.request(), to.path());
        });
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
            case QUEUED -> waiting(id);
            case IN_PROGRESS ->
                feed.running(id)
                        .map(RunningJob::latest)
                        .or(() -> store.said(id))
                        .orElse(new JobEvent.Started(found.get().progress()));
            case COMPLETED -> new JobEvent.Completed();
            case FAILED -> new JobEvent.Failed(found.get().failure().orElseThrow());
            case CANCELLED -> new JobEvent.Cancelled();
        };
    }

    private JobEvent waiting(String id) {
        List<String> queued = store.queued();
        int place = Math.max(0, queued.indexOf(id));
        return new JobEvent.Queued(
                1 + place,
                forecast.starts(feed.progress(), queued)
                        .filter(starts -> place < starts.size())
                        .map(starts -> starts.get(place)));
    }

    /** Stops a video's job before its next step; false when it is over already. */
    public boolean cancel(String id) {
        boolean elsewhere = runsElsewhere(id);
        if (!store.cancel(id)) {
            return false;
        }
        store.find(id).ifPresent(video -> ledger.ended(folder(id), video));
        store.flush();
        ended(id, elsewhere, new JobEvent.Cancelled());
        return true;
    }

    /** Removes a video with all its files, and stops its job. */
    public void delete(String id) {
        boolean elsewhere = runsElsewhere(id);
        if (store.delete(id)) {
            folder(id).forget();
            store.flush();
            ended(id, elsewhere, new JobEvent.Deleted());
        }
    }

    private void removeFiles(String id) {
        folder(id).forget();
        ended(id, false, new JobEvent.Deleted());
    }

    /** Whether another server may be at work in its folder, which then tidies up as soon as it has noticed. */
    private boolean runsElsewhere(String id) {
        return database.isShared()
                && feed.running(id).isEmpty()
                && store.find(id).map(Video::status).equals(Optional.of(VideoStatus.IN_PROGRESS));
    }

    private void ended(String id, boolean elsewhere, JobEvent event) {
        Optional<RunningJob> job = feed.running(id);
        if (job.isPresent()) {
            job.get().cancel(); // and the files go when it has stopped
        } else {
            forecast.forget(id);
        }
        if (job.isEmpty() && !elsewhere) {
            if (event instanceof JobEvent.Deleted) {
                files.delete(id);
            } else {
                files.clear(id);
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
        runner.stop();
        pictures.close();
        finish();
        others.ifPresent(OtherServers::close);
        sweeper.close();
        webhooks.ifPresent(Webhooks::close);
        progress.close();
        previews.close();
        database.close();
        files.close();
        lock.ifPresent(FolderLock::close);
    }
}
