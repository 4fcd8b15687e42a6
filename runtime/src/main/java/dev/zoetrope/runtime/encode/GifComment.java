package dev.zoetrope.runtime.encode;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/**
 * The comment of a GIF file, which FFmpeg's muxer does not write: a comment extension (GIF89a specification, section 24)
 * before the first picture, where readers look for it. Its data goes in blocks of at most 255 bytes.
 */
final class GifComment {
    private static final int EXTENSION = 0x21;
    private static final int COMMENT = 0xFE;
    private static final int BLOCK_BYTES = 255;
    private static final int SCREEN_BYTES = 13;
    private static final int FLAGS_OFFSET = 10;
    private static final int COLOUR_BYTES = 3;
    private static final int MOVE_BYTES = 1 << 20;

    private GifComment() {}

    /** Adds the tag {@code comment}, if there is one; a GIF has no place for the others. */
    static void insert(Path file, Map<String, String> metadata) throws IOException {
        String comment = metadata.get("comment");
        if (comment == null || comment.isEmpty()) {
            return;
        }
        byte[] extension = extension(comment.getBytes(StandardCharsets.UTF_8));
        try (RandomAccessFile gif = new RandomAccessFile(file.toFile(), "rw")) {
            long start = firstBlock(gif);
            moveUp(gif, start, extension.length);
            gif.seek(start);
            gif.write(extension);
        }
    }

    /** Behind the screen descriptor and the colours that follow it, if its flags say that some do. */
    private static long firstBlock(RandomAccessFile gif) throws IOException {
        gif.seek(FLAGS_OFFSET);
        int flags = gif.read();
        boolean hasColours = (flags & 0x80) != 0;
        return SCREEN_BYTES + (hasColours ? COLOUR_BYTES * (2L << (flags & 7)) : 0);
    }

    /** Moves what follows {@code start} towards the end, from its end on, so that nothing is overwritten unread. */
    private static void moveUp(RandomAccessFile gif, long start, int bytes) throws IOException {
        byte[] block = new byte[MOVE_BYTES];
        long end = gif.length();
        while (end > start) {
            int length = (int) Math.min(block.length, end - start);
            end -= length;
            gif.seek(end);
            gif.readFully(block, 0, length);
            gif.seek(end + bytes);
            gif.write(block, 0, length);
        }
    }

    private static byte[] extension(byte[] text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length + text.length / BLOCK_BYTES + 8);
        bytes.write(EXTENSION);
        bytes.write(COMMENT);
        for (int start = 0; start < text.length; start += BLOCK_BYTES) {
            int length = Math.min(BLOCK_BYTES, text.length - start);
            bytes.write(length);
            bytes.write(text, start, length);
        }
        bytes.write(0);
        return bytes.toByteArray();
    }
}
