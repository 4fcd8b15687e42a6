package dev.zoetrope.cli;

import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.error.RequestException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Finds the files that a clip's metadata names: as it names them, or else from the folder the clip is in, or else beside
 * it. Names are kept in clips as they were written, so relative ones hold wherever clip and inputs are moved together.
 */
final class MovedInputs {
    private MovedInputs() {}

    /**
     * The edit with files that exist.
     *
     * @param clip the clip that was made by it
     * @throws RequestException naming the file that is nowhere
     */
    static Edit find(Edit edit, Path clip) {
        return switch (edit) {
            case Edit.Compose compose ->
                new Edit.Compose(
                        compose.placed().stream()
                                .map(thing ->
                                        new Edit.Placed(find(thing.file(), clip), thing.atSeconds(), thing.strength()))
                                .toList(),
                        compose.shots(),
                        compose.loop());
            case Edit.Extend extend -> new Edit.Extend(find(extend.clip(), clip), extend.seconds(), extend.backward());
            case Edit.Loop loop -> new Edit.Loop(find(loop.clip(), clip), loop.seconds());
            case Edit.Connect connect ->
                new Edit.Connect(
                        find(connect.first(), clip), find(connect.second(), clip), connect.seconds(), connect.way());
            case Edit.Interpolate interpolate -> new Edit.Interpolate(find(interpolate.clip(), clip));
            case Edit.Restyle restyle ->
                new Edit.Restyle(
                        find(restyle.source(), clip),
                        restyle.strength(),
                        restyle.mask().map(mask -> find(mask, clip)));
            case Edit.KeyFrames keys -> keys;
        };
    }

    private static Path find(Path named, Path clip) {
        if (Files.exists(named)) {
            return named;
        }
        Path inFolder = clip.resolveSibling(named);
        if (Files.exists(inFolder)) {
            return inFolder;
        }
        Path name = named.getFileName();
        if (name != null && Files.exists(clip.resolveSibling(name))) {
            return clip.resolveSibling(name);
        }
        throw new RequestException("--from: expected " + named + ", which " + clip
                + " was made from, found it neither there nor beside the clip");
    }
}
