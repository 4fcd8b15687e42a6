package dev.zoetrope.cli;

import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.error.RequestException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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
final class LoopCommand implements ClipCommand {
    private static final String USUAL_WAY_BACK = "2s";

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
    public ClipJob job() {
        return job;
    }

    @Override
    public ClipDraft draft(Inputs inputs, RequestOptions usual) {
        Optional<Path> named = inputs.clipNamed(source);
        return named.isPresent() ? ofClip(named.get(), inputs, usual) : ofPrompt(inputs, usual);
    }

    private ClipDraft ofClip(Path named, Inputs inputs, RequestOptions usual) {
        if (requestOptions.hasLength()) {
            throw new RequestException(
                    "--seconds, --frames: expected neither for a clip, whose length they cannot change,"
                            + " found one (--by says how much is added)");
        }
        Path file = inputs.clip("CLIP", named);
        Edit edit = new Edit.Loop(file, LengthText.seconds("--by", by == null ? USUAL_WAY_BACK : by));
        RenderRequest request = requestOptions.applyTo(usual.applyLook(PromptChoice.of(prompt, file, true, inputs)));
        return ClipDraft.of(request.withEdit(edit), requestOptions.hasSeedOver(usual))
                .named(InputFiles.stem(file) + "-looped");
    }

    private ClipDraft ofPrompt(Inputs inputs, RequestOptions usual) {
        if (by != null || prompt != null) {
            throw new RequestException(
                    (by != null ? "--by" : "PROMPT") + ": expected a clip as the first argument, found '" + source
                            + "', and there is no file of that name (the length of a prompt's loop is --seconds)");
        }
        RenderRequest request = requestOptions.over(usual, RenderRequest.of(inputs.prompt(source)));
        Edit edit = new Edit.Compose(List.of(), List.of(), true);
        return ClipDraft.of(request.withEdit(edit), requestOptions.hasSeedOver(usual));
    }
}
