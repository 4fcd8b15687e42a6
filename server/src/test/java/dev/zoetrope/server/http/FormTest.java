package dev.zoetrope.server.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FormTest {
    private static final String TYPE = "multipart/form-data; boundary=b";

    /** Its file has line breaks in it, and ends with half of one. */
    private static final String FILE = "a\r\nfile\r\r\nx\r";

    private static final String FORM = "--b\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na ball\r\n"
            + "--b\r\nContent-Disposition: form-data; name=\"seed\"\r\n\r\n1\r\n"
            + "--b\r\nContent-Disposition: form-data; name=\"video\"; filename=\"../x\"\r\n"
            + "Content-Type: video/mp4\r\n\r\n" + FILE + "\r\n--b--\r\n";

    @TempDir
    Path folder;

    @Test
    void aFormIsTheSameWhereverItsBytesAreCut() throws Exception {
        byte[] all = FORM.getBytes(StandardCharsets.ISO_8859_1);
        for (int cut = 0; cut <= all.length; cut++) {
            for (int second = cut; second <= all.length; second += 53) {
                try (Form form = new Form(TYPE, folder)) {
                    form.add(Arrays.copyOfRange(all, 0, cut));
                    form.add(Arrays.copyOfRange(all, cut, second));
                    form.add(Arrays.copyOfRange(all, second, all.length));
                    assertWhole(form.finish(), "cut at " + cut + " and " + second);
                }
            }
        }
        assertEquals(0, left());
    }

    @Test
    void aFormMayComeByteByByte() throws Exception {
        try (Form form = new Form(TYPE, folder)) {
            for (byte one : FORM.getBytes(StandardCharsets.ISO_8859_1)) {
                form.add(new byte[] {one});
            }
            assertWhole(form.finish(), "byte by byte");
        }
    }

    private static void assertWhole(Fields fields, String what) throws IOException {
        assertEquals(Map.of("prompt", "a ball", "seed", "1"), fields.texts(), what);
        assertArrayEquals(
                FILE.getBytes(StandardCharsets.ISO_8859_1),
                Files.readAllBytes(fields.file("video").orElseThrow()),
                what);
    }

    @Test
    void filesAreThereUntilItIsClosedUnlessTheyWereMoved() throws Exception {
        Path moved = folder.resolve("moved");
        try (Form form = new Form(TYPE, folder.resolve("uploads"))) {
            form.add(FORM.getBytes(StandardCharsets.ISO_8859_1));
            Path file = form.finish().file("video").orElseThrow();
            assertEquals(folder.resolve("uploads"), file.getParent(), "its own name leads nowhere");
            Files.move(file, moved);
        }
        assertTrue(Files.exists(moved));
        Form abandoned = new Form(TYPE, folder.resolve("uploads"));
        abandoned.add(FORM.substring(0, FORM.indexOf("file\r") + 2).getBytes(StandardCharsets.ISO_8859_1));
        abandoned.close();
        abandoned.add(new byte[] {1});
        try (Stream<Path> files = Files.list(folder.resolve("uploads"))) {
            assertEquals(0, files.count());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "form-data|",
                "form-data; name|",
                "form-data; name=\"\"|",
                "inline; name=\"x\"|",
                "attachment|",
                "|",
                "form-data; name=\"x\"; filename*=z|",
                "form-data; name=\"x\"|Content-Type: text/plain; charset=*",
                "form-data; name=\"x\"|Content-Type: multipart/mixed",
                "form-data; name=\"x\"; filename=\"f\"|Content-Transfer-Encoding: x"
            })
    void partsWithoutSenseAreRefused(String disposition, String other) {
        String part = "--b\r\nContent-Disposition: " + (disposition == null ? "" : disposition) + "\r\n"
                + (other == null ? "" : other + "\r\n") + "\r\nvalue\r\n--b--\r\n";
        assertRefused(400, TYPE, part);
    }

    @Test
    void whatIsNoFormIsRefused() throws Exception {
        assertRefused(400, "multipart/form-data", FORM);
        assertRefused(400, "multipart/form-data; boundary", FORM);
        assertRefused(400, "multipart/form-data; boundary=", FORM);
        assertRefused(400, "multipart/form-data; boundary=b; charset=none-such", FORM);
        assertRefused(400, "multipart/form-data; boundary=other", FORM);
        assertRefused(400, TYPE, FORM.substring(0, FORM.length() - 5));
        assertRefused(400, TYPE, "");
        assertRefused(400, TYPE, FORM.replace("a ball", "\u00c3"));
        assertRefused(400, TYPE, FORM.replace("seed", "prompt"));
        assertRefused(413, TYPE, FORM.replace("a ball", "x".repeat(300 << 10)));
        assertRefused(400, TYPE, FORM.replace("seed", "x".repeat(300 << 10)));
        assertRefused(
                400, TYPE, "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\ny\r\n".repeat(100) + "--b--\r\n");
        assertEquals(0, left());
    }

    private void assertRefused(int status, String type, String body) {
        ApiException refused = assertThrows(ApiException.class, () -> {
            try (Form form = new Form(type, folder)) {
                form.add(body.getBytes(StandardCharsets.ISO_8859_1));
                form.finish();
            }
        });
        assertEquals(status, refused.status(), refused.getMessage());
        assertTrue(String.valueOf(refused.getMessage()).matches(".+: expected .+, found .+"), refused.getMessage());
        assertFalse(String.valueOf(refused.getMessage()).contains("Exception"), refused.getMessage());
    }

    private long left() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.count();
        }
    }
}
