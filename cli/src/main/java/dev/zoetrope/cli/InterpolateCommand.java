package dev.zoetrope.cli;

import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.RenderRequest;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code zoetrope interpolate}: a clip at a higher frame rate. */
@Command(
        name = "interpolate",
        mixinStandardHelpOptions = true,
        versionProvider = VersionReport.class,
        sortOptions = false,
        description = "Puts frames between those of a clip, up to a higher frame rate; its own frames stay.",
        footer = {
            "",
            "Examples:",
            "  zoetrope interpolate ball.mp4 --fps 24",
            "  zoetrope interpolate phone.mov \"a red ball rolls over the grass\" --fps 60 -o smooth.mp4"
        })
final class InterpolateCommand implements ClipCommand {
    @Parameters(index = "0", paramLabel = "CLIP", description = "The clip, of any format that FFmpeg reads.")
    private @Nullable Path clip;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "PROMPT",
            description = "What is shown; what the clip was made from if not given. @FILE and - as in render.")
    private @Nullable String prompt;

    @Mixin
    private LookOptions look = new LookOptions();

    @Mixin
    private ClipJob job;

    InterpolateCommand(Surroundings surroundings) {
        job = new ClipJob(surroundings);
    }

    @Override
    public ClipJob job() {
        return job;
    }

    @Override
    public ClipDraft draft(Inputs inputs, RequestOptions usual) {
        Path file = inputs.clip("CLIP", Objects.requireNonNull(clip));
        RenderRequest request = look.over(usual, PromptChoice.of(prompt, file, false, inputs));
        return ClipDraft.of(request.withEdit(new Edit.Interpolate(file)), look.hasSeedOver(usual))
                .named(InputFiles.stem(file) + "-smooth");
    }
}
