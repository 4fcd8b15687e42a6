package dev.zoetrope.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.ClipRecord;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.error.CheckpointException;
import dev.zoetrope.runtime.error.RequestException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code zoetrope render}: one prompt, one clip. */
@Command(
        name = "render",
        mixinStandardHelpOptions = true,
        versionProvider = VersionReport.class,
        sortOptions = false,
        description = "Renders a prompt to a video clip.",
        footer = {
            "",
            "Examples:",
            "  zoetrope render \"a red ball bounces over the sea at night\" -o ball.mp4",
            "  zoetrope render @prompt.txt --size 96x64 --seconds 3 --seed 7 -o clip.webm",
            "  zoetrope render --from ball.mp4 --steps 40 -o better.mp4",
            "  zoetrope render \"a blue square spins\" --checkpoint spin.ckpt -o spin.mp4",
            "  zoetrope render --resume spin.ckpt -o spin.mp4"
        })
final class RenderCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Parameters(
            arity = "0..1",
            paramLabel = "PROMPT",
            description = "What the clip shows. @FILE reads it from a file, - from standard input.")
    private @Nullable String prompt;

    @Mixin
    private RequestOptions requestOptions = new RequestOptions();

    @Mixin
    private OutputOptions outputOptions = new OutputOptions();

    @Mixin
    private EngineSelection engineSelection = new EngineSelection();

    @Option(
            names = "--from",
            paramLabel = "CLIP",
            description = "Render a clip again from its own metadata; other options change what they name.")
    private @Nullable Path from;

    @Option(
            names = "--checkpoint",
            paramLabel = "FILE",
            description = "Keep the state after every step in FILE, so that --resume can go on after a crash.")
    private @Nullable Path checkpoint;

    @Option(
            names = "--resume",
            paramLabel = "FILE",
            description = "Go on from a checkpoint: the same clip, bit for bit, as without the interruption.")
    private @Nullable Path resume;

    @Option(
            names = {"-f", "--force"},
            description = "Replace files that exist.")
    private boolean force;

    @Option(names = "--json", description = "Print one JSON object about the clip instead of its name.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    RenderCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        long start = System.nanoTime();
        surroundings.cancellation().guard();
        EngineOptions engineOptions = engineSelection.toOptions();
        if (resume == null) {
            RenderRequest request = buildRequest();
            ClipWriter writer = checkedWriter(request);
            checkCheckpoint();
            announceSeed(request);
            run(engineOptions, writer, start, (engine, options) -> {
                writer.check(engine.resolve(request));
                return engine.render(request, options);
            });
        } else {
            checkResume();
            Path saved = resume;
            ClipWriter writer = checkedWriter(null);
            run(engineOptions, writer, start, (engine, options) -> engine.resume(saved, options));
        }
        return ExitStatus.OK;
    }

    /** A render from the start, or one that goes on. */
    private interface Rendering {
        @MustBeClosed
        Clip start(Zoetrope engine, RenderOptions options);
    }

    private void run(EngineOptions engineOptions, ClipWriter writer, long start, Rendering rendering) {
        ObjectNode report;
        try (ProgressDisplay progress = new ProgressDisplay(surroundings, "", this::say);
                Zoetrope engine = Zoetrope.open(engineOptions);
                Clip clip = rendering.start(engine, renderOptions(progress))) {
            report = writer.write(clip, engine, progress, start);
        }
        report.get("warnings").forEach(line -> say("warning: " + line.asText()));
        out().println(json ? report.toString() : writer.file().toString());
        out().flush();
    }

    private RenderOptions renderOptions(ProgressDisplay progress) {
        RenderOptions options = RenderOptions.defaults().withListener(progress);
        return checkpoint == null ? options : options.withCheckpoint(checkpoint);
    }

    /** The request that prompt, clip and options describe together. */
    private RenderRequest buildRequest() {
        Optional<String> text =
                Optional.ofNullable(prompt).map(argument -> PromptSource.read(argument, surroundings.in()));
        if (from != null) {
            RenderRequest original = readRecord(from).request();
            return requestOptions.applyTo(text.map(original::withPrompt).orElse(original));
        }
        RenderRequest request = requestOptions.applyTo(RenderRequest.of(text.orElseThrow(RenderCommand::noPrompt)));
        return requestOptions.hasSeed() ? request : request.withSeed(RequestOptions.randomSeed());
    }

    private static RequestException noPrompt() {
        return new RequestException("prompt: expected text, found no argument"
                + " (zoetrope render \"a red ball bounces over the sea\" -o ball.mp4; --help lists the options)");
    }

    private static ClipRecord readRecord(Path clip) {
        return ClipRecord.read(clip)
                .orElseThrow(
                        () -> new RequestException("--from: expected a clip with Zoetrope's metadata, found none in "
                                + clip + " (WebP files cannot hold it, and editors drop it)"));
    }

    /** @param request empty when the request is in a checkpoint, which only the engine reads */
    private ClipWriter checkedWriter(@Nullable RenderRequest request) {
        Path named = request == null ? nameOfResumed() : outputOptions.nameFor(request);
        Path file = outputOptions.hasName() ? named : OutputName.free(named);
        ClipWriter writer = new ClipWriter(file, outputOptions.formatOf(file), outputOptions.keepLatents());
        if (request != null) {
            writer.check(request);
        }
        OutputCheck.check(file, outputOptions.takesFolder(), force);
        if (writer.keepLatents()) {
            OutputCheck.check(writer.latentsFile(), false, force);
        }
        return writer;
    }

    private Path nameOfResumed() {
        if (!outputOptions.hasName()) {
            throw new RequestException("--resume: expected an output name with -o, found none");
        }
        return outputOptions.nameFor(RenderRequest.of("resumed"));
    }

    private void checkResume() {
        if (prompt != null || from != null || !requestOptions.isEmpty()) {
            throw new RequestException("--resume: expected no prompt and no option that changes the clip, found one"
                    + " (a checkpoint goes on with the request it was made for)");
        }
    }

    private void checkCheckpoint() {
        if (checkpoint == null) {
            return;
        }
        if (Files.exists(checkpoint) && !force) {
            throw new CheckpointException("checkpoint: expected no file of that name, found " + checkpoint
                    + " (--resume " + checkpoint + " goes on from it; -f starts again)");
        }
        OutputCheck.checkFolder(OutputCheck.folderOf(checkpoint));
    }

    /** A seed that nobody chose is said before the work: it is all that is needed to do it again. */
    private void announceSeed(RenderRequest request) {
        if (from == null && !requestOptions.hasSeed()) {
            say("seed " + request.seed());
        }
    }

    private void say(String line) {
        err().println("zoetrope: " + line);
        err().flush();
    }

    private PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }

    private PrintWriter err() {
        return Objects.requireNonNull(spec).commandLine().getErr();
    }
}
