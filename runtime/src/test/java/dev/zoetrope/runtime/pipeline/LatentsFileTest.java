package dev.zoetrope.runtime.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.latent.LatentReel;
import dev.zoetrope.runtime.timeline.ReelLayout;
import dev.zoetrope.runtime.timeline.RunSpan;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LatentsFileTest {
    private static final String RECORD = "{\"software\":\"zoetrope\",\"prompt\":\"a \\\"red\\\" ball, ä ∑ 😀\"}";
    private static final ReelLayout LAYOUT = new ReelLayout(
            2, 3, 4, 24000 / 1001.0, List.of(new RunSpan(3, 0, 8, true), RunSpan.of(1, 0), new RunSpan(2, 1, 4)));

    @TempDir
    Path folder;

    private Path written() {
        return written(List.of("ab12", "cd34"));
    }

    private Path written(List<String> clips) {
        Path file = folder.resolve("clip.latents.safetensors");
        try (LatentReel reel = LatentReel.create(LAYOUT, 5)) {
            byte[] bytes = new byte[(int) reel.data().byteSize()];
            new Random(4).nextBytes(bytes); // any bits, NaN among them
            reel.data().asByteBuffer().put(bytes);
            LatentsFile.write(file, reel, RECORD, clips);
        }
        return file;
    }

    @Test
    void everyBitComesBack() {
        Path file = written();
        LatentsFile.Header header = LatentsFile.readHeader(file);
        assertEquals(LAYOUT, header.layout());
        assertEquals(5, header.channels());
        assertEquals(RECORD, header.record());
        assertEquals(List.of("ab12", "cd34"), header.clips());
        byte[] expected = new byte[6 * 2 * 3 * 5 * Float.BYTES];
        new Random(4).nextBytes(expected);
        try (LatentReel reel = LatentsFile.read(file)) {
            assertEquals(LAYOUT, reel.layout());
            assertEquals(5, reel.channels());
            assertArrayEquals(expected, reel.data().toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void latentsThatSayWhichClipTheyAreOfGoWithNoOther() {
        LatentsFile.Header header = LatentsFile.readHeader(written());
        assertTrue(header.goesWith(() -> "ab12"));
        assertTrue(header.goesWith(() -> "cd34"));
        assertFalse(header.goesWith(() -> "ab1"));
        assertTrue(
                LatentsFile.readHeader(written(List.of())).goesWith(() -> {
                    throw new AssertionError("nobody reads a clip for latents that say nothing of it");
                }),
                "of before the clip was noted");
    }

    @Test
    void nothingIsLeftBesideTheFile() throws IOException {
        Path file = written();
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(file), files.toList());
        }
        assertEquals(folder.resolve("a.mp4.latents.safetensors"), LatentsFile.beside(folder.resolve("a.mp4")));
    }

    @Test
    void aFileThatEndsEarlyOrGoesOnIsRefused() throws IOException {
        Path file = written();
        byte[] bytes = Files.readAllBytes(file);
        int header = 8 + ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
        for (int length :
                new int[] {0, 5, 8, header / 2, header - 1, header, header + 7, bytes.length - 1, bytes.length + 1}) {
            Files.write(file, Arrays.copyOf(bytes, length));
            refused(file);
        }
    }

    @Test
    void everySingleDamagedByteOfTheHeaderIsRefusedOrHarmless() throws IOException {
        Path file = written();
        byte[] bytes = Files.readAllBytes(file);
        int header = 8 + ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
        int refused = 0;
        for (int at = 0; at < header; at++) {
            byte[] damaged = bytes.clone();
            damaged[at] ^= (byte) (1 << at % 7);
            Files.write(file, damaged);
            try (LatentReel reel = LatentsFile.read(file)) {
                assertEquals(6 * 6 * 5 * Float.BYTES, reel.data().byteSize(), "changed byte " + at);
            } catch (OutputException e) {
                assertOneLine(file, e);
                refused++;
            }
        }
        assertTrue(refused > header / 3, refused + " of " + header + " damaged headers are refused");
    }

    @Test
    void otherFilesAreRefused() throws IOException {
        Path file = folder.resolve("other");
        for (String text : List.of(
                "not a file of latents at all",
                header("{"),
                header("{}"),
                header("[1,2]"),
                header("{\"__metadata__\":{\"runs\":\"[\"},\"latents\":{}}"),
                named("[[1,0,1]]", "8", "[1,2,3,0]"),
                named("[[1,0,1]]", "0", "[1,2,3,5]"),
                named("[[1,0,2]]", "8", "[1,2,3,5]"),
                named("[[0,0,0]]", "8", "[0,2,3,5]"),
                named("[[-1,0,1]]", "8", "[1,2,3,5]"),
                named("[[1,0,1]]", "8", "[2,2,3,5]"),
                named("[[1,0,1]]", "8", "[1,100000,100000,5]"),
                named("[[1,0,1]]", "8", "[1,30000,30000,2000000000]"),
                named("[[2000000000,0,1]]", "8", "[2000000000,2,3,5]"),
                named("[[1500000000,0,1],[1500000000,0,1],[1500000000,0,1]]", "8", "[205032704,2,3,5]"))) {
            Files.write(file, text.getBytes(StandardCharsets.ISO_8859_1));
            refused(file);
        }
        OutputException missing =
                assertThrows(OutputException.class, () -> LatentsFile.readHeader(folder.resolve("missing")));
        assertOneLine(folder.resolve("missing"), missing);
    }

    @Test
    void numbersOfAnotherKindAreRefused() throws IOException {
        Path file = written();
        byte[] bytes = Files.readAllBytes(file);
        String text = new String(bytes, StandardCharsets.ISO_8859_1).replace("\"F32\"", "\"I32\"");
        Files.write(file, text.getBytes(StandardCharsets.ISO_8859_1));
        refused(file);
    }

    private static String named(String runs, String fps, String shape) {
        return header("{\"__metadata__\":{\"zoetrope\":\"{}\",\"fps\":\"" + fps + "\",\"temporal\":\"4\",\"runs\":\""
                + runs + "\"},\"latents\":{\"dtype\":\"F32\",\"shape\":" + shape + ",\"data_offsets\":[0,120]}}");
    }

    /** A file with this header and no data. */
    private static String header(String json) {
        return "" + (char) (json.length() % 256) + (char) (json.length() / 256) + "\0".repeat(6) + json;
    }

    private static void refused(Path file) {
        assertOneLine(file, assertThrows(OutputException.class, () -> {
            LatentsFile.readHeader(file);
            LatentsFile.read(file).close();
        }));
    }

    private static void assertOneLine(Path file, OutputException refused) {
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.startsWith("latents " + file + ": expected what --keep-latents wrote, found: "), message);
        assertFalse(message.contains("\n"), message);
    }
}
