package dev.zoetrope.service;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Clips of a few hundred bytes that promise what no machine has room or time for. */
final class HostileClips {
    private static final int TICKS_A_SECOND = 1000;

    private HostileClips() {}

    /**
     * An MP4 of one frame that says it is another.
     *
     * @param widthPx up to 65,535, which is what its 16 bits take
     * @param frames how many its tables list, all of one size and in one chunk
     * @param frameTicks how long each lasts, in thousandths of a second
     */
    static byte[] mp4(int widthPx, int heightPx, int frames, int frameTicks) {
        long duration = Math.min((long) frames * frameTicks, 0xFFFF_FFFFL);
        byte[] picture = {0, 0, 0, 4, 0x65, 1, 2, 3};
        byte[] type = box("ftyp", bytes("isom\0\0\2\0isomavc1"));
        byte[] entry = box(
                "avc1",
                new byte[6],
                shorts(1),
                new byte[16],
                shorts(widthPx, heightPx),
                ints(0x480000, 0x480000, 0),
                shorts(1),
                new byte[32],
                shorts(24, -1),
                box("avcC", new byte[] {1, 66, 0, 30, -1, -31, 0, 4, 0x67, 66, 0, 30, 1, 0, 4, 0x68, -50, 60, -128}));
        byte[] tables = box(
                "stbl",
                box("stsd", ints(0, 1), entry),
                box("stts", ints(0, 1, frames, frameTicks)),
                box("stsc", ints(0, 1, 1, frames, 1)),
                box("stsz", ints(0, picture.length, frames)),
                box("stco", ints(0, 1, type.length + 8)));
        byte[] media = box(
                "mdia",
                box("mdhd", ints(0, 0, 0, TICKS_A_SECOND, (int) duration, 0x55C40000)),
                box("hdlr", ints(0, 0), bytes("vide"), new byte[13]),
                box(
                        "minf",
                        box("vmhd", ints(1, 0, 0)),
                        box("dinf", box("dref", ints(0, 1), box("url ", ints(1)))),
                        tables));
        byte[] track = box(
                "trak",
                box(
                        "tkhd",
                        ints(3, 0, 0, 1, 0, (int) duration, 0, 0, 0, 0, 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000),
                        ints(widthPx << 16, heightPx << 16)),
                media);
        byte[] head = box("mvhd", ints(0, 0, 0, TICKS_A_SECOND, (int) duration, 0x10000), new byte[76]);
        return join(type, box("mdat", picture), box("moov", head, track));
    }

    /** A WebM without a picture. */
    static byte[] webm(int widthPx, int heightPx, double seconds) {
        byte[] video = element(0xE0, element(0xB0, ints(widthPx)), element(0xBA, ints(heightPx)));
        byte[] track = element(
                0xAE,
                element(0xD7, new byte[] {1}),
                element(0x73C5, new byte[] {1}),
                element(0x83, new byte[] {1}),
                element(0x86, bytes("V_VP9")),
                video);
        byte[] info = element(
                0x1549A966,
                element(0x2AD7B1, ints(1_000_000)),
                element(0x4489, ByteBuffer.allocate(8).putDouble(seconds * 1000).array()));
        byte[] head = element(0x1A45DFA3, element(0x4282, bytes("webm")));
        byte[] picture = element(0xA3, new byte[] {(byte) 0x81, 0, 0, (byte) 0x80, 1, 2, 3, 4});
        byte[] cluster = element(0x1F43B675, element(0xE7, new byte[] {0}), picture);
        return join(head, element(0x18538067, info, element(0x1654AE6B, track), cluster));
    }

    /**
     * A GIF of frames of one pixel.
     *
     * @param centiseconds that each lasts
     */
    static byte[] gif(int widthPx, int heightPx, int frames, int centiseconds) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(bytes("GIF89a"));
        little(bytes, widthPx, heightPx);
        bytes.writeBytes(new byte[] {(byte) 0x80, 0, 0, 0, 0, 0, -1, -1, -1});
        for (int frame = 0; frame < frames; frame++) {
            bytes.writeBytes(new byte[] {0x21, (byte) 0xF9, 4, 0});
            little(bytes, centiseconds);
            bytes.writeBytes(new byte[] {0, 0, 0x2C});
            little(bytes, 0, 0, 1, 1);
            bytes.writeBytes(new byte[] {0, 2, 2, 0x44, 1, 0});
        }
        bytes.write(0x3B);
        return bytes.toByteArray();
    }

    private static void little(ByteArrayOutputStream bytes, int... values) {
        for (int value : values) {
            bytes.write(value);
            bytes.write(value >> 8);
        }
    }

    /** One of ISO/IEC 14496-12. */
    private static byte[] box(String type, byte[]... parts) {
        byte[] inside = join(parts);
        return join(ints(8 + inside.length), bytes(type), inside);
    }

    /** One of EBML (RFC 8794); its length always takes four bytes. */
    private static byte[] element(int id, byte[]... parts) {
        byte[] inside = join(parts);
        byte[] name = ints(id);
        int zeros = Integer.numberOfLeadingZeros(id) / 8;
        return join(Arrays.copyOfRange(name, zeros, 4), ints(0x10000000 | inside.length), inside);
    }

    private static byte[] shorts(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Short.BYTES);
        for (int value : values) {
            bytes.putShort((short) value);
        }
        return bytes.array();
    }

    private static byte[] ints(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Integer.BYTES);
        for (int value : values) {
            bytes.putInt(value);
        }
        return bytes.array();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
