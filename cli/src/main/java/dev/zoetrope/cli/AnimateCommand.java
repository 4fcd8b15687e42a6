package dev.zoetrope.cli;

import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.RenderRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code zoetrope animate}: a clip that begins with a picture. */
@Command(
        name = "animate",
        mixinStandardHelpOptions = true,
        versionProvider = VersionReport.class,
        sortOptions = false,
        description = "Makes a clip that begins with a picture, and ends with another if one is given.",
        footer = {
            "",
            "Examples:",
            "  zoetrope animate ball.png \"a red ball bounces over the sea\" --seconds 3",
            "  zoetrope animate morning.jpg \"the sun rises\" --last noon.jpg --seconds 5 -o sunrise.mp4"
        })
final class AnimateCommand implements ClipCommand {
    @Parameters(index = "0", paramLabel = "PICTURE", description = "The first frame, of any format that FFmpeg reads.")
    private @Nullable Path picture;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "PROMPT",
            description = "What is shown; what the picture was made from if not given. @FILE and - as in render.")
    private @Nullable String prompt;

    @Option(names = "--last", paramLabel = "PICTURE", description = "The last frame.")
    private @Nullable Path last;

    @Mixin
    private RequestOptions requestOptions = new RequestOptions();

    @Mixin
    private ClipJob job;

    AnimateCommand(Surroundings surroundings) {
        job = new ClipJob(surroundings);
    }

    @Override
    public ClipJob job() {
        return job;
    }

    @Override
    public ClipDraft draft(Inputs inputs, RequestOptions usual) {
        Path first = inputs.picture("PICTURE", Objects.requireNonNull(picture));
        List<Edit.Placed> placed = new ArrayList<>(List.of(Edit.Placed.at(first, 0)));
        if (last != null) {
            placed.add(Edit.Placed.at(inputs.picture("--last", last), Edit.Placed.LAST_FRAME));
        }
        RenderRequest request = requestOptions.over(usual, PromptChoice.of(prompt, first, true, inputs));
        Edit edit = new Edit.Compose(placed, List.of(), false);
        return ClipDraft.of(request.withEdit(edit), requestOptions.hasSeedOver(usual))
                .named(InputFiles.stem(first) + "-animated");
    }
}
