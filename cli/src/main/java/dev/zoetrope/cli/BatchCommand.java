package dev.zoetrope.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.cli.batch.BatchFile;
import dev.zoetrope.cli.batch.BatchJournal;
import dev.zoetrope.cli.batch.BatchListener;
import dev.zoetrope.cli.batch.BatchRow;
import dev.zoetrope.cli.batch.BatchRun;
import dev.zoetrope.cli.batch.RowPlan;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.encode.MeasuredFiles;
import dev.zoetrope.runtime.encode.OutputFormat;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code zoetrope batch}: many clips, one engine. */
@Command(
        name = "batch",
        mixinStandardHelpOptions = true,
        versionProvider = VersionReport.class,
        sortOptions = false,
        description = {
            "Renders every row of a .jsonl or .csv file.",
            "",
            "A row is a command: the field command says which of render (if there is none), animate, extend, loop, "
                    + "connect, interpolate, restyle and storyboard; the others are its options without their dashes, and "
                    + "its arguments by their names in small letters.",
            "",
            "Files are named from the file's folder; a row may also name what a row above it makes.",
            "",
            "Started again, it skips the rows that are done and tries the others; results.jsonl in the output folder "
                    + "says what came of each.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  zoetrope batch prompts.jsonl -o clips",
            "  zoetrope batch prompts.csv -o clips --size 96x64 --steps 30 --format webm",
            "",
            "Rows of prompts.jsonl:",
            "  {\"prompt\": \"a red ball bounces\", \"seed\": 7, \"output\": \"ball.mp4\"}",
            "  {\"command\": \"extend\", \"clip\": \"ball.mp4\", \"by\": \"8s\", \"output\": \"longer.mp4\"}"
        })
final class BatchCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Parameters(paramLabel = "FILE", description = "Rows: .jsonl (one JSON object a line) or .csv (names first).")
    private @Nullable Path file;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            required = true,
            description = "Folder for the clips; it is made if it is missing.")
    private @Nullable Path folder;

    @Mixin
    private RequestOptions defaults = new RequestOptions();

    @Option(
            names = "--format",
            paramLabel = "EXT",
            defaultValue = "mp4",
            description = "Format of rows without an output name: mp4 (default), webm, mkv, gif or webp.")
    private String format = "mp4";

    @Option(names = "--keep-latents", description = "Keep the latents of every row beside its clip.")
    private boolean keepLatents;

    @Mixin
    private ContinuityOptions continuity = new ContinuityOptions();

    @Mixin
    private EngineSelection engineSelection = new EngineSelection();

    @Option(
            names = "--plan",
            description =
                    "Do not render: say of each row that is not done how it would be, and about how long it takes.")
    private boolean planOnly;

    @Option(
            names = {"-f", "--force"},
            description = "Replace files that no batch made.")
    private boolean force;

    @Option(names = "--json", description = "Print one JSON object for each row that is done.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    BatchCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        surroundings.cancellation().guard();
        Path target = Objects.requireNonNull(folder);
        Path source = Objects.requireNonNull(file);
        List<BatchRow> rows = BatchFile.read(source);
        if (planOnly) {
            return plan(rows, source, target);
        }
        BatchRun.Outcome outcome;
        try (BatchRenderer renderer = renderer(source);
                BatchJournal journal = BatchJournal.open(target)) {
            BatchRun run = new BatchRun(
                    target, journal, renderer, new Report(renderer), surroundings.cancellation()::requested);
            outcome = run.run(rows, describeDefaults(), force);
        }
        return finish(rows, outcome, " rendered, ");
    }

    private int plan(List<BatchRow> rows, Path source, Path target) {
        BatchRun.Outcome outcome;
        Report report;
        try (BatchRenderer renderer = renderer(source);
                BatchJournal journal = BatchJournal.look(target)) {
            report = new Report(renderer);
            BatchRun run = new BatchRun(target, journal, renderer, report, surroundings.cancellation()::requested);
            outcome = run.plan(rows, describeDefaults(), force);
        }
        String waiting = report.waiting == 0 ? "" : report.waiting + " waiting, ";
        return finish(rows, outcome, " planned, about " + PlanReport.time(report.planned) + " in all, " + waiting);
    }

    private int finish(List<BatchRow> rows, BatchRun.Outcome outcome, String what) {
        out().flush();
        err().println("zoetrope: " + rows.size() + (rows.size() == 1 ? " row: " : " rows: ") + outcome.done() + what
                + outcome.skipped() + " done before, " + outcome.failed() + " failed");
        err().flush();
        return outcome.failed() > 0 ? ExitStatus.SOME_ROWS_FAILED : ExitStatus.OK;
    }

    /** A wrong option is a wrong command line, not a wrong row each time: it is refused here. */
    private BatchRenderer renderer(Path source) {
        defaults.applyTo(RenderRequest.of("any"));
        continuity.check();
        OutputFormat.forPath(Path.of("clip" + extension()));
        Path beside = source.getParent();
        return new BatchRenderer(
                surroundings,
                new InputFiles(new MeasuredFiles()),
                engineSelection.toOptions(),
                beside == null ? Path.of("") : beside,
                new BatchRenderer.RowDefaults(defaults, continuity, extension(), keepLatents),
                this::say);
    }

    private String describeDefaults() {
        String model = engineSelection
                .model()
                .map(path -> path.toAbsolutePath().normalize().toString())
                .orElse("");
        return defaults.describe() + continuity.describe() + "format=" + extension() + " keep-latents=" + keepLatents
                + " model=" + model;
    }

    private String extension() {
        String plain = format.strip().toLowerCase(Locale.ROOT);
        return plain.startsWith(".") ? plain : "." + plain;
    }

    private PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }

    private PrintWriter err() {
        return Objects.requireNonNull(spec).commandLine().getErr();
    }

    private void say(BatchRow row, String line) {
        err().println("zoetrope: row " + row.number() + ": " + line);
        err().flush();
    }

    /** Prints what comes of the rows: results on standard output, failures on standard error. */
    private final class Report implements BatchListener {
        private final BatchRenderer renderer;

        private Duration planned = Duration.ZERO;
        private int waiting;

        private Report(BatchRenderer renderer) {
            this.renderer = renderer;
        }

        @Override
        public void started(BatchRow row, int rows) {
            renderer.setPosition(row.number() + "/" + rows + " ");
        }

        @Override
        public void done(BatchRow row, Path output, ObjectNode report) {
            report.get("warnings").forEach(line -> say(row, "warning: " + line.asText()));
            out().println(json ? withRow(row, report) : output.toString());
            out().flush();
        }

        @Override
        public void skipped(BatchRow row, Path output) {
            // Said by the summary; the clip was printed when it was made.
        }

        @Override
        public void planned(BatchRow row, RowPlan plan) {
            planned = planned.plus(plan.time());
            out().println(
                            json
                                    ? withRow(row, plan.report())
                                    : "row " + row.number() + System.lineSeparator() + plan.table()
                                            + System.lineSeparator());
            out().flush();
        }

        @Override
        public void waiting(BatchRow row) {
            waiting++;
            say(row, "note: no plan yet, for it is made of the clip of a row above");
        }

        @Override
        public void failed(BatchRow row, RuntimeException failure) {
            say(row, FailureReport.describe(failure));
        }

        private static String withRow(BatchRow row, ObjectNode report) {
            ObjectNode line = RenderReport.JSON.createObjectNode().put("row", row.number());
            line.setAll(report);
            return line.toString();
        }
    }
}
