package dev.zoetrope.ffm.library;

import java.nio.file.Path;

/**
 * A library file and who chose it.
 *
 * @param path the file
 * @param source the setting or jar it comes from, in words
 * @param sha256 its hash if known already, else empty
 */
public record LibraryLocation(Path path, String source, String sha256) {

    /** Source and path, for messages. */
    public String describe() {
        return source + " (" + path + ")";
    }
}
