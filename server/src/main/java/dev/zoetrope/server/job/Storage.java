package dev.zoetrope.server.job;

import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.server.config.RetentionSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.stream.Stream;

/** How much of the disk the data folder has, and whether there is room for more. Thread-safe. */
final class Storage {
    private final Path dataFolder;
    private final RetentionSettings settings;
    private volatile long usedBytes;

    Storage(Path dataFolder, RetentionSettings settings) {
        this.dataFolder = dataFolder;
        this.settings = settings;
    }

    /** Why nothing more can be taken in; empty where it can. */
    Optional<String> full() {
        long free;
        try {
            free = Files.getFileStore(dataFolder).getUsableSpace();
        } catch (IOException e) {
            return Optional.of("data folder: expected one that can be written to, found: " + e.getMessage());
        }
        if (free < settings.reserveBytes()) {
            return Optional.of("disk: expected at least " + (settings.reserveBytes() >> 20) + " MiB free, found "
                    + (free >> 20) + " MiB");
        }
        if (isOverBudget()) {
            return Optional.of("disk budget: expected fewer than " + (settings.budgetBytes() >> 20)
                    + " MiB in use, found " + (usedBytes >> 20) + " MiB (delete videos)");
        }
        return Optional.empty();
    }

    /**
     * Looks whether a video that is being made may go on: half of the reserve stays free, for the database has to go on
     * writing on a disk that its results have filled.
     *
     * @throws OutputException when it may not
     */
    void requireReserve() {
        try {
            long free = Files.getFileStore(dataFolder).getUsableSpace();
            if (free < settings.reserveBytes() / 2) {
                throw new OutputException("disk: expected space for the video, found " + (free >> 10) + " KiB left");
            }
        } catch (IOException e) {
            throw new OutputException("disk: expected to see its free space, found: " + e.getMessage(), e);
        }
    }

    /** Whether the folder is larger than it may be, as it was last looked at. */
    boolean isOverBudget() {
        return settings.budgetBytes() > 0 && usedBytes >= settings.budgetBytes();
    }

    /** Looks again how large the folder is. */
    void measure() {
        if (settings.budgetBytes() > 0) {
            usedBytes = size(dataFolder);
        }
    }

    private static long size(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.mapToLong(Storage::bytes).sum();
        } catch (NoSuchFileException _) {
            return 0; // removed meanwhile
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof NoSuchFileException) {
                return size(folder); // the folder of a video was removed while it was walked through
            }
            throw e;
        } catch (IOException e) {
            throw new OutputException("data folder: expected to list " + folder + ", found: " + e.getMessage(), e);
        }
    }

    private static long bytes(Path file) {
        try {
            BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
            return found.isRegularFile() ? found.size() : 0;
        } catch (IOException _) {
            return 0; // removed meanwhile
        }
    }
}
