package dev.zoetrope.graph.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.zoetrope.graph.GraphException;
import dev.zoetrope.graph.UnreadableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A {@code config.json}, read strictly: missing, unknown, repeated and out-of-range keys are errors that name key and file. */
public final class ConfigFile {
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final int MAX_LIST = 4096;

    private final Path file;
    private final JsonNode root;
    private final Set<String> asked = new HashSet<>();

    private ConfigFile(Path file, JsonNode root) {
        this.file = file;
        this.root = root;
    }

    /** Opens a configuration whose {@code _class_name} must be the given one. */
    public static ConfigFile open(Path file, String className) {
        ConfigFile config = open(file);
        JsonNode name = config.get("_class_name");
        if (!className.equals(name.textValue())) {
            throw config.refuse("_class_name", className, name);
        }
        return config;
    }

    /** Opens a configuration of a kind that its keys tell, not its {@code _class_name}. */
    public static ConfigFile open(Path file) {
        JsonNode root;
        try {
            root = JSON.readTree(Files.readString(file));
        } catch (JsonProcessingException e) {
            throw new GraphException(
                    file + ": configuration: expected a readable JSON object without repeated keys, found "
                            + e.getClass().getSimpleName() + ": "
                            + e.getOriginalMessage().lines().findFirst().orElse(""),
                    e);
        } catch (IOException e) {
            throw new GraphException(
                    file + ": configuration: expected a readable file, found " + UnreadableFile.found(file, e), e);
        }
        if (!root.isObject()) {
            throw new GraphException(file + ": configuration: expected a JSON object, found " + root.getNodeType());
        }
        return new ConfigFile(file, root);
    }

    /** A whole number within low..high, both included. */
    public int whole(String key, int low, int high) {
        return whole(key, get(key), low, high);
    }

    private int whole(String key, JsonNode node, int low, int high) {
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

    /** Whether a key is there with a value other than null; such files leave out what is as it always was. */
    public boolean has(String key) {
        return !get(key).isMissingNode() && !get(key).isNull();
    }

    /** A whole number within low..high, or the given one where the key is missing or null. */
    public int whole(String key, int low, int high, int otherwise) {
        return has(key) ? whole(key, low, high) : otherwise;
    }

    /** A choice, or the given one where the key is missing or null. */
    public boolean flag(String key, boolean otherwise) {
        return has(key) ? flag(key) : otherwise;
    }

    public boolean flag(String key) {
        return flag(key, get(key));
    }

    /** A list of true and false. */
    public List<Boolean> flags(String key) {
        List<Boolean> flags = new ArrayList<>();
        list(key).forEach(node -> flags.add(flag(key, node)));
        return flags;
    }

    private boolean flag(String key, JsonNode node) {
        if (!node.isBoolean()) {
            throw refuse(key, "true or false", node);
        }
        return node.booleanValue();
    }

    /** A list of whole numbers within low..high, both included. */
    public List<Integer> wholes(String key, int low, int high) {
        List<Integer> values = new ArrayList<>();
        list(key).forEach(node -> values.add(whole(key, node, low, high)));
        return values;
    }

    /** A list of numbers. */
    public List<Double> numbers(String key) {
        List<Double> values = new ArrayList<>();
        for (JsonNode node : list(key)) {
            if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
                throw refuse(key, "numbers", node);
            }
            values.add(node.doubleValue());
        }
        return values;
    }

    private JsonNode list(String key) {
        JsonNode node = get(key);
        if (!node.isArray() || node.size() > MAX_LIST) {
            throw refuse(key, "a list of at most " + MAX_LIST + " values", node);
        }
        return node;
    }

    /**
     * Accepts a key with one value only, as it is written in JSON; missing is as good.
     *
     * @param reason what has to be so, for the message
     */
    public void require(String key, String json, String reason) {
        JsonNode node = get(key);
        if (!node.isMissingNode() && !node.toString().equals(json)) {
            throw refuse(key, json + " (" + reason + ")", node);
        }
    }

    /** Accepts a key that says nothing about the graph. */
    public void ignore(String key) {
        asked.add(key);
    }

    /**
     * Refuses keys that nobody has asked for: a misspelt key must not pass for a default. Keys that begin with {@code _} are notes
     * of the library that wrote the file.
     */
    public void finish() {
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            if (!asked.contains(entry.getKey()) && !entry.getKey().startsWith("_")) {
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
