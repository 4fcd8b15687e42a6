package dev.zoetrope.graph.weight;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.graph.ir.ElementType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsFileTest {
    private static final String SOUND = TestSafetensors.entry("a", "F32", "[2]", 0, 8);

    @TempDir
    Path folder;

    @Test
    void tensorsAreFoundWhereTheyLie() throws IOException {
        Path file = new TestSafetensors()
                .add("blocks.0.weight", "F32", 4, 2, 3)
                .add("half", "F16", 2, 5)
                .add("brain", "BF16", 2, 1)
                .add("wholes", "I64", 8, 2, 2)
                .add("bytes", "U8", 1, 3)
                .add("empty", "F32", 4, 0, 7)
                .add("scalar", "F32", 4)
                .write(folder.resolve("model.safetensors"));
        byte[] whole = Files.readAllBytes(file);
        try (SafetensorsFile weights = SafetensorsFile.open(file)) {
            assertEquals(
                    Set.of("blocks.0.weight", "half", "brain", "wholes", "bytes", "empty", "scalar"), weights.names());
            WeightTensor weight = weights.tensor("blocks.0.weight");
            assertEquals(ElementType.FLOAT, weight.type());
            assertEquals(List.of(2L, 3L), weight.sizes());
            assertEquals(file, weight.file());
            assertEquals(24, weight.byteSize());
            for (String name : weights.names()) {
                WeightTensor tensor = weights.tensor(name);
                byte[] expected = new byte[(int) tensor.byteSize()];
                System.arraycopy(whole, (int) tensor.offset(), expected, 0, expected.length);
                assertArrayEquals(expected, weights.bytes(tensor).toArray(ValueLayout.JAVA_BYTE), name);
            }
            assertEquals(ElementType.BFLOAT16, weights.tensor("brain").type());
            assertEquals(0, weights.tensor("empty").byteSize());
        }
    }

    @Test
    void closingEndsTheMap() {
        Path file = new TestSafetensors().add("a", "F32", 4, 2).write(folder.resolve("model.safetensors"));
        MemorySegment bytes;
        try (SafetensorsFile weights = SafetensorsFile.open(file)) {
            bytes = weights.bytes(weights.tensor("a"));
            assertTrue(bytes.isReadOnly());
        }
        assertThrows(IllegalStateException.class, () -> bytes.get(ValueLayout.JAVA_BYTE, 0));
    }

    @Test
    void metadataIsKept() {
        Path file = write("{\"__metadata__\":{\"format\":\"pt\",\"note\":\"é\"}," + SOUND + "}", 8);
        try (SafetensorsFile weights = SafetensorsFile.open(file)) {
            assertEquals(Map.of("format", "pt", "note", "é"), weights.metadata());
        }
    }

    @Test
    void wrongUsesNameTheTensor() {
        Path file = new TestSafetensors().add("w", "F16", 2, 4, 3).write(folder.resolve("m.safetensors"));
        try (SafetensorsFile weights = SafetensorsFile.open(file)) {
            assertEquals(
                    file + ": weight x: expected to be there, found no tensor of this name",
                    assertThrows(WeightException.class, () -> weights.tensor("x"))
                            .getMessage());
            WeightTensor w = weights.tensor("w");
            assertEquals(
                    file
                            + ": weight w: expected [3, 4], found [4, 3] (config.json and these weights are of different models)",
                    assertThrows(WeightException.class, () -> w.require(3, 4)).getMessage());
            WeightTensor rows = w.rows(1, 3);
            assertEquals(w.offset() + 6, rows.offset());
            assertEquals(12, rows.byteSize());
            assertEquals(List.of(2L, 3L), rows.sizes());
            assertThrows(WeightException.class, () -> w.rows(3, 5));
            assertEquals(List.of(12L, 1L), w.reshaped(12, 1).sizes());
            assertThrows(WeightException.class, () -> w.reshaped(13));
        }
    }

    static Stream<Arguments> hostileHeaders() {
        return Stream.of(
                bad("overlap", two(0, 8, 4, 12), 12, "begin at 8, found 4 (overlap)"),
                bad("gap", two(0, 8, 12, 20), 20, "begin at 8, found 12 (gap)"),
                bad("same range twice", two(0, 8, 0, 8), 8, "(overlap)"),
                bad("gap at the start", one("F32", "[2]", 4, 12), 12, "begin at 0, found 4 (gap)"),
                bad("bytes left over", one("F32", "[2]", 0, 8), 9, "8 bytes of tensors, found 9 bytes"),
                bad(
                        "file cut short",
                        one("F32", "[2]", 0, 8),
                        7,
                        "data up to byte 8, found 7 bytes (truncated: copy the file again)"),
                bad("end before begin", one("F32", "[0]", 8, 0), 8, "found [8, 0]"),
                bad("end far out", one("F32", "[2]", 0, Long.MAX_VALUE), 8, "found 8 bytes (truncated"),
                bad("negative begin", one("F32", "[2]", -8, 0), 8, "whole numbers of at least 0, found -8"),
                bad("three offsets", raw("F32", "[2]", "[0,8,8]"), 8, "[begin, end], found [0, 8, 8]"),
                bad("offsets are texts", raw("F32", "[2]", "[\"0\",\"8\"]"), 8, "whole numbers of at least 0"),
                bad("offset a fraction", raw("F32", "[2]", "[0,8.0]"), 8, "found 8.0"),
                bad("offset above 2^63", raw("F32", "[2]", "[0,18446744073709551616]"), 8, "at least 0"),
                bad("offset missing", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, "found MISSING"),
                bad("too few bytes", one("F32", "[3]", 0, 8), 8, "12 bytes for F32[3], found 8"),
                bad("wrong type for the bytes", one("F16", "[2]", 0, 8), 8, "4 bytes for F16[2], found 8"),
                bad("negative size", one("F32", "[-2]", 0, 8), 8, "at least 0, found -2"),
                bad("product overflow", one("F32", "[4294967296,4294967296]", 0, 8), 8, "a product below 2^63"),
                bad("bytes overflow", one("F32", "[4611686018427387904]", 0, 8), 8, "a product below 2^63"),
                bad("hidden by a zero", one("F32", "[4294967296,4294967296,0]", 0, 0), 0, "a product below 2^63"),
                bad("17 axes", one("U8", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", 0, 1), 1, "at most 16"),
                bad("shape no list", one("F32", "2", 0, 8), 8, "a list of at most 16 whole numbers, found NUMBER"),
                bad("unknown type", one("F7", "[2]", 0, 8), 8, "a dtype of F32, F16"),
                bad("type a number", "{\"a\":{\"dtype\":32,\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "a dtype of"),
                bad("type missing", "{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "a dtype of"),
                bad("unknown key", raw("F32", "[2]", "[0,8],\"extra\":1"), 8, "found extra"),
                bad("tensor no object", "{\"a\":[1]}", 0, "an object, found ARRAY"),
                bad("name twice", "{" + SOUND + "," + SOUND + "}", 8, "without repeated names"),
                bad("key twice", raw("F32", "[2]", "[0,8],\"dtype\":\"F16\""), 8, "without repeated names"),
                bad("metadata no texts", "{\"__metadata__\":{\"a\":1}}", 0, "a text, found NUMBER"),
                bad("metadata no object", "{\"__metadata__\":[]}", 0, "an object of texts, found ARRAY"),
                bad("no object", "[1, 2]", 0, "a JSON object starting with {"),
                bad("leading space", " {}", 0, "a JSON object starting with {"),
                bad("two objects", "{} {}", 0, "header: expected"),
                bad("object cut short", "{\"a\":{", 0, "header: expected"),
                bad("words", "{not json}", 0, "header: expected"),
                bad("deep nesting", "{\"a\":" + "[".repeat(5000), 0, "header: expected"),
                bad("line break in a name", "{\"a\\nb\":1}", 0, "tensor a?b: expected an object"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostileHeaders")
    void hostileHeadersAreRefusedInOneLine(String what, String header, int dataBytes, String message) {
        Path file = write(header, dataBytes);
        assertRefused(file, what, message);
    }

    @Test
    void hostileLengthsAreRefused() throws IOException {
        Path file = folder.resolve("m.safetensors");
        byte[] header = "{}".getBytes(StandardCharsets.UTF_8);
        for (long length : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 0, 1, 100_000_001}) {
            TestSafetensors.write(file, length, header, new byte[0]);
            assertRefused(file, "length " + length, "header length: expected 2 to 100000000, found");
        }
        TestSafetensors.write(file, 3, header, new byte[0]);
        assertRefused(file, "length 3", "header: expected 3 bytes, found 2 (truncated: copy the file again)");
        Files.write(file, new byte[7]);
        assertRefused(file, "7 bytes", "file size: expected at least 8 bytes, found 7");
        Files.write(file, new byte[0]);
        assertRefused(file, "empty", "file size: expected at least 8 bytes, found 0");
        assertRefused(folder.resolve("none.safetensors"), "no file", "expected a readable file");
        assertRefused(folder, "a folder", "expected a readable file");
    }

    @Test
    void textThatIsNotUtf8IsRefused() {
        byte[] header = "{\"a\u00e9\":1}".getBytes(StandardCharsets.ISO_8859_1);
        Path file = TestSafetensors.write(folder.resolve("m.safetensors"), header, new byte[0]);
        assertRefused(file, "latin 1", "expected UTF-8");
    }

    @Test
    void paddedHeadersAreSound() {
        Path file = write("{" + SOUND + "}      ", 8);
        try (SafetensorsFile weights = SafetensorsFile.open(file)) {
            assertEquals(Set.of("a"), weights.names());
        }
    }

    /** No damaged file may do worse than a one-line refusal, and none may give out bytes beyond its end. */
    @Test
    void damagedFilesNeverDoWorse() throws IOException {
        Path sound = new TestSafetensors()
                .add("first", "F32", 4, 3, 5)
                .add("second", "F16", 2, 7)
                .add("third", "I64", 8, 2)
                .write(folder.resolve("sound.safetensors"));
        byte[] bytes = Files.readAllBytes(sound);
        Path file = folder.resolve("damaged.safetensors");
        int refused = 0;
        for (long seed = 0; seed < 2000; seed++) {
            Random random = new Random(seed);
            byte[] damaged = bytes.clone();
            int headerEnd = bytes.length - 60 - 14 - 16;
            for (int i = random.nextInt(3); i >= 0; i--) {
                damaged[random.nextInt(headerEnd)] = (byte) random.nextInt(256);
            }
            if (random.nextInt(4) == 0) {
                damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length + 20));
            }
            Files.write(file, damaged);
            try (SafetensorsFile weights = SafetensorsFile.open(file)) {
                for (String name : weights.names()) {
                    WeightTensor tensor = weights.tensor(name);
                    assertEquals(tensor.byteSize(), weights.bytes(tensor).byteSize(), "seed " + seed);
                    assertTrue(tensor.offset() + tensor.byteSize() <= damaged.length, "seed " + seed);
                }
            } catch (WeightException e) {
                refused++;
                assertFalse(e.getMessage().contains("\n"), "seed " + seed + ": " + e.getMessage());
            }
        }
        assertTrue(refused > 1500, "expected most damaged files to be refused, found " + refused + " of 2000");
    }

    private Path write(String header, int dataBytes) {
        return TestSafetensors.write(
                folder.resolve("m.safetensors"), header.getBytes(StandardCharsets.UTF_8), new byte[dataBytes]);
    }

    @SuppressWarnings("MustBeClosed") // opening fails
    private static void assertRefused(Path file, String what, String message) {
        WeightException refused = assertThrows(WeightException.class, () -> SafetensorsFile.open(file), what);
        assertTrue(
                refused.getMessage().contains(message),
                what + ": expected a message with '" + message + "', found '" + refused.getMessage() + "'");
        assertTrue(refused.getMessage().startsWith(file + ": "), refused.getMessage());
        assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
    }

    private static Arguments bad(String what, String header, int dataBytes, String message) {
        return Arguments.of(what, header, dataBytes, message);
    }

    private static String one(String type, String sizes, long begin, long end) {
        return "{" + TestSafetensors.entry("a", type, sizes, begin, end) + "}";
    }

    private static String raw(String type, String sizes, String offsets) {
        return "{\"a\":{\"dtype\":\"" + type + "\",\"shape\":" + sizes + ",\"data_offsets\":" + offsets + "}}";
    }

    private static String two(long begin1, long end1, long begin2, long end2) {
        return "{" + TestSafetensors.entry("a", "F32", "[2]", begin1, end1) + ","
                + TestSafetensors.entry("b", "F32", "[2]", begin2, end2) + "}";
    }
}
