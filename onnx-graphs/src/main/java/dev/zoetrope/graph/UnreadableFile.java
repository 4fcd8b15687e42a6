package dev.zoetrope.graph;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Says why a file of a model cannot be read, for the end of an error's line: folders come as trees of links, and break there. */
public final class UnreadableFile {
    private UnreadableFile() {}

    /** What there is instead of a readable file or folder. */
    public static String found(Path file, IOException cause) {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return "none (copy it again)";
        }
        try {
            var _ = file.toRealPath();
            return String.valueOf(cause).lines().findFirst().orElse("");
        } catch (NoSuchFileException e) {
            return "a symbolic link to nothing (copy what it stands for, too)";
        } catch (IOException e) {
            return "symbolic links that lead in a circle";
        }
    }
}
