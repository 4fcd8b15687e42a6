package dev.zoetrope.server.job;

import dev.zoetrope.runtime.Estimate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentHashMap;

/**
 * About when waiting jobs will be begun: those that run share the machine alike, and the first that ends makes room for the next.
 * Knows the jobs that were asked for since the server's start; the others are taken for as long as those on average.
 * Thread-safe.
 */
final class Forecast {
    private final int workers;
    private final Map<String, Double> seconds = new ConcurrentHashMap<>();

    Forecast(int workers) {
        this.workers = workers;
    }

    /** A job that runs, and how much of it is done, 0 to 100. */
    record Running(String id, int percent) {}

    void expect(String id, Estimate estimate) {
        estimate.time().ifPresent(time -> seconds.put(id, time.toNanos() / 1e9));
    }

    void forget(String id) {
        seconds.remove(id);
    }

    /**
     * When each of the waiting jobs will be begun, from now on; empty when nothing is known of any job.
     *
     * @param waiting in the order they will be begun
     */
    Optional<List<Duration>> starts(List<Running> running, List<String> waiting) {
        if (seconds.isEmpty()) {
            return Optional.empty();
        }
        double usual = usual();
        List<Double> next =
                waiting.stream().map(id -> seconds.getOrDefault(id, usual)).toList();
        return Optional.of(starts(left(running), next, workers).stream()
                .map(Forecast::duration)
                .toList());
    }

    /** When the first of the running jobs will end; empty when nothing is known of any, or none runs. */
    Optional<Duration> nextEnd(List<Running> running) {
        return seconds.isEmpty() || running.isEmpty()
                ? Optional.empty()
                : Optional.of(duration(
                        starts(left(running), List.of(0.0), running.size()).getFirst()));
    }

    private List<Double> left(List<Running> running) {
        double usual = usual();
        return running.stream()
                .map(job -> seconds.getOrDefault(job.id(), usual) * (100 - job.percent()) / 100)
                .toList();
    }

    private double usual() {
        return seconds.values().stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElse(0);
    }

    private static Duration duration(double inSeconds) {
        return Duration.ofMillis(Math.round(inSeconds * 1000));
    }

    /* Each of n jobs that run gets on by 1/n second in a second. With a clock that ticks so, "shared", a job that begins at
     * shared time v and takes s seconds alone ends at v + s, whoever comes and goes meanwhile. */
    /** The same in seconds; of more jobs than there are workers, all are taken to run. */
    static List<Double> starts(List<Double> running, List<Double> waiting, int workers) {
        PriorityQueue<Double> ends = new PriorityQueue<>(Comparator.naturalOrder());
        ends.addAll(running);
        List<Double> starts = new ArrayList<>();
        double now = 0;
        double shared = 0;
        for (double length : waiting) {
            while (ends.size() >= workers) {
                double end = ends.element();
                now += (end - shared) * ends.size();
                shared = end;
                ends.remove();
            }
            starts.add(now);
            ends.add(shared + length);
        }
        return starts;
    }
}
