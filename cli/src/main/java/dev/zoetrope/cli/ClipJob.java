package dev.zoetrope.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.WorkPlan;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.encode.MeasuredFiles;
import dev.zoetrope.runtime.error.CheckpointException;
import dev.zoetrope.runtime.error.RequestException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * What all commands that make one clip have in common: where it goes, on what it runs, how it is cut into pieces, what is
 * printed. A command says what it wants made with a {@link ClipDraft}.
 */
final class ClipJob {
    /** A day: who keeps it less often need not keep it. */
    private static final int LONGEST_CHECKPOINT_SECONDS = 86_400;

    private final long startNanos = System.nanoTime();
    private final Surroundings surroundings;
    private final InputFiles files = new InputFiles(new MeasuredFiles());

    @Mixin
    private ContinuityOptions continuity = new ContinuityOptions();

    @Mixin
    private OutputOptions outputOptions = new OutputOptions();

    @Mixin
    private EngineSelection engineSelection = new EngineSelection();

    @Option(
            names = "--checkpoint",
            paramLabel = "FILE",
            description = "Keep the state between steps in FILE: zoetrope render --resume FILE goes on after a crash.")
    private @Nullable Path checkpoint;

    @Option(
            names = "--checkpoint-every",
            paramLabel = "SECONDS",
            defaultValue = "1",
            description = "How often it is kept, at most; ${DEFAULT-VALUE} if not given, 0 after each step.")
    private double checkpointSeconds;

    @Option(
            names = "--plan",
            description =
                    "Do not render: say in how many pieces and steps it would be done, and about how long it takes.")
    private boolean planOnly;

    @Option(
            names = {"-f", "--force"},
            description = "Replace files that exist.")
    private boolean force;

    @Option(names = "--json", description = "Print one JSON object about the clip instead of its name.")
    private boolean json;

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    ClipJob(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** What words and file names mean on a command line. The engine need not look at the files again. */
    Inputs inputs() {
        return new CommandLineInputs(files, surroundings.in(), Path.of(""));
    }

    ContinuityOptions continuity() {
        return continuity;
    }

    OutputOptions output() {
        return outputOptions;
    }

    /** Renders a draft and prints its name, or, asked for a plan, says how it would be done. */
    int make(ClipDraft draft) {
        surroundings.cancellation().guard();
        EngineOptions engineOptions = engineSelection.toOptions().withFiles(files.measured());
        continuity.check();
        ClipWriter writer = writer(outputOptions.nameOr(draft.name(), draft.extensionOr(".mp4")));
        writer.check(draft.request());
        if (planOnly) {
            plan(engineOptions, writer, draft.request());
            return ExitStatus.OK;
        }
        checkOutput(writer, inputsOf(draft.request()));
        checkCheckpoint();
        if (draft.seedDrawn()) { // all that is needed to do it again, said before the work
            say("seed " + draft.request().seed());
        }
        run(engineOptions, writer, (engine, options) -> {
            RenderRequest request = complete(engine, draft.request());
            writer.check(engine.resolve(request));
            return engine.render(request, options);
        });
        return ExitStatus.OK;
    }

    /** Goes on from a checkpoint. */
    int resume(Path saved) {
        surroundings.cancellation().guard();
        if (!outputOptions.hasName()) {
            throw new RequestException("--resume: expected an output name with -o, found none");
        }
        if (planOnly || !continuity.isEmpty()) {
            throw new RequestException("--resume: expected no option that changes how the clip is made, found "
                    + (planOnly ? "--plan" : "one") + " (a checkpoint goes on as it was begun)");
        }
        EngineOptions engineOptions = engineSelection.toOptions().withFiles(files.measured());
        ClipWriter writer = writer(outputOptions.nameOr("resumed", ".mp4"));
        checkOutput(writer, List.of());
        run(engineOptions, writer, (engine, options) -> engine.resume(saved, options));
        return ExitStatus.OK;
    }

    /** A render from the start, or one that goes on. */
    private interface Rendering {
        @MustBeClosed
        Clip start(Zoetrope engine, RenderOptions options);
    }

    private void run(EngineOptions engineOptions, ClipWriter writer, Rendering rendering) {
        ObjectNode report;
        try (ProgressDisplay progress = new ProgressDisplay(surroundings, "", this::say);
                Zoetrope engine = Zoetrope.open(engineOptions);
                Clip clip = rendering.start(engine, renderOptions(progress))) {
            report = writer.write(clip, engine, progress, startNanos);
        }
        report.get("warnings").forEach(line -> say("warning: " + line.asText()));
        print(json ? report.toString() : writer.file().toString());
    }

    private void plan(EngineOptions engineOptions, ClipWriter writer, RenderRequest draft) {
        try (Zoetrope engine = Zoetrope.open(engineOptions)) {
            WorkPlan plan = engine.plan(complete(engine, draft));
            writer.check(plan.request());
            WorkEstimate estimate = WorkEstimate.measure(engine, plan, surroundings.cancellation()::requested);
            PlanReport report = new PlanReport(plan, estimate, engine.info());
            print(json ? report.toJson().toString() : report.toTable());
        }
    }

    private RenderRequest complete(Zoetrope engine, RenderRequest draft) {
        return continuity.complete(engine, draft);
    }

    private RenderOptions renderOptions(ProgressDisplay progress) {
        RenderOptions options = RenderOptions.defaults().withListener(progress);
        return checkpoint == null
                ? options
                : options.withCheckpoint(checkpoint)
                        .withCheckpointInterval(Duration.ofMillis(Math.round(1000 * checkpointSeconds)));
    }

    private ClipWriter writer(Path named) {
        Path file = outputOptions.hasName() ? named : OutputName.free(named);
        return new ClipWriter(file, outputOptions.formatOf(file), outputOptions.keepLatents());
    }

    private static List<Path> inputsOf(RenderRequest request) {
        return request.edit().map(Edit::inputs).orElse(List.of());
    }

    private void checkOutput(ClipWriter writer, List<Path> inputs) {
        OutputCheck.check(writer.file(), outputOptions.takesFolder(), force);
        if (writer.keepLatents()) {
            OutputCheck.check(writer.latentsFile(), false, force);
        }
        for (Path input : inputs) {
            if (isSame(input, writer.file())) {
                throw new RequestException("output: expected another file than the one that is edited, found "
                        + writer.file() + " for both");
            }
        }
    }

    private static boolean isSame(Path input, Path output) {
        try {
            return Files.exists(output) && Files.isSameFile(input, output);
        } catch (IOException _) {
            return false;
        }
    }

    private void checkCheckpoint() {
        if (!(checkpointSeconds >= 0 && checkpointSeconds <= LONGEST_CHECKPOINT_SECONDS)) {
            throw new RequestException("--checkpoint-every: expected 0 to " + LONGEST_CHECKPOINT_SECONDS
                    + " seconds, found " + checkpointSeconds);
        }
        if (checkpoint == null) {
            return;
        }
        if (Files.exists(checkpoint) && !force) {
            throw new CheckpointException("checkpoint: expected no file of that name, found " + checkpoint
                    + " (zoetrope render --resume " + checkpoint + " goes on from it; -f starts again)");
        }
        OutputCheck.checkFolder(OutputCheck.folderOf(checkpoint));
    }

    private void print(String text) {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        out.println(text);
        out.flush();
    }

    private void say(String line) {
        PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
        err.println("zoetrope: " + line);
        err.flush();
    }
}
