package dev.zoetrope.cli;

import dev.zoetrope.runtime.error.OutputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds out before the work whether its result can be written: a render takes minutes, the question milliseconds. */
final class OutputCheck {
    /** What common file systems take. */
    private static final int MAX_NAME_BYTES = 255;

    private static final Pattern FRAME_NUMBER = Pattern.compile("%(?:0?(\\d))?d");

    private OutputCheck() {}

    /**
     * Refuses a name that cannot be written, or would replace something.
     *
     * @param folderAllowed whether {@code output} may be a folder that takes numbered pictures
     * @param force whether a file of that name may be replaced
     */
    static void check(Path output, boolean folderAllowed, boolean force) {
        boolean folder = Files.isDirectory(output);
        if (folder && !folderAllowed) {
            throw new OutputException(
                    "output: expected a file name, found the folder " + output + " (name a file in it: "
                            + output.resolve("clip.mp4") + "; or --format png for numbered pictures)");
        }
        String name = String.valueOf(output.getFileName());
        if (name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
            throw new OutputException("output: expected a file name of at most " + MAX_NAME_BYTES + " bytes, found "
                    + name.getBytes(StandardCharsets.UTF_8).length);
        }
        Path first = folder ? output.resolve("00000.png") : firstFile(output);
        if (!force && Files.exists(first, LinkOption.NOFOLLOW_LINKS)) {
            throw new OutputException("output: expected no file of that name, found " + first
                    + " (-f replaces it; without -o a new name is made)");
        }
        checkFolder(folder ? output : folderOf(output));
    }

    /** The folder that holds a file; a root folder is its own. */
    static Path folderOf(Path file) {
        Path absolute = file.toAbsolutePath();
        Path folder = absolute.getParent();
        return folder == null ? absolute : folder;
    }

    /** The file that would be written first: numbered pictures begin with 0. */
    static Path firstFile(Path output) {
        Matcher number = FRAME_NUMBER.matcher(String.valueOf(output.getFileName()));
        if (!number.find()) {
            return output;
        }
        int digits = number.group(1) == null ? 1 : Integer.parseInt(number.group(1));
        return output.resolveSibling(number.replaceFirst("0".repeat(Math.max(1, digits))));
    }

    /** Tries it: permissions, read-only file systems and quotas are only sure once a file was made. */
    static void checkFolder(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new OutputException(
                    "output: expected a folder that exists, found none at " + folder + " (mkdir -p " + folder + ")");
        }
        try {
            Files.delete(Files.createTempFile(folder, ".zoetrope-", ".part"));
        } catch (IOException e) {
            throw new OutputException(
                    "output: expected a folder that can be written to, found " + folder + " ("
                            + e.getClass().getSimpleName() + ": " + e.getMessage() + ")",
                    e);
        }
    }
}
