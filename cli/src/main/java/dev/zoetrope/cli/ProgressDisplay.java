package dev.zoetrope.cli;

import dev.zoetrope.runtime.pipeline.RenderListener;
import dev.zoetrope.runtime.pipeline.Stage;
import dev.zoetrope.runtime.text.UnknownWord;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Draws what a render is doing, on a terminal only, and passes Ctrl-C on to it. One bar a stage that can be counted:
 * steps, then frames; it vanishes when the stage is over. The engine calls it from a thread of its own.
 */
final class ProgressDisplay implements RenderListener, AutoCloseable {
    private static final int REDRAW_MILLIS = 200;

    private final Surroundings surroundings;
    private final String prefix;
    private final Consumer<String> notes;
    private @Nullable ProgressBar bar;
    private volatile Duration remaining = Duration.ZERO;

    /**
     * @param prefix stands before the stage's name, such as {@code 3/10 } for the third row of ten
     * @param notes prints a line that the user should see before the work begins
     */
    ProgressDisplay(Surroundings surroundings, String prefix, Consumer<String> notes) {
        this.surroundings = surroundings;
        this.prefix = prefix;
        this.notes = notes;
    }

    @Override
    public synchronized void stage(Stage stage) {
        close();
        if (surroundings.terminal()) {
            bar = open(prefix + stage.name().toLowerCase(Locale.ROOT), stage);
        }
    }

    @Override
    public synchronized void step(int step, int steps, Duration left) {
        remaining = left;
        advance(step, steps);
    }

    @Override
    public synchronized void frame(int frame, int frames) {
        advance(frame, frames);
    }

    @Override
    public synchronized void unknownWords(List<UnknownWord> words) {
        close(); // a line in the middle of a bar could not be read
        UnknownWordNotes.of(words).forEach(notes);
    }

    @Override
    public boolean cancelled() {
        return surroundings.cancellation().requested();
    }

    @Override
    public synchronized void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }

    private void advance(int done, int all) {
        if (bar != null) {
            bar.maxHint(all);
            bar.stepTo(done);
        }
    }

    private ProgressBar open(String name, Stage stage) {
        ProgressBarBuilder builder = new ProgressBarBuilder()
                .setTaskName(name)
                .setInitialMax(-1) // indefinite until the stage says how much there is
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(REDRAW_MILLIS)
                .setConsumer(new ConsoleProgressBarConsumer(surroundings.err()))
                .setUnit(stage == Stage.DENOISE ? " steps" : stage == Stage.DECODE ? " frames" : "", 1)
                .clearDisplayOnFinish();
        if (stage == Stage.DENOISE) {
            // The engine knows better: its estimate leaves out the first step, which is slower.
            builder.setEtaFunction(_ -> remaining.isZero() ? Optional.empty() : Optional.of(remaining));
        }
        return builder.build();
    }
}
