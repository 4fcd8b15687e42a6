package dev.zoetrope.cli;

import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.error.RequestException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code zoetrope render}: one prompt, one clip, with pictures and clips placed in it if they are given. */
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
            "  zoetrope render \"a red ball rolls\" --image first.png --image last.png@end -o roll.mp4",
            "  zoetrope render \"a red ball rolls\" --seconds 60 --plan",
            "  zoetrope render --from ball.mp4 --steps 40 -o better.mp4",
            "  zoetrope render \"a blue square spins\" --checkpoint spin.ckpt -o spin.mp4",
            "  zoetrope render --resume spin.ckpt -o spin.mp4"
        })
final class RenderCommand implements ClipCommand {
    @Parameters(
            arity = "0..1",
            paramLabel = "PROMPT",
            description = "What the clip shows. @FILE reads it from a file, - from standard input.")
    private @Nullable String prompt;

    @Mixin
    private RequestOptions requestOptions = new RequestOptions();

    @Mixin
    private PlacedOptions placedOptions = new PlacedOptions();

    @Option(
            names = "--from",
            paramLabel = "CLIP",
            description = "Render a clip again from its own metadata; other options change what they name.")
    private @Nullable Path from;

    @Option(
            names = "--resume",
            paramLabel = "FILE",
            description = "Go on from a checkpoint: the same clip, bit for bit, as without the interruption.")
    private @Nullable Path resume;

    @Mixin
    private ClipJob job;

    RenderCommand(Surroundings surroundings) {
        job = new ClipJob(surroundings);
    }

    @Override
    public Integer call() {
        if (resume != null) {
            checkResume();
            return job.resume(resume);
        }
        return ClipCommand.super.call();
    }

    @Override
    public ClipJob job() {
        return job;
    }

    @Override
    public ClipDraft draft(Inputs inputs, RequestOptions usual) {
        if (from != null) {
            return draftFrom(inputs.media("--from", from), inputs, usual);
        }
        RenderRequest request = requestOptions.over(usual, RenderRequest.of(inputs.prompt(prompt)));
        return ClipDraft.of(placedOptions.applyTo(request, inputs), requestOptions.hasSeedOver(usual));
    }

    private ClipDraft draftFrom(Path clip, Inputs inputs, RequestOptions usual) {
        RenderRequest original = inputs.requestOf(clip).orElseThrow(() -> noRecord(clip));
        if (original.edit().isPresent() && inputs.isThere(clip)) {
            original = withEdit(original, MovedInputs.find(original.edit().get(), clip));
        }
        if (prompt != null) {
            original = original.withPrompt(inputs.prompt(prompt));
        }
        RenderRequest request = requestOptions.over(usual, original);
        return ClipDraft.of(placedOptions.applyTo(request, inputs), true);
    }

    /** A length that follows from the inputs is left to follow from them, for another frame rate makes another one. */
    private static RenderRequest withEdit(RenderRequest request, Edit edit) {
        boolean chosen = edit instanceof Edit.Compose || edit instanceof Edit.KeyFrames;
        return (chosen ? request : request.withoutLength()).withEdit(edit);
    }

    private static RequestException noRecord(Path clip) {
        return new RequestException("--from: expected a clip with Zoetrope's metadata, found none in " + clip
                + " (WebP files cannot hold it, and editors drop it)");
    }

    private void checkResume() {
        if (prompt != null || from != null || !requestOptions.isEmpty() || !placedOptions.isEmpty()) {
            throw new RequestException("--resume: expected no prompt and no option that changes the clip, found one"
                    + " (a checkpoint goes on with the request it was made for)");
        }
    }
}
