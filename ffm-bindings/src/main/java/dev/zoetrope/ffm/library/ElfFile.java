package dev.zoetrope.ffm.library;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * As much of an ELF shared library as tells which others it needs: program headers, then the dynamic section.
 *
 * <p>Layout: System V ABI, chapters 4 and 5, 64-bit little-endian form.
 */
final class ElfFile {
    private static final int MAGIC = 0x464C457F;
    private static final byte CLASS_64 = 2;
    private static final byte LITTLE_ENDIAN = 1;
    private static final int SEGMENT_LOAD = 1;
    private static final int SEGMENT_DYNAMIC = 2;
    private static final long TAG_END = 0;
    private static final long TAG_NEEDED = 1;
    private static final long TAG_STRINGS = 5;

    private record Segment(int type, long offset, long address, long fileSize) {}

    private ElfFile() {}

    /**
     * File names of the libraries that this one asks the loader for, in its order.
     *
     * @throws IOException if the file cannot be read, or is not such a library
     */
    static List<String> needed(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer header = read(channel, 0, 64);
            if (header.getInt(0) != MAGIC || header.get(4) != CLASS_64 || header.get(5) != LITTLE_ENDIAN) {
                throw new IOException("not a 64-bit ELF file");
            }
            List<Segment> segments = segments(channel, header);
            List<Long> offsets = new ArrayList<>();
            long strings = -1;
            for (Segment segment : segments) {
                if (segment.type() == SEGMENT_DYNAMIC) {
                    ByteBuffer dynamic = read(channel, segment.offset(), segment.fileSize());
                    long tag = dynamic.remaining() < 16 ? TAG_END : dynamic.getLong();
                    while (tag != TAG_END) {
                        long value = dynamic.getLong();
                        if (tag == TAG_NEEDED) {
                            offsets.add(value);
                        } else if (tag == TAG_STRINGS) {
                            strings = fileOffset(segments, value);
                        }
                        tag = dynamic.remaining() < 16 ? TAG_END : dynamic.getLong();
                    }
                }
            }
            List<String> names = new ArrayList<>();
            for (long offset : offsets) {
                names.add(text(channel, strings + offset));
            }
            return List.copyOf(names);
        }
    }

    private static List<Segment> segments(FileChannel channel, ByteBuffer header) throws IOException {
        long start = header.getLong(32);
        int size = Short.toUnsignedInt(header.getShort(54));
        int count = Short.toUnsignedInt(header.getShort(56));
        ByteBuffer table = read(channel, start, (long) size * count);
        List<Segment> segments = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int at = i * size;
            segments.add(new Segment(
                    table.getInt(at), table.getLong(at + 8), table.getLong(at + 16), table.getLong(at + 32)));
        }
        return segments;
    }

    private static long fileOffset(List<Segment> segments, long address) throws IOException {
        for (Segment segment : segments) {
            long offset = address - segment.address();
            if (segment.type() == SEGMENT_LOAD && offset >= 0 && offset < segment.fileSize()) {
                return segment.offset() + offset;
            }
        }
        throw new IOException("no segment holds the table of names");
    }

    private static String text(FileChannel channel, long offset) throws IOException {
        int longest = 256;
        ByteBuffer bytes = read(channel, offset, Math.min(longest, channel.size() - offset));
        int end = 0;
        while (end < bytes.limit() && bytes.get(end) != 0) {
            end++;
        }
        return StandardCharsets.UTF_8.decode(bytes.slice(0, end)).toString();
    }

    private static ByteBuffer read(FileChannel channel, long offset, long length) throws IOException {
        if (offset < 0 || length < 0 || length > (1 << 20) || offset + length > channel.size()) {
            throw new IOException("a table lies outside the file");
        }
        ByteBuffer buffer = ByteBuffer.allocate((int) length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining() && channel.read(buffer, offset + buffer.position()) >= 0) {
            // A read may stop short.
        }
        return buffer.flip();
    }
}
