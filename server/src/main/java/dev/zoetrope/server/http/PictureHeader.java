package dev.zoetrope.server.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Says what an uploaded picture is by its first bytes, before a decoder sees it: a few kilobytes can promise more pixels
 * than the machine has memory for, and names and types that a client sends mean nothing.
 */
final class PictureHeader {
    private static final String PNG = "\u0089PNG\r\n\u001a\n";
    private static final int HEAD_BYTES = 32;
    private static final int JPEG_START = 0xFFD8;

    private PictureHeader() {}

    /**
     * Refuses what is no picture of the kinds the protocol has, and what is too large.
     *
     * @param field whose picture it is
     * @param mostPixels most columns times rows
     */
    static void check(String field, Path file, long mostPixels) throws IOException {
        long pixels;
        try (RandomAccessFile input = new RandomAccessFile(file.toFile(), "r")) {
            pixels = pixels(input);
        } catch (EOFException _) {
            pixels = 0;
        }
        if (pixels <= 0) {
            throw ApiException.unfit(
                    field, field + ": expected a PNG, JPEG or WebP picture, found another kind of file");
        }
        if (pixels > mostPixels) {
            throw ApiException.unfit(field, field + ": expected at most " + mostPixels + " pixels, found " + pixels);
        }
    }

    /** Columns times rows; 0 of what is no picture. */
    private static long pixels(RandomAccessFile input) throws IOException {
        byte[] head = new byte[HEAD_BYTES];
        int found = Math.max(0, input.read(head));
        String text = new String(head, 0, found, StandardCharsets.ISO_8859_1);
        if (text.startsWith(PNG) && text.startsWith("IHDR", 12)) {
            return bigEndian(head, 16) * bigEndian(head, 20);
        }
        if (text.startsWith("RIFF") && text.startsWith("WEBPVP8", 8)) {
            return webp(head, text.charAt(15));
        }
        input.seek(0);
        return input.readUnsignedShort() == JPEG_START ? jpeg(input) : 0;
    }

    /** The three forms of a WebP header (RFC 9649, section 2). */
    private static long webp(byte[] head, char form) {
        return switch (form) {
            case ' ' -> (littleEndian(head, 26, 2) & 0x3FFF) * (littleEndian(head, 28, 2) & 0x3FFF);
            case 'L' -> {
                long bits = littleEndian(head, 21, 4);
                yield ((bits & 0x3FFF) + 1) * (((bits >> 14) & 0x3FFF) + 1);
            }
            case 'X' -> (littleEndian(head, 24, 3) + 1) * (littleEndian(head, 27, 3) + 1);
            default -> 0;
        };
    }

    /** Goes from segment to segment until one that begins a frame (ITU-T T.81, table B.1). */
    private static long jpeg(RandomAccessFile input) throws IOException {
        while (true) {
            if (input.readUnsignedByte() != 0xFF) {
                return 0;
            }
            int marker = input.readUnsignedByte();
            while (marker == 0xFF) { // fill bytes
                marker = input.readUnsignedByte();
            }
            int length = input.readUnsignedShort();
            if (beginsFrame(marker)) {
                input.readUnsignedByte(); // bits of a sample
                long height = input.readUnsignedShort();
                return height * input.readUnsignedShort();
            }
            if (length < 2) {
                return 0;
            }
            input.seek(input.getFilePointer() + length - 2);
        }
    }

    /** SOF0 to SOF15 without the three codes between them that mean something else. */
    private static boolean beginsFrame(int marker) {
        return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    }

    private static long bigEndian(byte[] bytes, int at) {
        long value = 0;
        for (int i = 0; i < Integer.BYTES; i++) {
            value = (value << 8) | (bytes[at + i] & 0xFF);
        }
        return value;
    }

    private static long littleEndian(byte[] bytes, int at, int count) {
        long value = 0;
        for (int i = count - 1; i >= 0; i--) {
            value = (value << 8) | (bytes[at + i] & 0xFF);
        }
        return value;
    }
}
