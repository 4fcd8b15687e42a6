package dev.zoetrope.server.job;

import dev.zoetrope.runtime.pipeline.Stage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Takes down what a run of a job does when. Thread-safe: stages are told on several threads. */
final class JobTimes {
    private final Instant began = Instant.now();
    private final List<JobReport.StageTime> stages = new ArrayList<>();
    private @Nullable Stage stage;
    private Instant stageBegan = began;
    private @Nullable Instant firstFrame;
    private long encodingNanos;

    synchronized void begin(Stage next) {
        endStage();
        stage = next;
        stageBegan = Instant.now();
    }

    synchronized void frame() {
        if (firstFrame == null) {
            firstFrame = Instant.now();
        }
    }

    synchronized void encoded(long nanos) {
        encodingNanos += nanos;
    }

    synchronized JobReport report(Video video, Origin origin, boolean resumed, JobReport.Outcome outcome) {
        endStage();
        return new JobReport(
                video.id(),
                origin,
                outcome,
                video.created(),
                began,
                Instant.now(),
                resumed,
                stages,
                Optional.ofNullable(firstFrame),
                Duration.ofNanos(encodingNanos));
    }

    private void endStage() {
        Stage current = stage;
        if (current != null) {
            stages.add(new JobReport.StageTime(current, stageBegan, Instant.now()));
            stage = null;
        }
    }
}
