package dev.zoetrope.server.job;

import dev.zoetrope.runtime.error.OutputException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps a data folder to one server. The database's own lock would let a second one of the same process in. The system
 * frees it with the process, however that ends.
 */
final class FolderLock implements AutoCloseable {
    private final FileChannel channel;

    private FolderLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes a folder.
     *
     * @throws OutputException when another server has it
     */
    static FolderLock take(Path dataFolder) {
        try {
            FileChannel channel =
                    FileChannel.open(dataFolder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (isTaken(channel)) {
                channel.close();
                throw new OutputException("data folder: expected one that no other server uses, found " + dataFolder
                        + " in use (stop the other one, or name another folder with --data)");
            }
            return new FolderLock(channel);
        } catch (IOException e) {
            throw new OutputException(
                    "data folder: expected one that can be written to, found " + dataFolder + " ("
                            + e.getClass().getSimpleName() + ": " + e.getMessage() + ")",
                    e);
        }
    }

    private static boolean isTaken(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock == null;
        } catch (OverlappingFileLockException _) {
            return true;
        }
    }

    @Override
    public void close() {
        try {
            channel.close(); // and with it the lock
        } catch (IOException e) {
            System.getLogger(FolderLock.class.getName())
                    .log(System.Logger.Level.WARNING, "data folder: lock not given back", e);
        }
    }
}
