package dev.zoetrope.cli;

import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.error.RequestException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code zoetrope connect}: two clips, and what leads from one to the other. */
@Command(
        name = "connect",
        mixinStandardHelpOptions = true,
        versionProvider = VersionReport.class,
        sortOptions = false,
        description =
                "Joins two clips by what leads from the end of the first to the beginning of the second; both stay as they are.",
        footer = {
            "",
            "Examples:",
            "  zoetrope connect day.mp4 night.mp4 --seconds 3",
            "  zoetrope connect day.mp4 night.mp4 \"the sun sets over the sea\" --seconds 3 -o dusk.mp4"
        })
final class ConnectCommand implements ClipCommand {
    @Parameters(
            index = "0",
            paramLabel = "FIRST",
            description = "The clip that comes first; it says size and frame rate.")
    private @Nullable Path first;

    @Parameters(index = "1", paramLabel = "SECOND", description = "The clip that comes behind it.")
    private @Nullable Path second;

    @Parameters(
            index = "2",
            arity = "0..1",
            paramLabel = "PROMPT",
            description = "What is shown; what the first clip was made from if not given. @FILE and - as in render.")
    private @Nullable String prompt;

    @Option(
            names = {"-t", "--seconds"},
            paramLabel = "LENGTH",
            description = "Length of what is put between them, such as 3 or 2.5s; 2 s if not given.")
    private String seconds = "2s";

    @Option(
            names = "--way",
            paramLabel = "WAY",
            description =
                    "made: the model makes what is between them; dissolve: the first goes on and fades into what comes"
                            + " before the second; auto, as it is if not given: dissolve where they share nothing, else made.")
    private String way = "auto";

    @Mixin
    private LookOptions look = new LookOptions();

    @Mixin
    private ClipJob job;

    ConnectCommand(Surroundings surroundings) {
        job = new ClipJob(surroundings);
    }

    @Override
    public ClipJob job() {
        return job;
    }

    private Edit.Way way() {
        return switch (way) {
            case "auto" -> Edit.Way.AUTO;
            case "made" -> Edit.Way.MADE;
            case "dissolve" -> Edit.Way.DISSOLVE;
            default ->
                throw new RequestException(
                        "--way: expected auto, made or dissolve, found '" + way + "' (auto finds the one that fits)");
        };
    }

    @Override
    public ClipDraft draft(Inputs inputs, RequestOptions usual) {
        Path before = inputs.clip("FIRST", Objects.requireNonNull(first));
        Path after = inputs.clip("SECOND", Objects.requireNonNull(second));
        Edit edit = new Edit.Connect(before, after, LengthText.seconds("--seconds", seconds), way());
        RenderRequest request = look.over(usual, PromptChoice.of(prompt, before, true, inputs));
        return ClipDraft.of(request.withEdit(edit), look.hasSeedOver(usual))
                .named(InputFiles.stem(before) + "-to-" + InputFiles.stem(after));
    }
}
