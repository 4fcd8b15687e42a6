package dev.zoetrope.server.job;

import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.RenderRequest;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * How requests name their files. In the database and in a finished clip they are names in the video's folder: the data
 * folder may move, and nobody who gets a clip need know where it was made. The engine gets whole paths.
 */
final class RequestFiles {
    private RequestFiles() {}

    static RenderRequest absolute(RenderRequest request, Path folder) {
        return renamed(request, folder::resolve);
    }

    static RenderRequest relative(RenderRequest request) {
        return renamed(request, Path::getFileName);
    }

    private static RenderRequest renamed(RenderRequest request, UnaryOperator<Path> name) {
        return request.edit().map(edit -> request.withEdit(renamed(edit, name))).orElse(request);
    }

    private static Edit renamed(Edit edit, UnaryOperator<Path> name) {
        return switch (edit) {
            case Edit.Compose compose ->
                new Edit.Compose(
                        compose.placed().stream()
                                .map(placed -> new Edit.Placed(
                                        name.apply(placed.file()), placed.atSeconds(), placed.strength()))
                                .toList(),
                        compose.shots(),
                        compose.loop());
            case Edit.Restyle restyle ->
                new Edit.Restyle(name.apply(restyle.source()), restyle.strength(), renamed(restyle.mask(), name));
            case Edit.Extend extend -> new Edit.Extend(name.apply(extend.clip()), extend.seconds(), extend.backward());
            case Edit.Loop loop -> new Edit.Loop(name.apply(loop.clip()), loop.seconds());
            case Edit.Connect connect ->
                new Edit.Connect(
                        name.apply(connect.first()), name.apply(connect.second()), connect.seconds(), connect.way());
            case Edit.Interpolate interpolate -> new Edit.Interpolate(name.apply(interpolate.clip()));
            case Edit.KeyFrames keyFrames -> keyFrames;
        };
    }

    private static Optional<Path> renamed(Optional<Path> file, UnaryOperator<Path> name) {
        return file.map(name);
    }
}
