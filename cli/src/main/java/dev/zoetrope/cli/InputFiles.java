package dev.zoetrope.cli;

import dev.zoetrope.runtime.ClipRecord;
import dev.zoetrope.runtime.encode.ClipInfo;
import dev.zoetrope.runtime.encode.MeasuredFiles;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RequestException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Looks at the files a command was given before any model is opened: whether they are there, and what they are.
 *
 * @param measured what was found, for the engine that is opened afterwards
 */
record InputFiles(MeasuredFiles measured) {
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

    /** What a picture or clip is. */
    ClipInfo read(String what, String expected, Path file) {
        if (!Files.exists(file)) {
            throw new RequestException(what + ": expected " + expected + ", found no file named " + file);
        }
        try {
            return measured.measure(file).info();
        } catch (OutputException e) { // a reader's words for a file that is at fault: here it is the argument
            throw new RequestException(what + ": " + e.getMessage(), e);
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
