package dev.zoetrope.server.http;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleTablesTest {
    @TempDir
    Path folder;

    @Test
    void aTableListsNoMoreThanTheFileHolds() throws Exception {
        byte[] data = box("mdat", new byte[1000]);
        check(join(data, tables(box("stsz", ints(0, 100, 10)))));
        assertRefused(join(data, tables(box("stsz", ints(0, 100, 12)))));
        assertRefused(join(data, tables(box("stsz", ints(0, 0, 80_000_000)))));
        assertRefused(join(data, tables(box("stsz", ints(0, 1, -1)))));
        assertRefused(join(data, tables(box("stz2", ints(0, 4, 80_000_000)))));
        check(join(data, tables(box("stts", ints(0, 2, 500, 1, 500, 2)))));
        assertRefused(join(data, tables(box("stts", ints(0, 1, 80_000_000, 1)))));
        assertRefused(join(data, tables(box("ctts", ints(0, 1, 80_000_000, 1)))));
        assertRefused(join(data, box("moof", box("traf", box("trun", ints(0, 80_000_000))))));
        assertRefused(box("moov", box("cmov", new byte[9])));
    }

    @Test
    void aSizeOfEightBytesOrNoneLeadsToThemToo() throws Exception {
        byte[] bomb = tables(box("stsz", ints(0, 1, 80_000_000)));
        byte[] wide = join(ints(1), "free".getBytes(StandardCharsets.ISO_8859_1), ints(0, 16));
        assertRefused(join(wide, bomb));
        ByteBuffer.wrap(bomb).putInt(0, 0); // to the end of the file
        assertRefused(bomb);
        ByteBuffer.wrap(bomb).putInt(0, Integer.MAX_VALUE); // and beyond it
        assertRefused(bomb);
    }

    @Test
    void whatIsMalformedIsLeftToTheDecoder() throws Exception {
        check(new byte[] {1, 2, 3});
        check(ints(4, 0, 0, 0));
        check(box("moov", ints(7)));
        check(tables(box("stsz", ints(0))));
        check(tables(box("stts", ints(0, -1))));
        byte[] deep = box("stsz", ints(0, 1, 80_000_000));
        for (int depth = 0; depth < 1000; depth++) {
            deep = box("moov", deep);
        }
        check(deep);
    }

    private static byte[] tables(byte[] table) {
        return box("moov", box("trak", box("mdia", box("minf", box("stbl", table)))));
    }

    private void check(byte[] file) throws IOException {
        Path path = Files.write(folder.resolve("clip.mp4"), file);
        assertDoesNotThrow(() -> SampleTables.check("video", path));
    }

    private void assertRefused(byte[] file) throws IOException {
        Path path = Files.write(folder.resolve("clip.mp4"), file);
        ApiException refused = assertThrows(ApiException.class, () -> SampleTables.check("video", path));
        assertEquals(422, refused.status());
    }

    private static byte[] box(String type, byte[]... parts) {
        byte[] inside = join(parts);
        return join(ints(8 + inside.length), type.getBytes(StandardCharsets.ISO_8859_1), inside);
    }

    private static byte[] ints(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Integer.BYTES);
        for (int value : values) {
            bytes.putInt(value);
        }
        return bytes.array();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
