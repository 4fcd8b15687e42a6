package dev.zoetrope.cli;

import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.error.RequestException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code zoetrope loop}: a clip without an end, from a clip or from a prompt. */
@Command(
        name = "loop",
        mixinStandardHelpOptions = true,
        versionProvider = VersionReport.class,
        sortOptions = false,
        description =
                "Makes a clip that leads back to its own beginning: of a clip, by adding to it, or of a prompt alone.",
        footer = {
            "",
            "Examples:",
            "  zoetrope loop ball.mp4 --by 2s",
            "  zoetrope loop \"a red ball circles over the sea\" --seconds 4 -o circle.mp4"
        })
final class LoopCommand implements Callable<Integer> {
    private static final String USUAL_WAY_BACK = "2s";

    private static final Pattern CLIP_NAME =
            Pattern.compile("\\S+\\.(mp4|m4v|mov|webm|mkv|avi|gif|webp|png|jpe?g)", Pattern.CASE_INSENSITIVE);

    @Parameters(
            index = "0",
            paramLabel = "CLIP|PROMPT",
            description = "A clip if there is a file of that name, else a prompt.")
    private String source = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "PROMPT",
            description = "What is shown; what the clip was made from if not given. @FILE and - as in render.")
    private @Nullable String prompt;

    @Option(
            names = "--by",
            paramLabel = "LENGTH",
            description = "How much to add to a clip for the way back, such as 2s, which it is if not given.")
    private @Nullable String by;

    @Mixin
    private RequestOptions requestOptions = new RequestOptions();

    @Mixin
    private ClipJob job;

    LoopCommand(Surroundings surroundings) {
        job = new ClipJob(surroundings);
    }

    @Override
    public Integer call() {
        Optional<Path> file = clipNamed(source);
        return job.make(file.isPresent() ? ofClip(file.get()) : ofPrompt());
    }

    private ClipDraft ofClip(Path file) {
        if (requestOptions.hasLength()) {
            throw new RequestException(
                    "--seconds, --frames: expected neither for a clip, whose length they cannot change,"
                            + " found one (--by says how much is added)");
        }
        job.inputs().clip("CLIP", file);
        Edit edit = new Edit.Loop(file, LengthText.seconds("--by", by == null ? USUAL_WAY_BACK : by));
        RenderRequest request = requestOptions
                .applyTo(PromptChoice.of(prompt, file, true, job.inputs(), job.in()))
                .withEdit(edit);
        return ClipDraft.ofPrompt(request, requestOptions.hasSeed()).named(InputFiles.stem(file) + "-looped");
    }

    private ClipDraft ofPrompt() {
        if (by != null || prompt != null) {
            throw new RequestException(
                    (by != null ? "--by" : "PROMPT") + ": expected a clip as the first argument, found '" + source
                            + "', and there is no file of that name (the length of a prompt's loop is --seconds)");
        }
        RenderRequest request = requestOptions
                .applyTo(RenderRequest.of(PromptSource.read(source, job.in())))
                .withEdit(new Edit.Compose(List.of(), List.of(), true));
        return ClipDraft.ofPrompt(request, requestOptions.hasSeed());
    }

    /** A name that ends like a clip's is meant as one, also where there is none: nobody prompts for "ball.mp4". */
    private static Optional<Path> clipNamed(String text) {
        try {
            Path file = Path.of(text);
            return Files.exists(file) || CLIP_NAME.matcher(text).matches() ? Optional.of(file) : Optional.empty();
        } catch (InvalidPathException _) {
            return Optional.empty();
        }
    }
}
