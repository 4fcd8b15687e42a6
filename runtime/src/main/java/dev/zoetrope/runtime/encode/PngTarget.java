package dev.zoetrope.runtime.encode;

import dev.zoetrope.runtime.error.RequestException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the files of a PNG sequence go.
 *
 * @param folder holds them
 * @param prefix what their names begin with
 * @param digits least number of digits of the frame's number, 0 for a still picture without a number
 * @param suffix what their names end with
 */
record PngTarget(Path folder, String prefix, int digits, String suffix) {
    private static final Pattern NUMBER = Pattern.compile("%(?:0?(\\d))?d");
    private static final int FOLDER_DIGITS = 5;

    /** Reads a folder, a name with {@code %d} or {@code %05d}, or a plain name for one picture. */
    static PngTarget of(Path target) {
        if (Files.isDirectory(target)) {
            return new PngTarget(target, "", FOLDER_DIGITS, OutputFormat.PNG_SEQUENCE.extension());
        }
        Path absolute = target.toAbsolutePath();
        Path folder = absolute.getParent();
        Path last = absolute.getFileName();
        if (folder == null || last == null) {
            throw new RequestException("output " + target + ": expected the name of a file, found a root folder");
        }
        String name = last.toString();
        Matcher number = NUMBER.matcher(name);
        if (!number.find()) {
            return new PngTarget(folder, name, 0, "");
        }
        int digits = number.group(1) == null ? 1 : Integer.parseInt(number.group(1));
        return new PngTarget(folder, name.substring(0, number.start()), digits, name.substring(number.end()));
    }

    /** Whether each frame gets a name of its own. */
    boolean isSequence() {
        return digits > 0;
    }

    /** The file of one frame; frames count from 0. */
    Path file(long index) {
        return folder.resolve(fileName(index));
    }

    String fileName(long index) {
        return isSequence() ? prefix + ("%0" + digits + "d").formatted(index) + suffix : prefix;
    }

    static RequestException stillForClip(Path target) {
        String name = String.valueOf(target.getFileName());
        int dot = name.lastIndexOf('.');
        String sequence = (dot < 0 ? name : name.substring(0, dot)) + "-%05d.png";
        return new RequestException(
                "output " + target + ": expected a numbered name or an existing folder for a clip of"
                        + " several frames, found the name of one picture (a name that works: " + sequence + ")");
    }
}
