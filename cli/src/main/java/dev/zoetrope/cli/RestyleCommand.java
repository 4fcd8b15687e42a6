package dev.zoetrope.cli;

import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.RenderRequest;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code zoetrope restyle}: a clip or picture made over to a prompt. */
@Command(
        name = "restyle",
        mixinStandardHelpOptions = true,
        versionProvider = VersionReport.class,
        sortOptions = false,
        description = "Makes a clip or picture over to a prompt: what is where stays, what it looks like changes.",
        footer = {
            "",
            "Examples:",
            "  zoetrope restyle ball.mp4 \"a blue ball bounces over snow\" --strength 0.8",
            "  zoetrope restyle photo.png \"a drawing of a red house\" --strength 0.5 -o drawing.png",
            "  zoetrope restyle ball.mp4 \"a blue ball bounces\" --mask keep.png"
        })
final class RestyleCommand implements ClipCommand {
    @Parameters(index = "0", paramLabel = "FILE", description = "The clip or picture.")
    private @Nullable Path source;

    @Parameters(index = "1", paramLabel = "PROMPT", description = "What it becomes. @FILE and - as in render.")
    private String prompt = "";

    @Option(
            names = "--strength",
            paramLabel = "X",
            description =
                    "How far it is made over, more than 0 to 1 (nothing but the prompt is left); 0.8 if not given.")
    private double strength = 0.8;

    @Option(
            names = "--mask",
            paramLabel = "PICTURE",
            description = "What is white in this picture stays as it is; scaled to the clip.")
    private @Nullable Path mask;

    @Mixin
    private LookOptions look = new LookOptions();

    @Mixin
    private ClipJob job;

    RestyleCommand(Surroundings surroundings) {
        job = new ClipJob(surroundings);
    }

    @Override
    public ClipJob job() {
        return job;
    }

    @Override
    public ClipDraft draft(Inputs inputs, RequestOptions usual) {
        Path file = inputs.media("FILE", Objects.requireNonNull(source));
        Optional<Path> keep = Optional.ofNullable(mask).map(path -> inputs.picture("--mask", path));
        RenderRequest request = look.over(usual, RenderRequest.of(inputs.prompt(prompt)));
        Edit edit = new Edit.Restyle(file, strength, keep);
        ClipDraft draft = ClipDraft.of(request.withEdit(edit), look.hasSeedOver(usual))
                .named(InputFiles.stem(file) + "-restyled");
        return inputs.isPicture(file) ? draft.withExtension(".png") : draft;
    }
}
