package dev.zoetrope.runtime.pipeline;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Replaces a file in one step: a crash at any moment leaves the old one or the new one, never half of one. */
public final class AtomicFile {
    private AtomicFile() {}

    /** Writes the bytes of a file. */
    @FunctionalInterface
    public interface Content {
        void write(OutputStream output) throws IOException;
    }

    /** Writes beside the name, forces the bytes to disk, renames. */
    public static void write(Path target, Content content) throws IOException {
        Path file = target.toAbsolutePath();
        Path fresh = part(file);
        try {
            try (FileChannel channel = FileChannel.open(
                            fresh,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.TRUNCATE_EXISTING);
                    OutputStream output = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16)) {
                content.write(output);
                output.flush();
                channel.force(true);
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            deleteQuietly(fresh);
            throw e;
        }
    }

    /** Removes the file and what an interrupted write may have left. */
    static void delete(Path target) {
        deleteQuietly(target);
        deleteQuietly(part(target.toAbsolutePath()));
    }

    /** What went wrong, in words. */
    static String reason(IOException failure) {
        return switch (failure) {
            case NoSuchFileException e -> "no such folder";
            case AccessDeniedException e -> "permission denied";
            default -> {
                String message = failure.getMessage();
                yield message == null ? failure.getClass().getSimpleName() : message;
            }
        };
    }

    private static Path part(Path file) {
        return file.resolveSibling(file.getFileName() + ".part");
    }

    private static void deleteQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            System.getLogger(AtomicFile.class.getName())
                    .log(System.Logger.Level.WARNING, "cannot delete " + file + ": " + reason(e));
        }
    }
}
