package dev.zoetrope.cli;

import dev.zoetrope.runtime.error.RequestException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code zoetrope storyboard}: a clip of several shots. */
@Command(
        name = "storyboard",
        mixinStandardHelpOptions = true,
        versionProvider = VersionReport.class,
        sortOptions = false,
        description = {
            "Renders a clip of several shots, each with its prompt, from a YAML file.",
            "",
            "A file has shots, a list, and as it likes loop and the options below down to --rng without their dashes; the "
                    + "command line's win.",
            "A shot has prompt and seconds, and as it likes transition (cut or blend), camera (words behind the prompt), "
                    + "image and clip (a file, or file, at and strength).",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  zoetrope storyboard trip.yaml",
            "  zoetrope storyboard trip.yaml --plan",
            "  zoetrope storyboard trip.yaml --seed 3 --steps 40 -o trip.webm",
            "",
            "A file:",
            "  size: 96x64",
            "  shots:",
            "    - prompt: a red ball bounces over the sea",
            "      seconds: 3",
            "    - prompt: a blue square spins",
            "      camera: the camera pans left",
            "      seconds: 2",
            "      transition: blend"
        })
final class StoryboardCommand implements ClipCommand {
    @Parameters(arity = "0..1", paramLabel = "FILE", description = "The storyboard, in YAML; docs/cli.md describes it.")
    private @Nullable Path file;

    @Option(
            names = "--shots",
            paramLabel = FieldOptions.JSON,
            description = "The shots themselves, a list in JSON, instead of FILE.")
    private @Nullable String shots;

    @Option(names = "--loop", description = "Let the last shot lead back to the first.")
    private boolean loop;

    @Mixin
    private LookOptions look = new LookOptions();

    @Mixin
    private ClipJob job;

    StoryboardCommand(Surroundings surroundings) {
        job = new ClipJob(surroundings);
    }

    @Override
    public ClipJob job() {
        return job;
    }

    @Override
    public ClipDraft draft(Inputs inputs, RequestOptions usual) {
        Storyboard board = read(inputs);
        boolean seeded = look.hasSeedOver(usual) || board.look().hasSeed();
        ClipDraft draft = ClipDraft.of(look.applyTo(board.toRequest(usual)), seeded);
        return file == null ? draft : draft.named(InputFiles.stem(file));
    }

    private Storyboard read(Inputs inputs) {
        if ((file == null) == (shots == null)) {
            throw new RequestException(
                    "FILE, --shots: expected one of them, found " + (file == null ? "none" : "both"));
        }
        Storyboard board = file == null
                ? StoryboardFile.ofShots(String.valueOf(shots), inputs)
                : StoryboardFile.read(inputs.file(file), inputs);
        return loop ? new Storyboard(board.look(), true, board.shots()) : board;
    }
}
