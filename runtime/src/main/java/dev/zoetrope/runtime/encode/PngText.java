package dev.zoetrope.runtime.encode;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * The text chunks of a PNG file (PNG specification, section 11.3.3): {@code tEXt} where Latin-1 is enough, {@code iTXt}
 * (UTF-8) where it is not. FFmpeg writes neither and reads only the first kind.
 */
final class PngText {
    /** Signature and header chunk; text chunks may follow them. */
    static final int HEADER_BYTES = 8 + 25;

    private static final int SIGNATURE_BYTES = 8;
    private static final int CHECKSUM_BYTES = 4;
    private static final String LATIN_CHUNK = "tEXt";
    private static final String UNICODE_CHUNK = "iTXt";
    private static final int MAX_TEXT_BYTES = 1 << 24;

    private PngText() {}

    /** The tags as chunks. */
    static byte[] chunks(Map<String, String> metadata) {
        ByteArrayOutputStream chunks = new ByteArrayOutputStream();
        metadata.forEach((key, value) -> {
            if (StandardCharsets.ISO_8859_1.newEncoder().canEncode(value)) {
                chunk(chunks, LATIN_CHUNK, (key + "\0" + value).getBytes(StandardCharsets.ISO_8859_1));
            } else {
                // keyword, 0, not compressed, method 0, no language, no translated keyword, text
                chunk(chunks, UNICODE_CHUNK, (key + "\0\0\0\0\0" + value).getBytes(StandardCharsets.UTF_8));
            }
        });
        return chunks.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream to, String type, byte[] data) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 checksum = new CRC32();
        checksum.update(name);
        checksum.update(data);
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + name.length + data.length + CHECKSUM_BYTES);
        bytes.putInt(data.length).put(name).put(data).putInt((int) checksum.getValue());
        to.writeBytes(bytes.array());
    }

    /** The tags in front of the picture data; what is compressed is left out. */
    static Map<String, String> read(Path file) throws IOException {
        Map<String, String> metadata = new LinkedHashMap<>();
        try (DataInputStream png = new DataInputStream(Files.newInputStream(file))) {
            png.skipNBytes(SIGNATURE_BYTES);
            while (true) {
                int length = png.readInt();
                String type = new String(png.readNBytes(Integer.BYTES), StandardCharsets.US_ASCII);
                if (type.equals("IDAT") || type.equals("IEND") || length < 0 || length > MAX_TEXT_BYTES) {
                    return metadata;
                }
                byte[] data = png.readNBytes(length);
                png.skipNBytes(CHECKSUM_BYTES);
                if (type.equals(LATIN_CHUNK)) {
                    String text = new String(data, StandardCharsets.ISO_8859_1);
                    int end = text.indexOf('\0');
                    metadata.put(text.substring(0, Math.max(0, end)), text.substring(end + 1));
                } else if (type.equals(UNICODE_CHUNK)) {
                    readUnicode(new String(data, StandardCharsets.UTF_8), metadata);
                }
            }
        }
    }

    private static void readUnicode(String text, Map<String, String> metadata) {
        int keyEnd = text.indexOf('\0');
        int languageEnd = text.indexOf('\0', keyEnd + 3);
        int translationEnd = text.indexOf('\0', languageEnd + 1);
        boolean whole = keyEnd > 0 && languageEnd > 0 && translationEnd > 0;
        if (whole && text.charAt(keyEnd + 1) == 0) {
            metadata.put(text.substring(0, keyEnd), text.substring(translationEnd + 1));
        }
    }
}
