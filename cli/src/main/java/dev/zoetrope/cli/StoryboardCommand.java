package dev.zoetrope.cli;

import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
final class StoryboardCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The storyboard, in YAML; docs/cli.md describes it.")
    private @Nullable Path file;

    @Mixin
    private LookOptions look = new LookOptions();

    @Mixin
    private ClipJob job;

    StoryboardCommand(Surroundings surroundings) {
        job = new ClipJob(surroundings);
    }

    @Override
    public Integer call() {
        Path source = Objects.requireNonNull(file);
        Storyboard storyboard = StoryboardFile.read(source, job.inputs());
        boolean seeded = look.hasSeed() || storyboard.look().hasSeed();
        ClipDraft draft = ClipDraft.ofPrompt(look.applyTo(storyboard.toRequest()), seeded);
        return job.make(draft.named(InputFiles.stem(source)));
    }
}
