package dev.zoetrope.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.error.RequestException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads a storyboard from YAML. Names are those of the command line's options where there is such an option; unknown ones
 * are refused. Files are named from the storyboard's own folder. {@code docs/cli.md} describes the format.
 */
final class StoryboardFile {
    private static final Set<String> OF_SHOT =
            new TreeSet<>(Set.of("prompt", "seconds", "transition", "camera", "image", "clip"));
    private static final Set<String> OF_REFERENCE = new TreeSet<>(Set.of("file", "at", "strength"));

    private final Inputs inputs;

    private StoryboardFile(Inputs inputs) {
        this.inputs = inputs;
    }

    /**
     * Reads a file.
     *
     * @param inputs finds the pictures and clips it names
     * @throws RequestException naming what is wrong and where
     */
    static Storyboard read(Path file, Inputs inputs) {
        Path folder = file.getParent();
        return new StoryboardFile(inputs.from(folder == null ? Path.of("") : folder))
                .storyboard(YamlFile.read("storyboard", file));
    }

    /**
     * Reads the shots of a storyboard that is not in a file.
     *
     * @param json a list, as a file has it
     * @param inputs finds the pictures and clips they name
     */
    static Storyboard ofShots(String json, Inputs inputs) {
        try {
            return new Storyboard(new LookOptions(), false, new StoryboardFile(inputs).shots(YamlFile.parse(json)));
        } catch (JsonProcessingException e) {
            throw new RequestException("shots: expected a list in JSON, found: " + e.getOriginalMessage(), e);
        }
    }

    private Storyboard storyboard(JsonNode root) {
        LookOptions look = new LookOptions();
        Set<String> known = new TreeSet<>(FieldOptions.names(look));
        known.addAll(List.of("loop", "shots"));
        Map<String, JsonNode> fields = fields("storyboard", root, known);
        JsonNode loop = fields.remove("loop");
        JsonNode shots = fields.remove("shots");
        FieldOptions.read(look, fields);
        if (loop != null && !loop.isBoolean()) {
            throw new RequestException("loop: expected true or false, found " + describe(loop));
        }
        return new Storyboard(
                look, loop != null && loop.asBoolean(), shots(shots == null ? MissingNode.getInstance() : shots));
    }

    private List<Storyboard.Shot> shots(JsonNode list) {
        if (!list.isArray() || list.isEmpty()) {
            throw new RequestException(
                    "shots: expected a list of at least one, each with prompt and seconds, found " + describe(list));
        }
        List<Storyboard.Shot> shots = new ArrayList<>();
        for (JsonNode node : list) {
            shots.add(shot("shot " + (shots.size() + 1), node));
        }
        return shots;
    }

    private Storyboard.Shot shot(String where, JsonNode node) {
        Map<String, JsonNode> fields = fields(where, node, OF_SHOT);
        String prompt = PromptSource.checked(text(where + ", prompt", required(where, "prompt", fields)), where);
        double seconds =
                LengthText.seconds(where + ", seconds", text(where + ", seconds", required(where, "seconds", fields)));
        if (seconds == 0) {
            throw new RequestException(where + ", seconds: expected more than 0, found 0");
        }
        List<Edit.Placed> placed = new ArrayList<>();
        for (JsonNode image : references(fields.get("image"))) {
            Edit.Placed thing = reference(where + ", image", image);
            placed.add(PlacedText.moved(thing, inputs.picture(where + ", image", thing.file())));
        }
        for (JsonNode clip : references(fields.get("clip"))) {
            Edit.Placed thing = reference(where + ", clip", clip);
            placed.add(PlacedText.moved(thing, inputs.clip(where + ", clip", thing.file())));
        }
        Optional<String> camera = Optional.ofNullable(fields.get("camera"))
                .map(words -> text(where + ", camera", words).strip())
                .filter(words -> !words.isEmpty());
        return new Storyboard.Shot(prompt, seconds, transition(where, fields.get("transition")), camera, placed);
    }

    private static Edit.Transition transition(String where, @Nullable JsonNode node) {
        String name = node == null ? "cut" : text(where + ", transition", node).toLowerCase(Locale.ROOT);
        return switch (name) {
            case "cut" -> Edit.Transition.CUT;
            case "blend" -> Edit.Transition.BLEND;
            default ->
                throw new RequestException(where + ", transition: expected cut or blend, found '" + name + "'"
                        + NearestName.of(name, List.of("cut", "blend"))
                                .map(nearest -> "; did you mean " + nearest + "?")
                                .orElse(""));
        };
    }

    /** One or several, or none. */
    private static Iterable<JsonNode> references(@Nullable JsonNode node) {
        return node == null ? List.of() : node.isArray() ? node : List.of(node);
    }

    /** A file's name, or an object with a name, a time and a strength. */
    private static Edit.Placed reference(String where, JsonNode node) {
        if (!node.isObject()) {
            return Edit.Placed.at(file(where, text(where, node)), 0);
        }
        Map<String, JsonNode> fields = fields(where, node, OF_REFERENCE);
        Path file = file(where, text(where + ", file", required(where, "file", fields)));
        JsonNode at = fields.get("at");
        String time = at == null ? "0" : text(where + ", at", at);
        JsonNode strength = fields.get("strength");
        if (strength != null && !strength.isNumber()) {
            throw new RequestException(where + ", strength: expected a number, found " + describe(strength));
        }
        double seconds = PlacedText.time(time)
                .orElseThrow(
                        () -> new RequestException(where + ", at: expected seconds from the shot's beginning, negative"
                                + " ones from its end, or end, found '" + time + "'"));
        return new Edit.Placed(file, seconds, strength == null ? 1 : strength.asDouble());
    }

    private static Path file(String where, String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new RequestException(
                    where + ": expected a file name, found '" + name + "' (" + e.getReason() + ")", e);
        }
    }

    /** The members of an object that are not null. */
    private static Map<String, JsonNode> fields(String where, JsonNode node, Set<String> known) {
        if (!node.isObject()) {
            throw new RequestException(
                    where + ": expected " + String.join(", ", known) + " with a value each, found " + describe(node));
        }
        Map<String, JsonNode> fields = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            String name = field.getKey().replace('_', '-');
            if (!known.contains(name)) {
                throw new RequestException(where + ", "
                        + FieldOptions.unknown(field.getKey(), known).getMessage());
            }
            if (!field.getValue().isNull()) {
                fields.put(name, field.getValue());
            }
        }
        return fields;
    }

    private static JsonNode required(String where, String name, Map<String, JsonNode> fields) {
        JsonNode value = fields.get(name);
        if (value == null) {
            throw new RequestException(where + ": expected " + name + ", found none");
        }
        return value;
    }

    private static String text(String where, JsonNode node) {
        if (node.isContainerNode()) {
            throw new RequestException(where + ": expected one value, found " + describe(node));
        }
        return node.asText();
    }

    private static String describe(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> node.isEmpty() ? "an empty list" : "a list";
            case OBJECT -> "names with values";
            case MISSING, NULL -> "none";
            default -> "'" + node.asText() + "'";
        };
    }
}
