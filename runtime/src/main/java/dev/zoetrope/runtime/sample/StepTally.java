package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.error.RenderCancelledException;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Counts what a scheduler does: told by its thread after each step, asked by anybody. Thread-safe. */
final class StepTally {
    private final int budget;
    private final int slots;
    private final Throughput throughput = new Throughput();
    private long steps;
    private long tokens;
    private long segments;
    private long rectangleTokens;
    private double work;
    private long tokensSaved;
    private long runNanos;
    private long stepNanos;
    private long bytesMoved;
    private long joined;
    private long left;
    private long failed;
    private long mostStepsWaited;

    StepTally(int budget, int slots) {
        this.budget = budget;
        this.slots = slots;
    }

    synchronized long steps() {
        return steps;
    }

    synchronized void joined() {
        joined++;
    }

    /** @param stepsAtArrival steps made when the loop that has begun came */
    synchronized void begun(long stepsAtArrival) {
        mostStepsWaited = Math.max(mostStepsWaited, steps - stepsAtArrival);
    }

    synchronized void stepped(StepBatch.Step step) {
        tokensSaved += step.saved();
        stepNanos += step.nanos();
        if (step.segments() == 0) {
            return; // nobody needed the network
        }
        steps++;
        tokens += step.tokens();
        segments += step.segments();
        rectangleTokens += step.segments() * step.longest();
        work += step.work();
        runNanos += step.runNanos();
        throughput.add(step.work(), step.nanos());
    }

    synchronized void left(@Nullable Throwable failure) {
        left++;
        if (failure != null && !(failure instanceof RenderCancelledException)) {
            failed++;
        }
    }

    synchronized void moved(long bytes) {
        bytesMoved += bytes;
    }

    /** Work a second, of late. */
    OptionalDouble workPerSecond() {
        return throughput.perSecond();
    }

    synchronized StepCounters counters(int arriving) {
        return new StepCounters(
                steps,
                tokens,
                segments,
                rectangleTokens,
                work,
                tokensSaved,
                runNanos,
                stepNanos,
                bytesMoved,
                joined,
                left,
                failed,
                mostStepsWaited,
                Math.toIntExact(joined - left),
                arriving,
                budget,
                slots);
    }
}
