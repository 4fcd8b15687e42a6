package dev.zoetrope.runtime.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.error.ModelException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HuggingFaceTokenizerFileTest {
    private static final String RESOURCE = "/all-minilm-l6-v2-q-tokenizer.json";
    private static final int MAX_TOKENS = 64;
    private static final long CLS = 101;
    private static final long SEP = 102;

    /** One folder for the whole run: the native library is loaded from it once in a process. */
    @TempDir
    private static Path cache;

    @MustBeClosed
    private static HuggingFaceTokenizerFile open(int maxTokens) throws IOException {
        try (InputStream json = HuggingFaceTokenizerFileTest.class.getResourceAsStream(RESOURCE)) {
            return HuggingFaceTokenizerFile.open(json, maxTokens, cache);
        }
    }

    @Test
    void givesWhatPythonGives() throws IOException {
        JsonNode golden;
        try (InputStream stream =
                HuggingFaceTokenizerFileTest.class.getResourceAsStream("/golden/tokenizer/minilm.json")) {
            golden = new ObjectMapper().readTree(stream);
        }
        assertEquals(MAX_TOKENS, golden.path("max_tokens").asInt());
        assertTrue(golden.path("cases").size() >= 50);
        try (HuggingFaceTokenizerFile tokenizer = open(MAX_TOKENS)) {
            for (JsonNode expected : golden.path("cases")) {
                String text = expected.path("text").asText();
                Tokens found = tokenizer.encode(text);
                assertArrayEquals(numbers(expected.path("ids")), found.ids(), () -> "ids of '" + text + "'");
                assertArrayEquals(numbers(expected.path("types")), found.typeIds(), () -> "types of '" + text + "'");
                assertArrayEquals(
                        numbers(expected.path("mask")), found.attentionMask(), () -> "mask of '" + text + "'");
                assertEquals(texts(expected.path("pieces")), found.pieces(), () -> "pieces of '" + text + "'");
                assertEquals(
                        expected.path("truncated").asBoolean(),
                        found.truncated(),
                        () -> "truncation of '" + text + "'");
            }
        }
    }

    @Test
    void saysWhetherATextWasCut() throws IOException {
        try (HuggingFaceTokenizerFile tokenizer = open(MAX_TOKENS)) {
            Tokens fits = tokenizer.encode("red ".repeat(MAX_TOKENS - 2));
            assertEquals(MAX_TOKENS, fits.count());
            assertFalse(fits.truncated());
            Tokens cut = tokenizer.encode("red ".repeat(MAX_TOKENS - 1));
            assertEquals(MAX_TOKENS, cut.count());
            assertTrue(cut.truncated());
            assertEquals(SEP, cut.ids()[MAX_TOKENS - 1]);
        }
    }

    @Test
    void replacesHalvesOfSurrogatePairs() throws IOException {
        try (HuggingFaceTokenizerFile tokenizer = open(MAX_TOKENS)) {
            for (String broken : List.of("red \uD83D ball", "red \uDE00 ball", "red \uDE00\uD83D ball", "\uD800")) {
                String repaired = broken.replaceAll(
                        "[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]", "\uFFFD");
                assertArrayEquals(
                        tokenizer.encode(repaired).ids(),
                        tokenizer.encode(broken).ids());
            }
        }
    }

    /** Random characters of every kind, broken pairs included: the process lives and the form is kept. */
    @Test
    void takesAnyCharacters() throws IOException {
        long seed = 20_261_122;
        Random random = new Random(seed);
        try (HuggingFaceTokenizerFile tokenizer = open(MAX_TOKENS)) {
            for (int round = 0; round < 500; round++) {
                StringBuilder text = new StringBuilder();
                random.ints(random.nextInt(300), 0, 0x1_0000).forEach(unit -> text.append((char) unit));
                Tokens tokens = tokenizer.encode(text.toString());
                String where = "seed " + seed + ", round " + round;
                assertTrue(tokens.count() >= 2 && tokens.count() <= MAX_TOKENS, where);
                assertEquals(CLS, tokens.ids()[0], where);
                assertEquals(SEP, tokens.ids()[tokens.count() - 1], where);
            }
        }
    }

    @Test
    void servesSeveralThreads() throws Exception {
        try (HuggingFaceTokenizerFile tokenizer = open(MAX_TOKENS)) {
            long[] expected = tokenizer.encode("a red ball bounces").ids();
            List<Thread> threads = new ArrayList<>();
            List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
            for (int i = 0; i < 4; i++) {
                threads.add(Thread.ofVirtual().start(() -> {
                    try {
                        for (int round = 0; round < 200; round++) {
                            assertArrayEquals(
                                    expected,
                                    tokenizer.encode("a red ball bounces").ids());
                        }
                    } catch (Throwable e) {
                        failures.add(e);
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(List.of(), failures);
        }
    }

    /** The native part comes out of the jar into the folder that was named, and nothing is looked for elsewhere. */
    @Test
    void unpacksIntoTheNamedFolder() throws IOException {
        try (HuggingFaceTokenizerFile tokenizer = open(MAX_TOKENS)) {
            assertEquals(3, tokenizer.encode("red").count());
        }
        try (Stream<Path> files = Files.walk(cache)) {
            assertTrue(files.anyMatch(file -> String.valueOf(file.getFileName()).contains("tokenizers")));
        }
        assertEquals("true", System.getProperty("ai.djl.offline"));
    }

    @Test
    @SuppressWarnings("try") // the early close is what is tested
    void refusesUseAfterClose() throws IOException {
        try (HuggingFaceTokenizerFile tokenizer = open(MAX_TOKENS)) {
            tokenizer.close();
            assertThrows(IllegalStateException.class, () -> tokenizer.encode("red"));
        }
    }

    @Test
    void saysWhatIsWrongWithAFile() {
        for (String json : List.of("", "{", "{}", "not json", "{\"model\":{\"type\":\"Nonsense\"}}")) {
            byte[] content = json.getBytes(StandardCharsets.UTF_8);
            ModelException failure = assertThrows(ModelException.class, () -> {
                try (var opened = HuggingFaceTokenizerFile.open(new ByteArrayInputStream(content), MAX_TOKENS, cache)) {
                    fail("opened, and gives " + opened.encode("red").pieces());
                }
            });
            assertTrue(failure.getMessage().startsWith("tokenizer: expected a tokenizer.json"), failure.getMessage());
            assertFalse(failure.getMessage().contains("\n"), failure.getMessage());
        }
    }

    private static long[] numbers(JsonNode array) {
        return IntStream.range(0, array.size())
                .mapToLong(i -> array.get(i).asLong())
                .toArray();
    }

    private static List<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }
}
