package dev.zoetrope.runtime.encode;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A file that is written under a temporary name beside its own, so that a reader never sees half of it: it gets its name
 * by one rename after its bytes have reached the disk. Closed before that, it is deleted.
 */
final class PendingFile implements AutoCloseable {
    private final Path target;
    private final Path temporary;
    private boolean settled;

    private PendingFile(Path target, Path temporary) {
        this.target = target;
        this.temporary = temporary;
    }

    /** Creates the temporary file, empty; the folder must exist and be writable. */
    static PendingFile create(Path target) throws IOException {
        if (Files.isDirectory(target)) {
            throw new FileSystemException(target.toString(), null, "a folder of that name");
        }
        Path absolute = target.toAbsolutePath();
        Path folder = absolute.getParent();
        Path name = absolute.getFileName();
        if (folder == null || name == null || !Files.isDirectory(folder)) {
            throw new NoSuchFileException(String.valueOf(folder));
        }
        String mark = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        // A hidden name that says whose it is; shortened, for a name may have 255 bytes at most.
        String stem = name.toString();
        Path temporary = folder.resolve("." + stem.substring(0, Math.min(40, stem.length())) + "." + mark + ".part");
        Files.createFile(temporary);
        return new PendingFile(absolute, temporary);
    }

    /** Where to write until {@link #settle()}. */
    Path temporary() {
        return temporary;
    }

    /** Forces the bytes to the disk and gives the file its name, over whatever had it. */
    void settle() throws IOException {
        try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        settled = true;
        forceFolder();
    }

    /** The rename itself lies in the folder; not every system lets a folder be opened, and the file is whole anyway. */
    private void forceFolder() {
        try (FileChannel channel = FileChannel.open(target.getParent(), StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            System.getLogger(PendingFile.class.getName())
                    .log(System.Logger.Level.DEBUG, "folder not forced to disk: " + target.getParent(), e);
        }
    }

    /** Deletes the temporary file unless it has been settled. */
    @Override
    public void close() {
        if (settled) {
            return;
        }
        settled = true;
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            System.getLogger(PendingFile.class.getName())
                    .log(System.Logger.Level.WARNING, "left behind: " + temporary, e);
        }
    }
}
