package dev.zoetrope.server.job;

import dev.zoetrope.runtime.pipeline.Stage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How a run of a job went.
 *
 * @param video its id
 * @param origin where it comes from
 * @param outcome how it ended
 * @param created when it was asked for
 * @param began when it was taken from the queue
 * @param ended when it was over
 * @param resumed whether an earlier run had begun it
 * @param stages what was done when, in order
 * @param firstFrame when the first frame could be played
 * @param encoding time in the video encoders, within the time of {@link Stage#DECODE}
 */
public record JobReport(
        String video,
        Origin origin,
        Outcome outcome,
        Instant created,
        Instant began,
        Instant ended,
        boolean resumed,
        List<StageTime> stages,
        Optional<Instant> firstFrame,
        Duration encoding) {
    public JobReport {
        stages = List.copyOf(stages);
    }

    /** A stage, and when it was. */
    public record StageTime(Stage stage, Instant began, Instant ended) {
        public Duration duration() {
            return Duration.between(began, ended);
        }
    }

    /** How a run ended. */
    public enum Outcome {
        COMPLETED,
        FAILED,
        CANCELLED,
        /** By the server's end: another run goes on with it. */
        INTERRUPTED;

        /** In small letters, for labels. */
        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Time in a stage, all its parts together; empty when it was not reached. */
    public Optional<Duration> time(Stage stage) {
        return stages.stream()
                .filter(part -> part.stage() == stage)
                .map(StageTime::duration)
                .reduce(Duration::plus);
    }

    /** From the begin of decoding to the first frame that could be played. */
    public Optional<Duration> timeToFirstFrame() {
        return firstFrame.flatMap(first -> stages.stream()
                .filter(part -> part.stage() == Stage.DECODE)
                .findFirst()
                .map(part -> Duration.between(part.began(), first)));
    }
}
