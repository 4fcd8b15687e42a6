package dev.zoetrope.cli;

import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.error.RequestException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code render} that give pictures, clips or a way of making beside the prompt. */
final class PlacedOptions {
    @Option(
            names = "--image",
            paramLabel = "FILE[@SECONDS[:STRENGTH]]",
            description = {
                "A picture the clip shows at a time, the beginning if none is given; can be given again.",
                "Negative seconds count from the end, @end is the last frame; strength below 1 makes it a hint."
            })
    private List<String> images = new ArrayList<>();

    @Option(
            names = "--clip",
            paramLabel = "FILE[@SECONDS]",
            description = "A clip that is kept as it is from a time on; can be given again.")
    private List<String> clips = new ArrayList<>();

    @Option(names = "--loop", description = "Let the end lead back to the beginning.")
    private boolean loop;

    @Option(
            names = "--key-frames",
            paramLabel = "N",
            description = "Make every Nth frame first, N a power of two, then fill in between in passes.")
    private @Nullable Integer keyFrames;

    boolean isEmpty() {
        return images.isEmpty() && clips.isEmpty() && !loop && keyFrames == null;
    }

    /** The request with the options that were given; what an edit that is there says beside them stays. */
    RenderRequest applyTo(RenderRequest request, Inputs inputs) {
        if (isEmpty()) {
            return request;
        }
        if (keyFrames != null) {
            if (loop || !images.isEmpty() || !clips.isEmpty()) {
                throw new RequestException("--key-frames: expected neither --image, --clip nor --loop beside it, found "
                        + (loop ? "--loop" : images.isEmpty() ? "--clip" : "--image"));
            }
            return request.withEdit(new Edit.KeyFrames(keyFrames));
        }
        List<Edit.Placed> placed = placed(inputs);
        return request.withEdit(
                switch (request.edit().orElse(null)) {
                    case null -> new Edit.Compose(placed, List.of(), loop);
                    case Edit.Compose before ->
                        new Edit.Compose(
                                placed.isEmpty() ? before.placed() : placed, before.shots(), loop || before.loop());
                    default ->
                        throw new RequestException(
                                "--from: expected a clip made from a prompt beside --image, --clip or"
                                        + " --loop, found one that was made from other clips");
                });
    }

    private List<Edit.Placed> placed(Inputs inputs) {
        List<Edit.Placed> placed = new ArrayList<>();
        for (String image : images) {
            Edit.Placed thing = PlacedText.parse("--image", image, inputs);
            placed.add(PlacedText.moved(thing, inputs.picture("--image", thing.file())));
        }
        for (String clip : clips) {
            Edit.Placed thing = PlacedText.parse("--clip", clip, inputs);
            placed.add(PlacedText.moved(thing, inputs.clip("--clip", thing.file())));
        }
        return PlacedText.inOrder(placed);
    }
}
