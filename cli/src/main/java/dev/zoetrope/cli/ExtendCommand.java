package dev.zoetrope.cli;

import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.RenderRequest;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code zoetrope extend}: more of a clip, after its end or before its beginning. */
@Command(
        name = "extend",
        mixinStandardHelpOptions = true,
        versionProvider = VersionReport.class,
        sortOptions = false,
        description = "Goes on from the end of a clip, or leads up to its beginning; the clip itself stays as it is.",
        footer = {
            "",
            "Examples:",
            "  zoetrope extend ball.mp4 --by 8s",
            "  zoetrope extend ball.mp4 \"a red ball falls into the sea\" --by 3s -o fall.mp4",
            "  zoetrope extend ball.mp4 --by 2s --backward --seed 3"
        })
final class ExtendCommand implements ClipCommand {
    @Parameters(index = "0", paramLabel = "CLIP", description = "The clip, of any format that FFmpeg reads.")
    private @Nullable Path clip;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "PROMPT",
            description = "What is shown; what the clip was made from if not given. @FILE and - as in render.")
    private @Nullable String prompt;

    @Option(
            names = "--by",
            required = true,
            paramLabel = "LENGTH",
            description = "How much to add, such as 8s or 1m30s.")
    private String by = "";

    @Option(names = "--backward", description = "Add it before the clip instead of behind it.")
    private boolean backward;

    @Mixin
    private LookOptions look = new LookOptions();

    @Mixin
    private ClipJob job;

    ExtendCommand(Surroundings surroundings) {
        job = new ClipJob(surroundings);
    }

    @Override
    public ClipJob job() {
        return job;
    }

    @Override
    public ClipDraft draft(Inputs inputs, RequestOptions usual) {
        Path file = inputs.clip("CLIP", Objects.requireNonNull(clip));
        Edit edit = new Edit.Extend(file, LengthText.seconds("--by", by), backward);
        RenderRequest request = look.over(usual, PromptChoice.of(prompt, file, !backward, inputs));
        return ClipDraft.of(request.withEdit(edit), look.hasSeedOver(usual)).named(InputFiles.stem(file) + "-extended");
    }
}
