package dev.zoetrope.server.contract;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One operation of the document: its address, and what a request for it has to look like. Immutable; thread-safe. */
public final class Operation {
    private final String id;
    private final String method;
    private final String path;
    private final Map<String, Parameter> query = new LinkedHashMap<>();
    private final Map<String, Parameter> places = new LinkedHashMap<>();
    private final Optional<BodyShape> json;
    private final Optional<BodyShape> form;
    private final Set<String> bodyTypes = new LinkedHashSet<>();

    private record Parameter(String name, boolean required, JsonNode schemaNode, Schema schema) {
        Optional<Violation> check(String text) {
            JsonNode value = FormText.typed(text, schemaNode);
            return schema.validate(value).isEmpty()
                    ? Optional.empty()
                    : Optional.of(
                            Violation.of(name, Expectation.code(schemaNode), Expectation.differs(schemaNode, value)));
        }
    }

    Operation(ApiDocument document, SchemaRegistry registry, String method, String path) {
        this.method = method;
        this.path = path;
        String pathPointer = "/paths/" + escaped(path);
        String pointer = pathPointer + "/" + method.toLowerCase(Locale.ROOT);
        JsonNode node = document.json().at(pointer);
        this.id = node.path("operationId").asText();
        parameters(document, registry, pathPointer + "/parameters");
        parameters(document, registry, pointer + "/parameters");
        node.at("/requestBody/content").fieldNames().forEachRemaining(bodyTypes::add);
        this.json = body(document, registry, pointer, "application/json");
        this.form = body(document, registry, pointer, "multipart/form-data");
    }

    private void parameters(ApiDocument document, SchemaRegistry registry, String pointer) {
        JsonNode list = document.json().at(pointer);
        for (int index = 0; index < list.size(); index++) {
            JsonNode reference = list.get(index);
            JsonNode node = document.resolve(reference);
            String place =
                    reference.has("$ref") ? reference.get("$ref").asText().substring(1) : pointer + "/" + index;
            Parameter parameter = new Parameter(
                    node.path("name").asText(),
                    node.path("required").asBoolean(),
                    document.resolve(node.path("schema")),
                    ApiDocument.schema(registry, place + "/schema"));
            switch (node.path("in").asText()) {
                case "query" -> query.put(parameter.name(), parameter);
                case "path" -> places.put(parameter.name(), parameter);
                default -> {} // headers are read by who knows what they mean, and are ignored where they mean nothing
            }
        }
    }

    private static Optional<BodyShape> body(
            ApiDocument document, SchemaRegistry registry, String pointer, String type) {
        String place = pointer + "/requestBody/content/" + escaped(type) + "/schema";
        JsonNode node = document.json().at(place);
        return node.isMissingNode()
                ? Optional.empty()
                : Optional.of(new BodyShape(document, node, ApiDocument.schema(registry, place)));
    }

    private static String escaped(String text) {
        return text.replace("~", "~0").replace("/", "~1");
    }

    /** Its name in the document. */
    public String id() {
        return id;
    }

    /** The method, in capitals. */
    public String method() {
        return method;
    }

    /** The address, with parameters in braces. */
    public String path() {
        return path;
    }

    /** The types of body it takes; none where it takes no body. */
    public Set<String> bodyTypes() {
        return Set.copyOf(bodyTypes);
    }

    /** Whether the values in the address can be there at all. */
    public Optional<Violation> checkPath(Map<String, String> values) {
        for (Parameter parameter : places.values()) {
            Optional<Violation> violation = parameter.check(values.getOrDefault(parameter.name(), ""));
            if (violation.isPresent()) {
                return violation;
            }
        }
        return Optional.empty();
    }

    /** Whether the parameters behind the question mark are as described; names in the order they came. */
    public Optional<Violation> checkQuery(Map<String, List<String>> values) {
        for (Map.Entry<String, List<String>> entry : values.entrySet()) {
            Parameter parameter = query.get(entry.getKey());
            if (parameter == null) {
                return Optional.of(Violation.of(
                        entry.getKey(), Violation.UNKNOWN, Expectation.otherName(new ArrayList<>(query.keySet()))));
            }
            if (entry.getValue().size() > 1) {
                return Optional.of(
                        Violation.of(entry.getKey(), Violation.INVALID_VALUE, "expected one value, found several"));
            }
            Optional<Violation> violation = parameter.check(entry.getValue().getFirst());
            if (violation.isPresent()) {
                return violation;
            }
        }
        return query.values().stream()
                .filter(parameter -> parameter.required() && !values.containsKey(parameter.name()))
                .findFirst()
                .map(parameter -> Violation.of(
                        parameter.name(),
                        Violation.MISSING,
                        "expected " + Expectation.words(parameter.schemaNode()) + ", found none"));
    }

    /** Whether a body in JSON is as described. */
    public Optional<Violation> checkJson(JsonNode body) {
        return json.orElseThrow().check(body);
    }

    /**
     * Whether a form is as described.
     *
     * @param texts its fields
     * @param files names of its files
     */
    public Optional<Violation> checkForm(Map<String, String> texts, Set<String> files) {
        BodyShape shape = form.orElseThrow();
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, String> field : texts.entrySet()) {
            JsonNode schema = shape.property(field.getKey());
            if (FormText.isFile(schema)) {
                return Optional.of(shape.violation(field.getKey(), schema, "a text"));
            }
            body.set(field.getKey(), FormText.typed(field.getValue(), schema));
        }
        for (String file : files) {
            JsonNode schema = shape.property(file);
            if (!schema.isMissingNode() && !FormText.isFile(schema)) {
                return Optional.of(shape.violation(file, schema, "a file"));
            }
            body.put(file, "");
        }
        return shape.check(body);
    }
}
