package dev.zoetrope.runtime;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.encode.ClipReader;
import java.nio.file.Path;
import java.util.LinkedHashMap;
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
 */
public record ClipRecord(
        RenderRequest request,
        String softwareVersion,
        String model,
        String modelFingerprint,
        String library,
        String provider) {
    /** The container tag that carries the record; every format but WebP has it. */
    private static final String TAG = "comment";

    private static final String MARK = "zoetrope";

    /** The record of a clip file; empty when the clip was not made by Zoetrope or its container dropped the tag. */
    public static Optional<ClipRecord> read(Path clip) {
        try (ClipReader reader = ClipReader.open(clip)) {
            String text = reader.metadata().getOrDefault(TAG, "");
            return text.isBlank() ? Optional.empty() : parse(text);
        }
    }

    /** The tags for the container. */
    Map<String, String> tags() {
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
        return node.toString();
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
                    node.path("provider").asText("")));
        } catch (JsonProcessingException e) {
            return Optional.empty(); // somebody else's comment
        }
    }
}
