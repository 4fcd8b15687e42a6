package dev.zoetrope.server.job;

import dev.zoetrope.runtime.pipeline.RenderListener;
import dev.zoetrope.runtime.pipeline.RenderPreview;
import dev.zoetrope.runtime.pipeline.Stage;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What is known of a job while it runs. Told by the engine, asked by everybody; thread-safe. */
public final class RunningJob implements RenderListener {
    /** Share of the progress that is denoising; the rest is decoding. */
    private static final int DENOISING_PERCENT = 75;

    /** A job that is not done shows no more. */
    private static final int MOST_PERCENT = 99;

    /** As often as a person can see what changed; steps are often shorter. */
    private static final Duration BETWEEN_PREVIEWS = Duration.ofMillis(500);

    /** How long after somebody asked for a picture more are made. */
    private static final Duration INTEREST = Duration.ofSeconds(10);

    private final String id;
    private final double fps;
    private final BooleanSupplier serverStops;
    private final Consumer<JobEvent> publish;
    private final PreviewMaker previews;
    private final JobTimes times = new JobTimes();
    private final AtomicBoolean previewUnderWay = new AtomicBoolean();
    private final AtomicBoolean cancelled = new AtomicBoolean();
    private volatile long run;
    private volatile boolean decoding;
    private volatile int percent;
    private volatile JobEvent latest;
    private volatile @Nullable LiveFile live;
    private volatile @Nullable JobPreview preview;
    private volatile @Nullable Instant asked;
    private @Nullable Instant previewed; // belongs to the engine's thread

    /**
     * @param percent how far it was before
     * @param serverStops whether it should come to an end it can go on from
     * @param publish gets what it says
     */
    RunningJob(
            String id,
            double fps,
            int percent,
            BooleanSupplier serverStops,
            Consumer<JobEvent> publish,
            PreviewMaker previews) {
        this.id = id;
        this.fps = fps;
        this.percent = percent;
        this.latest = new JobEvent.Started(percent);
        this.serverStops = serverStops;
        this.publish = publish;
        this.previews = previews;
    }

    public String id() {
        return id;
    }

    /** The number of this run of its job, from 1; 0 before it is begun. */
    long run() {
        return run;
    }

    void begun(long number) {
        run = number;
    }

    /** How far it is: 0 to 99, never falling. */
    public int percent() {
        return percent;
    }

    /** What was said last. */
    public JobEvent latest() {
        return latest;
    }

    /** The video as far as it is decoded; empty before that. */
    public Optional<LiveFile> live() {
        return Optional.ofNullable(live);
    }

    /** The newest picture of it; who asks gets newer ones made for a while. Empty until the next step where nobody had asked. */
    public Optional<JobPreview> askForPreview() {
        asked = Instant.now();
        return Optional.ofNullable(preview);
    }

    JobTimes times() {
        return times;
    }

    void preview(JobPreview newest) {
        preview = newest;
    }

    void live(LiveFile file) {
        live = file;
    }

    /** Asks it to stop at its next step or frame. */
    void cancel() {
        cancelled.set(true);
    }

    @Override
    public void stage(Stage stage) {
        decoding = stage == Stage.DECODE;
        times.begin(stage);
    }

    @Override
    public void step(int step, int steps, Duration remaining) {
        advance(DENOISING_PERCENT * step / Math.max(1, steps));
        say(new JobEvent.Step(step, steps, remaining.toMillis() / 1000.0, percent));
    }

    @Override
    public boolean wantsPreview() {
        if (previewUnderWay.get() || isRecent(previewed, BETWEEN_PREVIEWS)) {
            return false;
        }
        return isRecent(asked, INTEREST) || previews.isWanted(id);
    }

    private static boolean isRecent(@Nullable Instant time, Duration limit) {
        return time != null && Duration.between(time, Instant.now()).compareTo(limit) < 0;
    }

    @Override
    public void preview(RenderPreview picture) {
        previewed = Instant.now();
        previewUnderWay.set(true);
        previews.make(this, picture, () -> previewUnderWay.set(false));
    }

    @Override
    public void frame(int frame, int frames) {
        times.frame();
        advance(DENOISING_PERCENT + (100 - DENOISING_PERCENT) * frame / Math.max(1, frames));
        say(new JobEvent.Decoded(frame, frames, frame / fps, percent));
    }

    /**
     * A step is kept in the checkpoint, so a server that stops does not wait for more of them. Decoding is short and would
     * have to be done again: it may end, within the server's deadline.
     */
    @Override
    public boolean cancelled() {
        return cancelled.get() || (serverStops.getAsBoolean() && !decoding);
    }

    private void advance(int found) {
        percent = Math.max(percent, Math.min(found, MOST_PERCENT)); // told by one thread at a time
    }

    private void say(JobEvent event) {
        latest = event;
        publish.accept(event);
    }
}
