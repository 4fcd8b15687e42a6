package dev.zoetrope.parity;

import static dev.zoetrope.parity.Difference.assertNear;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.zoetrope.ffm.ort.ElementType;
import dev.zoetrope.graph.model.wan.Umt5Config;
import dev.zoetrope.graph.model.wan.Umt5Encoder;
import dev.zoetrope.runtime.text.HuggingFaceTokenizerFile;
import dev.zoetrope.runtime.text.PromptCleaning;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** From prompt to states: cleaning, tokens and UMT5 as Python's libraries have them. */
class Umt5ParityTest {
    @TempDir
    static Path cache;

    static List<WanFolder> recordedTexts() {
        return WanFolders.recording("text");
    }

    @ParameterizedTest
    @MethodSource("recordedTexts")
    void promptsAreCleanedAlike(WanFolder folder) {
        List<String> prompts = texts(folder.meta().path("prompts"));
        assertTrue(prompts.size() > 4, "prompts");
        assertEquals(
                texts(folder.meta().path("prompts_clean")),
                prompts.stream().map(PromptCleaning::clean).toList());
    }

    @ParameterizedTest
    @MethodSource("recordedTexts")
    void tokensAreTheReferences(WanFolder folder) throws IOException {
        HostTensor ids = folder.recording("text").tensor("input_ids"); // [prompts, longest], padded with 0
        HostTensor mask = folder.recording("text").tensor("attention_mask");
        int longest = Math.toIntExact(ids.size(1));
        byte[] json = Files.readAllBytes(folder.component("tokenizer").resolve("tokenizer.json"));
        List<String> prompts = texts(folder.meta().path("prompts"));
        assertEquals(prompts.size(), ids.rows());
        for (int i = 0; i < prompts.size(); i++) {
            int count =
                    Math.toIntExact(Arrays.stream(mask.rows(i, i + 1).longs()).sum());
            long[] expected = Arrays.copyOf(ids.rows(i, i + 1).longs(), count);
            assertArrayEquals(expected, tokens(json, longest, prompts.get(i)), prompts.get(i));
        }
    }

    private static long[] tokens(byte[] tokenizerJson, int longest, String prompt) {
        try (HuggingFaceTokenizerFile tokenizer =
                HuggingFaceTokenizerFile.open(new ByteArrayInputStream(tokenizerJson), longest, cache)) {
            return tokenizer.encode(PromptCleaning.clean(prompt)).ids();
        }
    }

    @ParameterizedTest
    @MethodSource("recordedTexts")
    void statesOfTheTrueLengthAreThoseOfThePaddedReference(WanFolder folder) {
        Path encoder = folder.component("text_encoder");
        Reference recording = folder.recording("text");
        HostTensor ids = recording.tensor("input_ids");
        HostTensor mask = recording.tensor("attention_mask");
        HostTensor expected = recording.tensor("prompt_embeds"); // [prompts, longest, width], zeros behind
        int longest = Math.toIntExact(ids.size(1));
        int width = Umt5Config.read(encoder.resolve("config.json")).width();
        try (GraphRunner runner = GraphRunner.open(Umt5Encoder.build(encoder, longest))) {
            for (int i = 0; i < expected.rows(); i++) {
                int count = Math.toIntExact(
                        Arrays.stream(mask.rows(i, i + 1).longs()).sum());
                HostTensor states = HostTensor.zeros(ElementType.FLOAT32, count, width);
                HostTensor tokens =
                        HostTensor.of(Arrays.copyOf(ids.rows(i, i + 1).longs(), count), count);
                runner.run(Map.of("input_ids", tokens), Map.of("last_hidden_state", states));
                float[] padded = Arrays.copyOf(states.floats(), longest * width);
                assertNear("prompt " + i, expected.rows(i, i + 1).floats(), padded, Tolerance.GOLDEN);
            }
        }
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(node -> texts.add(node.textValue()));
        return texts;
    }
}
