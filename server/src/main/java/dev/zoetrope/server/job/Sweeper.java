package dev.zoetrope.server.job;

import dev.zoetrope.server.config.RetentionSettings;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Removes what has expired and what is over the disk budget, and mends what a server that was killed left half done. Every
 * server sweeps: a row says who may remove a video, by being there to be deleted once.
 */
final class Sweeper implements AutoCloseable {
    private static final Duration LONGEST_INTERVAL = Duration.ofMinutes(1);
    private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(500);

    /** A folder without a row may be of a request that is just being taken in. */
    private static final Duration ORPHAN_AGE = Duration.ofHours(1);

    private static final int AT_A_TIME = 100;
    private static final Logger LOGGER = System.getLogger(Sweeper.class.getName());

    private final VideoStore store;
    private final Storage storage;
    private final Path videos;
    private final boolean shared;
    private final Consumer<String> removed;
    private final Runnable mend;
    private final Duration interval;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            work -> Thread.ofPlatform().name("zoetrope-sweeper").daemon(true).unstarted(work));

    /**
     * A sweeper that does nothing yet.
     *
     * @param shared whether other servers may leave folders behind; where there are none, a start has looked
     * @param removed removes the files of a video whose row is gone, and tells who watches it
     * @param mend puts down what a killed server did not come to
     */
    Sweeper(
            VideoStore store,
            Storage storage,
            Path videos,
            RetentionSettings settings,
            boolean shared,
            Consumer<String> removed,
            Runnable mend) {
        this.store = store;
        this.storage = storage;
        this.videos = videos;
        this.shared = shared;
        this.removed = removed;
        this.mend = mend;
        Duration tenth = settings.expiry().dividedBy(10);
        this.interval = settings.expiry().isZero() || tenth.compareTo(LONGEST_INTERVAL) > 0
                ? LONGEST_INTERVAL
                : tenth.compareTo(SHORTEST_INTERVAL) < 0 ? SHORTEST_INTERVAL : tenth;
    }

    void start() {
        storage.measure();
        var _ = thread.scheduleWithFixedDelay(
                this::sweep, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void sweep() {
        try {
            mend.run();
            expire();
            makeRoom();
            if (shared) {
                removeOrphans();
            }
        } catch (RuntimeException e) {
            LOGGER.log(Level.WARNING, "not swept: " + e.getMessage());
        }
    }

    private void expire() {
        List<String> expired = store.expired(Instant.now(), AT_A_TIME);
        for (String id : expired) {
            if (store.delete(id)) {
                LOGGER.log(Level.INFO, id + " has expired");
                removed.accept(id);
            }
        }
    }

    /** The oldest completed videos go until the folder is within its budget, or there are no more. */
    synchronized void makeRoom() {
        storage.measure();
        while (storage.isOverBudget()) {
            Optional<String> oldest = store.oldestCompleted();
            if (oldest.isEmpty()) {
                return;
            }
            if (store.delete(oldest.get())) {
                LOGGER.log(Level.INFO, oldest.get() + " makes room: the disk budget is used up");
                removed.accept(oldest.get());
            }
            storage.measure();
        }
    }

    private void removeOrphans() {
        Instant old = Instant.now().minus(ORPHAN_AGE);
        try (Stream<Path> folders = Files.list(videos)) {
            for (Path folder : folders.toList()) {
                String id = String.valueOf(folder.getFileName());
                if (Files.getLastModifiedTime(folder).toInstant().isBefore(old)
                        && store.find(id).isEmpty()) {
                    new VideoFolder(folder).delete();
                }
            }
        } catch (IOException e) {
            LOGGER.log(Level.WARNING, "folders not looked through: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
