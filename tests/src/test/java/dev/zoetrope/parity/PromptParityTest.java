package dev.zoetrope.parity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.text.HuggingFaceTokenizerFile;
import dev.zoetrope.runtime.text.PromptCleaning;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompts tidied and cut into tokens as Python's libraries do; the recordings are made by {@code tests/golden/record_prompts.py}. */
class PromptParityTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path cache;

    @Test
    void difficultPromptsAreCleanedAlike() throws IOException {
        JsonNode recorded = recording("cleaned.json");
        assertTrue(recorded.size() > 30, "prompts");
        List<String> expected = new ArrayList<>();
        List<String> found = new ArrayList<>();
        for (JsonNode entry : recorded) {
            String prompt = entry.path("prompt").textValue();
            expected.add(shown(prompt, entry.path("cleaned").textValue()));
            found.add(shown(prompt, PromptCleaning.clean(prompt)));
        }
        assertEquals(String.join("\n", expected), String.join("\n", found));
    }

    /** The one step that is not taken: text decoded in a wrong encoding stays as it is. */
    @Test
    void wronglyDecodedTextStays() {
        assertEquals("caf\u00c3\u00a9", PromptCleaning.clean("caf\u00c3\u00a9"));
    }

    /** The tokenizer of a folder, and the form of tokenizer.json that published folders have. */
    @ParameterizedTest
    @ValueSource(strings = {"own", "bytes"})
    void tokensAreTheReferences(String form) throws IOException {
        JsonNode recorded = recording("tokens.json");
        JsonNode prompts = recording("cleaned.json");
        String folder = recorded.path("folder").textValue();
        byte[] json;
        try (InputStream stream = resource("/golden/wan/" + folder + "/tokenizer/tokenizer.json")) {
            json = form.equals("own") ? stream.readAllBytes() : changed(stream, recorded.path("changes"));
        }
        assertEquals(prompts.size(), recorded.path(form).size());
        try (HuggingFaceTokenizerFile tokenizer =
                HuggingFaceTokenizerFile.open(new ByteArrayInputStream(json), 512, cache)) {
            for (int i = 0; i < prompts.size(); i++) {
                String prompt = prompts.path(i).path("prompt").textValue();
                long[] expected = JSON.convertValue(recorded.path(form).path(i), long[].class);
                assertArrayEquals(
                        expected, tokenizer.encode(PromptCleaning.clean(prompt)).ids(), escaped(prompt));
            }
        }
    }

    private static byte[] changed(InputStream tokenizerJson, JsonNode changes) throws IOException {
        ObjectNode tokenizer = (ObjectNode) JSON.readTree(tokenizerJson);
        tokenizer.set("pre_tokenizer", changes.path("pre_tokenizer"));
        tokenizer.withObject("model").setAll((ObjectNode) changes.path("model"));
        return JSON.writeValueAsBytes(tokenizer);
    }

    private static JsonNode recording(String name) throws IOException {
        try (InputStream stream = resource("/golden/prompts/" + name)) {
            return JSON.readTree(stream);
        }
    }

    private static InputStream resource(String name) {
        return Objects.requireNonNull(PromptParityTest.class.getResourceAsStream(name), name);
    }

    private static String shown(String prompt, String cleaned) {
        return escaped(prompt) + " -> " + escaped(cleaned);
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char letter = text.charAt(i);
            if (letter >= ' ' && letter < 0x7f) {
                escaped.append(letter);
            } else {
                escaped.append(String.format("\\u%04x", (int) letter));
            }
        }
        return escaped.toString();
    }
}
