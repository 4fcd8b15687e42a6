package dev.zoetrope.server.job;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * What other servers on the same database do, as their rows say it twice a second: stops a job here that was cancelled,
 * deleted or taken over there, and tells who watches here of jobs that run there. Asks only where something runs here or is
 * watched.
 */
final class OtherServers implements AutoCloseable {
    /* Asking beats being told (LISTEN, NOTIFY) here: it needs no connection of its own that has to be watched and opened
     * again, it misses nothing, and a second is soon enough. */
    private static final Duration INTERVAL = Duration.ofMillis(500);

    private static final Logger LOGGER = System.getLogger(OtherServers.class.getName());

    private final String worker;
    private final VideoStore store;
    private final JobFeed feed;
    private final ProgressKeeper progress;
    private final Function<String, JobEvent> latest;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            work -> Thread.ofPlatform().name("zoetrope-others").daemon(true).unstarted(work));
    private boolean failing;

    OtherServers(
            String worker, VideoStore store, JobFeed feed, ProgressKeeper progress, Function<String, JobEvent> latest) {
        this.worker = worker;
        this.store = store;
        this.feed = feed;
        this.progress = progress;
        this.latest = latest;
    }

    void start() {
        var _ = thread.scheduleWithFixedDelay(
                this::look, INTERVAL.toMillis(), INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void look() {
        try {
            stopWhatIsNotOursAnyMore();
            tellOfThose();
            failing = false;
        } catch (RuntimeException e) {
            if (!failing) { // said once
                LOGGER.log(Level.WARNING, "jobs of other servers not seen: " + e.getMessage());
            }
            failing = true;
        }
    }

    private void stopWhatIsNotOursAnyMore() {
        List<RunningJob> begun =
                feed.running().stream().filter(job -> job.run() > 0).toList(); // before the rows are read
        if (begun.isEmpty()) {
            return;
        }
        Map<String, Long> ours = store.runsOf(worker);
        for (RunningJob job : begun) {
            if (ours.getOrDefault(job.id(), 0L) != job.run()) {
                job.cancel();
            }
        }
    }

    private void tellOfThose() {
        List<String> elsewhere =
                feed.watched().stream().filter(id -> feed.running(id).isEmpty()).toList();
        if (elsewhere.isEmpty()) {
            return;
        }
        Set<String> waiting = Set.copyOf(store.queued());
        elsewhere.stream().filter(id -> !waiting.contains(id)).forEach(id -> feed.publish(id, latest.apply(id)));
        if (elsewhere.stream().anyMatch(waiting::contains)) {
            progress.queueChanged(); // which tells them their places
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
