package dev.zoetrope.runtime;

import dev.zoetrope.runtime.encode.MeasuredFiles;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RequestException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The files that a request names, all looked at before anything is done with one of them. Holds none of them open. */
final class RequestInputs {
    private final Map<Path, InputFile> files = new LinkedHashMap<>();

    /**
     * Looks at every file of an edit.
     *
     * @param fingerprint of the model; asked for only where a clip comes with latents
     * @throws RequestException naming the first file that is no picture or clip
     */
    RequestInputs(List<Path> named, MeasuredFiles measured, Supplier<String> fingerprint) {
        for (Path file : named) {
            if (!files.containsKey(file)) {
                try {
                    files.put(file, new InputFile(measured.measure(file), fingerprint));
                } catch (OutputException e) {
                    throw RequestException.ofInput(e);
                }
            }
        }
    }

    /** The one that says size and frame rate where the request does not; empty where there is none. */
    Optional<InputFile> first() {
        return files.values().stream().findFirst();
    }

    /** A picture or clip. */
    InputFile of(Path file) {
        return Optional.ofNullable(files.get(file))
                .orElseThrow(
                        () -> new IllegalStateException("input " + file + ": expected it among " + files.keySet()));
    }

    /** Refuses what has one frame only. */
    InputFile clip(Path file) {
        InputFile found = of(file);
        if (found.isPicture()) {
            throw new RequestException("clip " + file + ": expected at least two frames, found a picture"
                    + " (a picture is animated, or placed at a time)");
        }
        return found;
    }

    /** Refuses what has more than one frame. */
    InputFile picture(Path file) {
        InputFile found = of(file);
        if (!found.isPicture()) {
            throw new RequestException("picture " + file + ": expected one frame, found a clip of "
                    + found.info().frames());
        }
        return found;
    }
}
