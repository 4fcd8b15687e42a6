package dev.zoetrope.runtime.encode;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/**
 * The comment of a GIF file, which FFmpeg's muxer does not write: a comment extension (GIF89a specification, section 24)
 * right before the trailer byte. Its data goes in blocks of at most 255 bytes.
 */
final class GifComment {
    private static final int EXTENSION = 0x21;
    private static final int COMMENT = 0xFE;
    private static final int TRAILER = 0x3B;
    private static final int BLOCK_BYTES = 255;

    private GifComment() {}

    /** Adds the tag {@code comment}, if there is one; a GIF has no place for the others. */
    static void append(Path file, Map<String, String> metadata) throws IOException {
        String comment = metadata.get("comment");
        if (comment == null || comment.isEmpty()) {
            return;
        }
        try (RandomAccessFile gif = new RandomAccessFile(file.toFile(), "rw")) {
            long end = gif.length() - 1;
            gif.seek(end);
            if (gif.read() != TRAILER) {
                throw new IOException("the GIF file does not end with its trailer byte");
            }
            gif.seek(end);
            gif.write(extension(comment.getBytes(StandardCharsets.UTF_8)));
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
        bytes.write(TRAILER);
        return bytes.toByteArray();
    }
}
