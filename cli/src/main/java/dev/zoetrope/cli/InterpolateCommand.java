package dev.zoetrope.cli;

import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.RenderRequest;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
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
final class InterpolateCommand implements Callable<Integer> {
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
    public Integer call() {
        Path file = job.inputs().clip("CLIP", Objects.requireNonNull(clip));
        RenderRequest request = PromptChoice.of(prompt, file, false, job.inputs(), job.in());
        ClipDraft draft =
                ClipDraft.ofEdit(request, look, new Edit.Interpolate(file), InputFiles.stem(file) + "-smooth");
        return job.make(draft);
    }
}
