package dev.zoetrope.server.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * Adds up what the tables of an MP4 or QuickTime file list (ISO/IEC 14496-12, section 8.6 and 8.7), before FFmpeg makes an index of it:
 * of 80 million frames, which a few hundred bytes can list, that has two gigabytes.
 */
final class SampleTables {
    /** What FFmpeg looks into on its way to them. */
    private static final Set<String> CONTAINERS =
            Set.of("moov", "trak", "mdia", "minf", "stbl", "moof", "traf", "mvex", "edts", "udta", "dinf", "wave");

    /** A table of this many takes 200 MB; an hour of sound has a fiftieth of them. */
    private static final long MOST = 8 << 20;

    private static final int HEAD_BYTES = 8;
    private static final int DEEPEST = 16;

    private final String field;
    private final ByteBuffer file;
    private long listed;

    private SampleTables(String field, ByteBuffer file) {
        this.field = field;
        this.file = file;
    }

    /**
     * Refuses a file whose tables list more than it can hold.
     *
     * @param field whose video it is
     */
    static void check(String field, Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            new SampleTables(field, bytes).boxes(0, bytes.capacity(), 0);
        }
    }

    /** Boxes that stand one after the other; what is malformed is left to FFmpeg. */
    private void boxes(int first, int end, int depth) {
        int start = first;
        while (end - start >= HEAD_BYTES) {
            long size = unsigned(start);
            int inside = start + HEAD_BYTES;
            if (size == 1 && end - inside >= Long.BYTES) {
                size = file.getLong(inside);
                inside += Long.BYTES;
            } else if (size == 0) {
                size = (long) end - start;
            }
            if (size < inside - start) {
                return;
            }
            int behind = (int) Math.min(end, start + size);
            box(type(start + Integer.BYTES), inside, behind, depth);
            if (size > end - start) {
                return;
            }
            start = behind;
        }
    }

    private void box(String type, int start, int end, int depth) {
        int length = end - start;
        switch (type) {
            case "cmov" -> throw ApiException.unfit(field, field + ": expected a video as it is, found a packed one");
            case "stsz" -> {
                if (length >= 12) {
                    list(unsigned(start + 8), Math.max(1, unsigned(start + 4)));
                }
            }
            case "stz2" -> {
                if (length >= 12) {
                    list(unsigned(start + 8), 1);
                }
            }
            case "trun" -> {
                if (length >= 8) {
                    list(unsigned(start + 4), 1);
                }
            }
            case "stts", "ctts" -> {
                long entries = length < 8 ? 0 : Math.min(unsigned(start + 4), (length - 8) / 8);
                for (int entry = 0; entry < entries; entry++) {
                    list(unsigned(start + 8 + 8 * entry), 1);
                }
            }
            default -> {
                if (CONTAINERS.contains(type) && depth < DEEPEST) {
                    boxes(start, end, depth + 1);
                }
            }
        }
    }

    /** Three tables of a track may list the same frames. */
    private void list(long count, long bytes) {
        listed += count;
        if (count > file.capacity() / bytes || listed > 3 * MOST) {
            throw ApiException.unfit(
                    field,
                    field + ": expected a video that holds every frame it lists, found one of " + file.capacity()
                            + " bytes that lists " + listed);
        }
    }

    private long unsigned(int at) {
        return Integer.toUnsignedLong(file.getInt(at));
    }

    private String type(int at) {
        byte[] name = new byte[Integer.BYTES];
        file.get(at, name);
        return new String(name, StandardCharsets.ISO_8859_1);
    }
}
