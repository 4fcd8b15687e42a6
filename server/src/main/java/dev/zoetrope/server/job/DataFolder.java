package dev.zoetrope.server.job;

import dev.zoetrope.runtime.error.OutputException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps a folder and its database together. Folders without a row are removed, and rows without a folder: with the files of
 * another database that would be all of them.
 */
final class DataFolder {
    private static final String OWN = "h2";

    private DataFolder() {}

    /**
     * Takes a folder for a database, for ever.
     *
     * @throws OutputException when it is another one's
     */
    static void claim(Path folder, Database database) {
        String mark = database.isShared() ? "postgresql " + database.name() : OWN;
        Path file = folder.resolve("database");
        try {
            if (database.isShared() && Files.exists(folder.resolve("zoetrope.mv.db"))) {
                throw otherwise(folder, OWN, mark);
            }
            try {
                Files.writeString(file, mark + "\n", StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            } catch (FileAlreadyExistsException _) {
                String found = Files.readString(file).strip();
                if (!found.equals(mark)) {
                    throw otherwise(folder, found, mark);
                }
            }
        } catch (IOException e) {
            throw new OutputException("data folder: expected to write " + file + ", found: " + e.getMessage(), e);
        }
    }

    private static OutputException otherwise(Path folder, String found, String mark) {
        return new OutputException("data folder: expected the files of this database (" + mark + "), found those of "
                + found + " in " + folder + " (name another folder with --data, or the database it belongs to with"
                + " --database)");
    }
}
