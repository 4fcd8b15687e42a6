package dev.zoetrope.server.contract;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.path.NodePath;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a body has to look like, and the words for one that does not. */
final class BodyShape {
    /** First what is said by mistake or not at all; a wrong value may be the consequence. */
    private static final List<String> FIRST = List.of("additionalProperties", "required", "dependentRequired");

    private final ApiDocument document;
    private final JsonNode root;
    private final Schema schema;

    BodyShape(ApiDocument document, JsonNode node, Schema schema) {
        this.document = document;
        this.root = document.resolve(node);
        this.schema = schema;
    }

    /** The schema of a field; missing where there is no such field. */
    JsonNode property(String name) {
        return plain(root.path("properties").path(name));
    }

    Violation violation(String name, JsonNode property, String found) {
        return Violation.of(
                name, Expectation.code(property), "expected " + Expectation.words(property) + ", found " + found);
    }

    Optional<Violation> check(JsonNode body) {
        Optional<Violation> endless = endless(body, root, "");
        if (endless.isPresent()) {
            return endless;
        }
        return schema.validate(body).stream()
                .min(Comparator.comparingInt(error -> {
                    int place = FIRST.indexOf(error.getKeyword());
                    return place < 0 ? FIRST.size() : place;
                }))
                .map(error -> describe(error, body));
    }

    /** 1e999 is read as a number without an end, which no schema can be asked about. */
    private Optional<Violation> endless(JsonNode value, JsonNode shape, String name) {
        if (value.isFloatingPointNumber() && !Double.isFinite(value.doubleValue())) {
            return Optional.of(violation(name.isEmpty() ? "body" : name, shape, "one that is too large"));
        }
        for (Map.Entry<String, JsonNode> field : value.properties()) {
            Optional<Violation> found =
                    endless(field.getValue(), step(shape, field.getKey()), inner(name, field.getKey()));
            if (found.isPresent()) {
                return found;
            }
        }
        if (value.isArray()) {
            for (int index = 0; index < value.size(); index++) {
                Optional<Violation> found =
                        endless(value.get(index), plain(shape.path("items")), inner(name, "" + index));
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private Violation describe(Error error, JsonNode body) {
        NodePath location = error.getInstanceLocation();
        JsonNode value = body;
        JsonNode shape = root;
        String name = "";
        boolean required = false;
        for (int depth = 0; depth < location.getNameCount(); depth++) {
            String step = String.valueOf(location.getElement(depth));
            required = isRequired(shape, step);
            value = value.isArray() ? value.path(Integer.parseInt(step)) : value.path(step);
            shape = step(shape, step);
            name = inner(name, step);
        }
        if (value.isObject()) {
            Optional<Violation> field = field(error.getKeyword(), name, value, shape);
            if (field.isPresent()) {
                return field.get();
            }
        }
        if (name.isEmpty()) {
            return new Violation(
                    Optional.empty(),
                    Violation.NO_OBJECT,
                    "body: expected " + (shape.has("properties") ? "a JSON object" : Expectation.words(shape))
                            + ", found " + Expectation.found(value));
        }
        boolean missing = required
                && (value.isNull() || (value.isTextual() && value.asText().isBlank()));
        return Violation.of(
                name, missing ? Violation.MISSING : Expectation.code(shape), Expectation.differs(shape, value));
    }

    /** What is wrong with which fields an object has. */
    private Optional<Violation> field(String keyword, String name, JsonNode value, JsonNode shape) {
        List<String> known = new ArrayList<>();
        shape.path("properties").fieldNames().forEachRemaining(known::add);
        return switch (keyword) {
            case "additionalProperties" ->
                names(value).stream()
                        .filter(field -> !known.contains(field))
                        .findFirst()
                        .map(field ->
                                Violation.of(inner(name, field), Violation.UNKNOWN, Expectation.otherName(known)));
            case "required" -> missing(name, value, shape, shape.path("required"), "");
            case "dependentRequired" ->
                shape.path("dependentRequired").properties().stream()
                        .filter(pair -> value.has(pair.getKey()))
                        .flatMap(pair ->
                                missing(name, value, shape, pair.getValue(), " beside " + pair.getKey()).stream())
                        .findFirst();
            default -> Optional.empty();
        };
    }

    private Optional<Violation> missing(String name, JsonNode value, JsonNode shape, JsonNode wanted, String why) {
        for (JsonNode field : wanted) {
            if (!value.has(field.asText())) {
                return Optional.of(Violation.of(
                        inner(name, field.asText()),
                        Violation.MISSING,
                        "expected " + Expectation.words(step(shape, field.asText())) + why + ", found none"));
            }
        }
        return Optional.empty();
    }

    private static boolean isRequired(JsonNode shape, String field) {
        for (JsonNode name : shape.path("required")) {
            if (name.asText().equals(field)) {
                return true;
            }
        }
        return false;
    }

    private JsonNode step(JsonNode shape, String field) {
        JsonNode inner = shape.path("properties").path(field);
        return plain(inner.isMissingNode() ? shape.path("items") : inner);
    }

    /** Without the alternative that it is left out. */
    private JsonNode plain(JsonNode node) {
        JsonNode found = document.resolve(node);
        return found.has("anyOf") ? plain(found.get("anyOf").path(0)) : found;
    }

    private static String inner(String outer, String name) {
        return outer.isEmpty() ? name : outer + "[" + name + "]";
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
