package dev.zoetrope.graph.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.zoetrope.graph.GraphException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** A {@code config.json}, read strictly: missing, unknown, repeated and out-of-range keys are errors that name key and file. */
public final class ConfigFile {
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final Path file;
    private final JsonNode root;
    private final Set<String> asked = new HashSet<>();

    private ConfigFile(Path file, JsonNode root) {
        this.file = file;
        this.root = root;
    }

    /** Opens a configuration whose {@code _class_name} must be the given one. */
    public static ConfigFile open(Path file, String className) {
        JsonNode root;
        try {
            root = JSON.readTree(Files.readString(file));
        } catch (IOException e) {
            String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            throw new GraphException(
                    file + ": configuration: expected a readable JSON object without repeated keys, found "
                            + e.getClass().getSimpleName() + ": " + reason,
                    e);
        }
        if (!root.isObject()) {
            throw new GraphException(file + ": configuration: expected a JSON object, found " + root.getNodeType());
        }
        ConfigFile config = new ConfigFile(file, root);
        JsonNode name = config.get("_class_name");
        if (!className.equals(name.textValue())) {
            throw config.refuse("_class_name", className, name);
        }
        return config;
    }

    /** A whole number within low..high, both included. */
    public int whole(String key, int low, int high) {
        JsonNode node = get(key);
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < low || node.intValue() > high) {
            throw refuse(key, "a whole number within " + low + ".." + high, node);
        }
        return node.intValue();
    }

    /** A number above 0. */
    public double positive(String key) {
        JsonNode node = get(key);
        if (!node.isNumber() || !Double.isFinite(node.doubleValue()) || node.doubleValue() <= 0) {
            throw refuse(key, "a number above 0", node);
        }
        return node.doubleValue();
    }

    /** Accepts a key that says nothing about the graph. */
    public void ignore(String key) {
        asked.add(key);
    }

    /** Refuses keys that nobody has asked for: a misspelt key must not pass for a default. */
    public void finish() {
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            if (!asked.contains(entry.getKey())) {
                throw refuse(entry.getKey(), "a known key", "an unknown one");
            }
        }
    }

    /** An error about a key of this file. */
    public GraphException refuse(String key, String expected, Object found) {
        String text = found instanceof JsonNode node && node.isMissingNode() ? "nothing" : found.toString();
        return new GraphException(file + ": " + key + ": expected " + expected + ", found "
                + (text.length() > 80 ? text.substring(0, 80) + "…" : text));
    }

    private JsonNode get(String key) {
        asked.add(key);
        return root.path(key);
    }
}
