package dev.zoetrope.server.job;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Who watches which job, and what runs now. Nothing is kept for who is not there. Thread-safe; never blocks. */
public final class JobFeed {
    private final Map<String, Set<Watcher>> watchers = new ConcurrentHashMap<>();
    private final Map<String, RunningJob> running = new ConcurrentHashMap<>();

    /** Wants to know what happens to a job. Called on the engine's threads: takes note and returns. */
    public interface Watcher {
        void offer(JobEvent event);
    }

    /** Tells a watcher from now on; what it missed it has to ask {@link Jobs#latest} for, afterwards. */
    public void watch(String id, Watcher watcher) {
        watchers.compute(id, (_, all) -> {
            Set<Watcher> set = all == null ? ConcurrentHashMap.newKeySet() : all;
            set.add(watcher);
            return set;
        });
    }

    /** Tells it no more. */
    public void unwatch(String id, Watcher watcher) {
        watchers.computeIfPresent(id, (_, all) -> {
            all.remove(watcher);
            return all.isEmpty() ? null : all;
        });
    }

    /** How many watch anything. */
    public int watching() {
        return watchers.values().stream().mapToInt(Set::size).sum();
    }

    /** The job of a video, while it runs. */
    public Optional<RunningJob> running(String id) {
        return Optional.ofNullable(running.get(id));
    }

    boolean isWatched(String id) {
        return watchers.containsKey(id);
    }

    /** False when it runs already. */
    boolean started(RunningJob job) {
        return running.putIfAbsent(job.id(), job) == null;
    }

    void ended(RunningJob job) {
        running.remove(job.id(), job);
    }

    void publish(String id, JobEvent event) {
        watchers.getOrDefault(id, Set.of()).forEach(watcher -> watcher.offer(event));
    }
}
