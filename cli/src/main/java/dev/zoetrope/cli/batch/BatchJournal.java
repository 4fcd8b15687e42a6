package dev.zoetrope.cli.batch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.error.OutputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What came of each row: {@code results.jsonl} in the output folder, one JSON object a line, only ever appended to. Each
 * line is on the disk before the batch goes on, so a killed batch loses at most the row it was at. A line cut off by a
 * kill is passed over. The file is locked while a batch writes it.
 *
 * <p>A row has a {@code started} line before its clip exists and a {@code done} or {@code failed} line after. The first
 * tells a clip that a killed batch left without a result, which may be replaced, from a stranger's file of that name.
 */
public final class BatchJournal implements AutoCloseable {
    static final String FILE_NAME = "results.jsonl";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path file;
    private final Optional<FileChannel> channel;
    private final Map<String, String> doneOutputs = new HashMap<>();
    private final Set<String> ownOutputs = new HashSet<>();
    private boolean cutOff;

    private BatchJournal(Path file, Optional<FileChannel> channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Opens the journal of a folder, which is made if it is missing. */
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // The journal that is returned closes the channel.
    public static BatchJournal open(Path folder) {
        Path file = folder.resolve(FILE_NAME);
        try {
            Files.createDirectories(folder);
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            try {
                lock(channel, file);
                BatchJournal journal = new BatchJournal(file, Optional.of(channel));
                journal.readBack();
                channel.position(channel.size());
                if (journal.cutOff) {
                    write(channel, "\n");
                }
                return journal;
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new OutputException(
                    "output folder: expected one that can be written to, found " + folder + " (" + e + ")", e);
        }
    }

    /** What batches in a folder have done so far, which need not exist. What is told to this journal is not written. */
    @MustBeClosed
    public static BatchJournal look(Path folder) {
        Path file = folder.resolve(FILE_NAME);
        BatchJournal journal = new BatchJournal(file, Optional.empty());
        try {
            if (Files.exists(file)) {
                journal.readBack();
            }
            return journal;
        } catch (IOException e) {
            throw new OutputException(
                    "batch journal: expected one that can be read, found " + file + " (" + e + ")", e);
        }
    }

    /** The clip of a row that is done, as it was named; empty if the row is not done. */
    Optional<String> doneOutput(String key) {
        return Optional.ofNullable(doneOutputs.get(key));
    }

    /** Whether a batch in this folder made, or began to make, a file of that name. */
    boolean isOwn(String output) {
        return ownOutputs.contains(output);
    }

    void started(BatchRow row, String key, String output) {
        append(line(row, key, "started").put("output", output));
        begun(output);
    }

    void done(BatchRow row, String key, String output, ObjectNode report) {
        append(line(row, key, "done").put("output", output).set("clip", report));
        doneOutputs.put(key, output);
    }

    void failed(BatchRow row, String key, String error) {
        append(line(row, key, "failed").put("error", error));
    }

    @Override
    public void close() {
        try {
            if (channel.isPresent()) {
                channel.get().close(); // and with it the lock
            }
        } catch (IOException e) {
            throw new OutputException("batch journal " + file + ": cannot be closed: " + e.getMessage(), e);
        }
    }

    @Override
    public String toString() {
        return "journal " + file;
    }

    private static void lock(FileChannel channel, Path file) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return;
            }
        } catch (OverlappingFileLockException e) {
            throw inUse(file, e);
        }
        throw inUse(file, null);
    }

    private static OutputException inUse(Path file, @Nullable Throwable cause) {
        String message = "batch journal: expected " + file
                + " to be free, found another batch writing it (wait for it, or choose another folder with -o)";
        return cause == null ? new OutputException(message) : new OutputException(message, cause);
    }

    private void readBack() throws IOException {
        // Decoded leniently: a kill may have cut a line inside a letter.
        String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        text.lines().forEach(this::readBack);
        cutOff = !text.isEmpty() && !text.endsWith("\n");
    }

    private void readBack(String line) {
        JsonNode entry;
        try {
            entry = JSON.readTree(line);
        } catch (JsonProcessingException e) {
            return; // cut off by a kill: its row is done again
        }
        String output = entry.path("output").asText("");
        if (!output.isEmpty()) {
            begun(output);
        }
        if (entry.path("status").asText("").equals("done")) {
            doneOutputs.put(entry.path("key").asText(""), output);
        }
    }

    /** Whatever was there under that name is not any more. */
    private void begun(String output) {
        ownOutputs.add(output);
        doneOutputs.values().remove(output);
    }

    private static ObjectNode line(BatchRow row, String key, String status) {
        return JSON.createObjectNode().put("row", row.number()).put("key", key).put("status", status);
    }

    private void append(JsonNode entry) {
        if (channel.isEmpty()) {
            return;
        }
        try {
            write(channel.get(), JSON.writeValueAsString(entry) + "\n");
            channel.get().force(true);
        } catch (IOException e) {
            throw new OutputException("batch journal " + file + ": cannot be written: " + e.getMessage(), e);
        }
    }

    private static void write(FileChannel channel, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
