package dev.zoetrope.server.job;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Passes on what running jobs say, and keeps it: watchers are told at once, the database at most once in a while, and who
 * waits learns that the queue moved. All database work is on a thread of its own, for the engine's must not wait.
 */
final class ProgressKeeper implements AutoCloseable {
    private static final Duration BETWEEN_WRITES = Duration.ofMillis(500);

    private final VideoStore store;
    private final JobFeed feed;
    private final Forecast forecast;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            work -> Thread.ofPlatform().name("zoetrope-progress").daemon(true).unstarted(work));
    private final Set<String> unwritten = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean queueMoved = new AtomicBoolean();

    ProgressKeeper(VideoStore store, JobFeed feed, Forecast forecast) {
        this.store = store;
        this.feed = feed;
        this.forecast = forecast;
    }

    /** Who watches, and what runs. */
    JobFeed feed() {
        return feed;
    }

    /** On the engine's thread. */
    void said(String id, JobEvent event) {
        feed.publish(id, event);
        if (unwritten.add(id)) {
            later(() -> write(id), BETWEEN_WRITES);
        }
    }

    /** A job was begun, ended or added. */
    void queueChanged() {
        if (queueMoved.compareAndSet(false, true)) {
            later(this::tellPositions, Duration.ZERO);
        }
    }

    private void write(String id) {
        unwritten.remove(id);
        feed.running(id).ifPresent(job -> store.progress(id, job.run(), job.percent(), job.latest()));
    }

    /** Tells those that wait where they stand. */
    private void tellPositions() {
        queueMoved.set(false);
        if (feed.watching() == 0) {
            return;
        }
        List<String> waiting = store.queued();
        Optional<List<Duration>> starts = forecast.starts(feed.progress(), waiting);
        for (int place = 0; place < waiting.size(); place++) {
            int at = place;
            if (feed.isWatched(waiting.get(at))) {
                feed.publish(waiting.get(at), new JobEvent.Queued(at + 1, starts.map(all -> all.get(at))));
            }
        }
    }

    private void later(Runnable work, Duration delay) {
        Runnable guarded = () -> {
            try {
                work.run();
            } catch (RuntimeException e) {
                // A progress that is not kept is no reason to lose the video.
                System.getLogger(ProgressKeeper.class.getName())
                        .log(Level.WARNING, "progress not kept: " + e.getMessage());
            }
        };
        try {
            var _ = thread.schedule(guarded, delay.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException _) {
            // Closed: nobody is there to be told.
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
