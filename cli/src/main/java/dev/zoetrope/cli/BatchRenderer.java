package dev.zoetrope.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.cli.batch.BatchRow;
import dev.zoetrope.cli.batch.RowClips;
import dev.zoetrope.cli.batch.RowPlan;
import dev.zoetrope.cli.batch.RowRenderer;
import dev.zoetrope.cli.batch.RowTask;
import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.WorkPlan;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.pipeline.LatentsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads and renders the rows of a batch with one engine, opened with the first row that needs it. */
final class BatchRenderer implements RowRenderer, AutoCloseable {
    private final Surroundings surroundings;
    private final InputFiles files;
    private final EngineOptions engineOptions;
    private final Path folder;
    private final RowDefaults defaults;
    private final RowNotes notes;
    private final Map<Integer, RenderRequest> requests = new HashMap<>();
    private @Nullable Zoetrope engine;
    private String position = "";

    /** Says something about a row. */
    @FunctionalInterface
    interface RowNotes {
        void say(BatchRow row, String line);
    }

    /**
     * What holds for rows that do not say otherwise.
     *
     * @param request of their requests
     * @param continuity of the pieces they are made in
     * @param extension of their clips, with its dot
     * @param keepLatents whether all keep their latents, whatever they say
     */
    record RowDefaults(RequestOptions request, ContinuityOptions continuity, String extension, boolean keepLatents) {}

    /**
     * @param folder that rows name files from
     * @param files what files are looked at with, before and by the engine
     */
    BatchRenderer(
            Surroundings surroundings,
            InputFiles files,
            EngineOptions engineOptions,
            Path folder,
            RowDefaults defaults,
            RowNotes notes) {
        this.surroundings = surroundings;
        this.files = files;
        this.engineOptions = engineOptions.withFiles(files.measured());
        this.folder = folder;
        this.defaults = defaults;
        this.notes = notes;
    }

    /** What the progress of the next row begins with. */
    void setPosition(String value) {
        position = value;
    }

    @Override
    public RowTask read(BatchRow row, RowClips clips) {
        ClipCommand command = RowCommand.of(row, surroundings);
        RowInputs inputs = new RowInputs(row, files, folder, clips, requests);
        ClipDraft draft = command.draft(inputs, defaults.request());
        command.job().continuity().check();
        OutputOptions output = command.job().output();
        Path name = output.nameOr(draft.nameOfRow(row.number()), draft.extensionOr(defaults.extension()));
        ClipWriter writer = writer(output, clips.folder().resolve(name));
        writer.check(draft.request());
        requests.put(row.number(), draft.request());
        return new Task(row, command, draft, inputs, clips.folder(), name.toString());
    }

    @Override
    public Path firstFile(Path target) {
        return OutputCheck.firstFile(target);
    }

    @Override
    @SuppressWarnings("MustBeClosedChecker") // close() closes it
    public void open() {
        if (engine == null) {
            engine = Zoetrope.open(engineOptions);
        }
    }

    @Override
    public void close() {
        if (engine != null) {
            engine.close();
        }
    }

    private ClipWriter writer(OutputOptions output, Path target) {
        return new ClipWriter(target, output.formatOf(target), defaults.keepLatents() || output.keepLatents());
    }

    /** One row. */
    private final class Task implements RowTask {
        private final BatchRow row;
        private final ClipCommand command;
        private final ClipDraft draft;
        private final RowInputs inputs;
        private final Path clipFolder;
        private final String output;

        private Task(
                BatchRow row, ClipCommand command, ClipDraft draft, RowInputs inputs, Path clipFolder, String output) {
            this.clipFolder = clipFolder;
            this.row = row;
            this.command = command;
            this.draft = draft;
            this.inputs = inputs;
            this.output = output;
        }

        @Override
        public String output() {
            return output;
        }

        /** A clip that was made again may name others, and its latents count for more than its frames. */
        @Override
        public List<Path> inputs() {
            Set<Path> all = new LinkedHashSet<>(inputs.used());
            draft.request().edit().ifPresent(edit -> all.addAll(edit.inputs()));
            return all.stream()
                    .flatMap(file -> Stream.of(file, LatentsFile.beside(file)))
                    .filter(Files::isRegularFile)
                    .toList();
        }

        @Override
        public boolean waits() {
            return inputs.waits();
        }

        @Override
        public void check(Path target) {
            Zoetrope opened = Objects.requireNonNull(engine);
            ClipWriter writer = writer(command.job().output(), target);
            writer.check(opened.resolve(complete(opened)));
            if (Files.isDirectory(clipFolder)) { // where nothing is to be written it need not exist
                OutputCheck.check(target, false, true);
            }
        }

        @Override
        public RowPlan plan() {
            Zoetrope opened = Objects.requireNonNull(engine);
            WorkPlan plan = opened.plan(complete(opened));
            WorkEstimate estimate = WorkEstimate.measure(opened, plan, surroundings.cancellation()::requested);
            PlanReport report = new PlanReport(plan, estimate, opened.info());
            return new RowPlan(report.toTable(), report.toJson(), estimate.total());
        }

        @Override
        public ObjectNode render(Path target) {
            long start = System.nanoTime();
            Zoetrope opened = Objects.requireNonNull(engine);
            ClipWriter writer = writer(command.job().output(), target);
            try (ProgressDisplay progress = new ProgressDisplay(surroundings, position, line -> notes.say(row, line));
                    Clip clip = opened.render(
                            complete(opened), RenderOptions.defaults().withListener(progress))) {
                return writer.write(clip, opened, progress, start);
            }
        }

        private RenderRequest complete(Zoetrope opened) {
            return command.job()
                    .continuity()
                    .complete(opened, defaults.continuity().complete(opened, draft.request()));
        }
    }
}
