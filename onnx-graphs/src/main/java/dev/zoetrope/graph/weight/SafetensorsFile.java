package dev.zoetrope.graph.weight;

import com.google.errorprone.annotations.MustBeClosed;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One memory-mapped safetensors file: 8 bytes little-endian length, a JSON header of that length, then the tensors' bytes.
 *
 * <p>The file is treated as hostile: see {@link SafetensorsHeader} for what is refused. Layout:
 * huggingface/safetensors, README "Format".
 */
public final class SafetensorsFile implements WeightSource {
    static final int LENGTH_BYTES = 8;
    static final long MAX_HEADER_BYTES = 100_000_000; // the bound of the reference implementation

    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path file;
    private final Arena arena;
    private final MemorySegment contents;
    private final SortedMap<String, WeightTensor> tensors;
    private final Map<String, String> metadata;

    private SafetensorsFile(Path file, Arena arena, MemorySegment contents, SafetensorsHeader header) {
        this.file = file;
        this.arena = arena;
        this.contents = contents;
        this.tensors = Collections.unmodifiableSortedMap(new TreeMap<>(header.tensors()));
        this.metadata = header.metadata();
    }

    /** Maps and checks a file. */
    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // close() frees the arena
    public static SafetensorsFile open(Path file) {
        Arena arena = Arena.ofShared();
        try {
            MemorySegment contents = map(file, arena);
            SafetensorsHeader header = readHeader(file, contents);
            return new SafetensorsFile(file, arena, contents, header);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static MemorySegment map(Path file, Arena arena) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (IOException e) {
            throw WeightFiles.unreadable(file, "a readable file", e);
        }
    }

    private static SafetensorsHeader readHeader(Path file, MemorySegment contents) {
        long fileBytes = contents.byteSize();
        if (fileBytes < LENGTH_BYTES) {
            throw WeightException.of(file, "file size", "at least " + LENGTH_BYTES + " bytes", fileBytes);
        }
        long headerBytes = contents.get(LENGTH, 0);
        if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES) {
            throw WeightException.of(
                    file, "header length", "2 to " + MAX_HEADER_BYTES, Long.toUnsignedString(headerBytes));
        }
        if (LENGTH_BYTES + headerBytes > fileBytes) {
            throw WeightException.of(
                    file,
                    "header",
                    headerBytes + " bytes",
                    (fileBytes - LENGTH_BYTES) + " (truncated: copy the file again)");
        }
        byte[] header = contents.asSlice(LENGTH_BYTES, headerBytes).toArray(ValueLayout.JAVA_BYTE);
        return SafetensorsHeader.parse(file, header, fileBytes - LENGTH_BYTES - headerBytes);
    }

    @Override
    public Set<String> names() {
        return tensors.keySet();
    }

    @Override
    public WeightTensor tensor(String name) {
        WeightTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw WeightException.of(file, "weight " + name, "to be there", "no tensor of this name");
        }
        return tensor;
    }

    @Override
    public MemorySegment bytes(WeightTensor tensor) {
        if (!tensor.file().equals(file)) {
            throw WeightException.of(file, "weight " + tensor.name(), "a tensor of this file", tensor.file());
        }
        return contents.asSlice(tensor.offset(), tensor.byteSize());
    }

    /** The file's free-form notes ({@code __metadata__}). */
    public Map<String, String> metadata() {
        return metadata;
    }

    @Override
    public void close() {
        arena.close();
    }
}
