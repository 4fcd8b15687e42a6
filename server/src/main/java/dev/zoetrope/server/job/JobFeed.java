package dev.zoetrope.server.job;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Who watches which job, and what runs now. Nothing is kept for who is not there. Thread-safe; never blocks. */
public final class JobFeed {
    private final Map<String, Set<Watcher>> watchers = new ConcurrentHashMap<>();
    private final Map<String, RunningJob> running = new ConcurrentHashMap<>();
    private volatile boolean ended;

    /** Wants to know what happens to a job. Called on the engine's threads: takes note and returns. */
    public interface Watcher {
        void offer(JobEvent event);

        /** Whether pictures of the job are to be made for it, which costs a little. */
        default boolean wantsPreviews() {
            return false;
        }

        /** Gets every picture that is made, from the thread that makes them. */
        default void offer(JobPreview preview) {}
    }

    /** Tells a watcher from now on; what it missed it has to ask {@link Jobs#latest} for, afterwards. */
    public void watch(String id, Watcher watcher) {
        watchers.compute(id, (_, all) -> {
            Set<Watcher> set = all == null ? ConcurrentHashMap.newKeySet() : all;
            set.add(watcher);
            return set;
        });
        if (ended) {
            watcher.offer(new JobEvent.Stopping());
        }
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

    /** Whether somebody who watches a job wants pictures of it. */
    boolean wantsPreviews(String id) {
        return watchers.getOrDefault(id, Set.of()).stream().anyMatch(Watcher::wantsPreviews);
    }

    /** What runs, and how far it is. */
    List<Forecast.Running> progress() {
        return running.values().stream()
                .map(job -> new Forecast.Running(job.id(), job.percent()))
                .toList();
    }

    /** All jobs that run here now. */
    List<RunningJob> running() {
        return List.copyOf(running.values());
    }

    /** Ids of the jobs that somebody watches here. */
    List<String> watched() {
        return List.copyOf(watchers.keySet());
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

    /** Tells everybody, also who comes later, that nothing more happens here. */
    void end() {
        ended = true; // before the others are told: who comes in between is told twice, and nobody never
        watchers.values().forEach(all -> all.forEach(watcher -> watcher.offer(new JobEvent.Stopping())));
    }

    void publish(String id, JobEvent event) {
        watchers.getOrDefault(id, Set.of()).forEach(watcher -> watcher.offer(event));
    }

    void publish(String id, JobPreview preview) {
        watchers.getOrDefault(id, Set.of()).forEach(watcher -> watcher.offer(preview));
    }
}
