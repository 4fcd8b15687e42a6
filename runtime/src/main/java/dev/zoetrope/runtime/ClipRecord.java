package dev.zoetrope.runtime;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.encode.ClipInfo;
import dev.zoetrope.runtime.encode.ClipReader;
import dev.zoetrope.runtime.text.UnknownWord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What made a clip, as kept in the clip's own metadata: enough to render it again.
 *
 * @param request the request with every default filled in
 * @param softwareVersion version of Zoetrope
 * @param model name of the model
 * @param modelFingerprint which weights exactly
 * @param library native library and version
 * @param provider where the networks ran
 * @param unknownWords words of the prompt that the model was not trained on
 */
public record ClipRecord(
        RenderRequest request,
        String softwareVersion,
        String model,
        String modelFingerprint,
        String library,
        String provider,
        List<UnknownWord> unknownWords) {
    /** The container tag that carries the record; every format but WebP has it. */
    private static final String TAG = "comment";

    private static final String MARK = "zoetrope";

    public ClipRecord {
        unknownWords = List.copyOf(unknownWords);
    }

    /** The record of a clip file; empty when the clip was not made by Zoetrope or its container dropped the tag. */
    public static Optional<ClipRecord> read(Path clip) {
        try (ClipReader reader = ClipReader.open(clip)) {
            return of(reader.info());
        }
    }

    /** The record of a clip that was read; empty as above. */
    public static Optional<ClipRecord> of(ClipInfo clip) {
        String text = clip.metadata().getOrDefault(TAG, "");
        return text.isBlank() ? Optional.empty() : parse(text);
    }

    /** The tags for the container; an encoder that is given them makes a file that {@link #read} understands. */
    public Map<String, String> tags() {
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("title", request.prompt().length() > 200 ? request.prompt().substring(0, 200) : request.prompt());
        tags.put(TAG, toJson());
        return tags;
    }

    /** One JSON object in one line. */
    public String toJson() {
        ObjectNode node = RequestJson.JSON.createObjectNode();
        node.put("software", MARK);
        node.put("version", softwareVersion);
        node.set("request", RequestJson.write(request));
        node.put("model", model);
        node.put("model_fingerprint", modelFingerprint);
        node.put("library", library);
        node.put("provider", provider);
        if (!unknownWords.isEmpty()) {
            ArrayNode words = node.putArray("unknown_words");
            unknownWords.forEach(word -> words.add(write(word)));
        }
        return node.toString();
    }

    /** Similarity to four digits: more would only tell libraries apart. */
    private static ObjectNode write(UnknownWord word) {
        return RequestJson.JSON
                .createObjectNode()
                .put("word", word.word())
                .put("nearest", word.nearest())
                .put("similarity", Math.round(word.similarity() * 1e4) / 1e4);
    }

    private static List<UnknownWord> unknownWords(JsonNode nodes) {
        List<UnknownWord> words = new ArrayList<>();
        nodes.forEach(node -> words.add(new UnknownWord(
                node.path("word").asText(),
                node.path("nearest").asText(),
                node.path("similarity").asDouble())));
        return words;
    }

    static Optional<ClipRecord> parse(String text) {
        try {
            JsonNode node = RequestJson.JSON.readTree(text);
            if (!node.path("software").asText("").equals(MARK)) {
                return Optional.empty();
            }
            return Optional.of(new ClipRecord(
                    RequestJson.read(node.path("request")),
                    node.path("version").asText(""),
                    node.path("model").asText(""),
                    node.path("model_fingerprint").asText(""),
                    node.path("library").asText(""),
                    node.path("provider").asText(""),
                    unknownWords(node.path("unknown_words"))));
        } catch (JsonProcessingException e) {
            return Optional.empty(); // somebody else's comment
        }
    }
}
