package dev.zoetrope.cli;

import dev.zoetrope.runtime.ClipRecord;
import dev.zoetrope.runtime.encode.ClipInfo;
import dev.zoetrope.runtime.encode.MeasuredFiles;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RequestException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Looks at the files a command was given before any model is opened: whether they are there, and what they are.
 *
 * @param measured what was found, for the engine that is opened afterwards
 */
record InputFiles(MeasuredFiles measured) {
    /** Of a folder with more files than this only these are compared with a name that does not exist. */
    private static final int MOST_NAMES = 1000;

    /**
     * Refuses what is not a picture.
     *
     * @param what begins the refusal: the name of the argument
     */
    Path picture(String what, Path file) {
        ClipInfo info = read(what, "a picture", file);
        if (info.frames() != 1) {
            throw new RequestException(what + ": expected a picture, found a clip of " + info.frames() + " frames in "
                    + file + " (zoetrope extend goes on from a clip, restyle makes it over)");
        }
        return file;
    }

    /** Refuses what is not a clip of at least two frames. */
    Path clip(String what, Path file) {
        if (read(what, "a clip", file).frames() == 1) {
            throw new RequestException(what + ": expected a clip, found a picture in " + file
                    + " (zoetrope animate goes on from a picture; its --last is a picture to end on)");
        }
        return file;
    }

    /** Refuses what is neither. */
    Path media(String what, Path file) {
        read(what, "a clip or picture", file);
        return file;
    }

    /** Whether a clip or picture is the latter. */
    boolean isPicture(Path file) {
        return measured.measure(file).info().frames() == 1;
    }

    /** What a picture or clip is. */
    ClipInfo read(String what, String expected, Path file) {
        if (!Files.exists(file)) {
            throw new RequestException(
                    what + ": expected " + expected + ", found no file named " + file + nearest(file));
        }
        if (Files.isDirectory(file)) {
            throw new RequestException(
                    what + ": expected " + expected + ", found the folder " + file + " (name a file in it)");
        }
        try {
            return measured.measure(file).info();
        } catch (OutputException e) { // a reader's words for a file that is at fault: here it is the argument
            throw new RequestException(what + ": " + e.getMessage(), e);
        }
    }

    /** Files of nearly that name, for who mistyped it. */
    private static String nearest(Path file) {
        try (Stream<Path> others = Files.list(OutputCheck.folderOf(file))) {
            List<String> names = others.filter(Files::isRegularFile)
                    .limit(MOST_NAMES)
                    .map(other -> String.valueOf(other.getFileName()))
                    .toList();
            return NearestName.of(String.valueOf(file.getFileName()), names)
                    .map(name -> "; did you mean " + file.resolveSibling(name) + "?")
                    .orElse("");
        } catch (IOException | UncheckedIOException _) {
            return ""; // no such folder, or none that may be listed
        }
    }

    /** What made a picture or clip, if it says so. */
    Optional<ClipRecord> madeBy(Path file) {
        return ClipRecord.of(measured.measure(file).info());
    }

    /** A file's name without its extension. */
    static String stem(Path file) {
        String name = String.valueOf(file.getFileName());
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }
}
