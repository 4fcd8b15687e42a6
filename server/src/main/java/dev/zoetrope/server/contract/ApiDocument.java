package dev.zoetrope.server.contract;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.keyword.NonValidationKeyword;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The OpenAPI document of the server, as it is served, and the operations it has. {@code openapi.yaml} is its source and
 * says how one is added. Immutable.
 */
public final class ApiDocument {
    private static final String RESOURCE = "openapi.yaml";

    /** A name for the document among schemas; nothing is there, and nothing is fetched. */
    private static final String NAME = "urn:zoetrope:openapi";

    private static final Set<String> METHODS = Set.of("get", "head", "post", "put", "patch", "delete");

    /** What may happen to every request that needs a key. */
    private static final Map<String, String> ANSWERS_OF_ALL = Map.of(
            "400", "BadRequest",
            "401", "Unauthorized",
            "403", "Forbidden",
            "429", "TooMany",
            "500", "ServerError",
            "503", "Unavailable");

    /** What may happen besides to one that brings something. */
    private static final Map<String, String> ANSWERS_TO_BODIES = Map.of(
            "413", "TooLarge",
            "415", "UnsupportedMediaType",
            "422", "Unprocessable",
            "507", "StorageFull");

    private static final List<String> HEADERS_OF_ALL = List.of(
            "x-request-id",
            "x-ratelimit-limit-requests",
            "x-ratelimit-remaining-requests",
            "x-ratelimit-reset-requests");

    private final ObjectNode document;
    private final Map<String, Operation> operations = new LinkedHashMap<>();

    private ApiDocument(ObjectNode document) {
        this.document = document;
    }

    /**
     * Reads the document.
     *
     * @param model the one model that requests may name
     */
    public static ApiDocument load(String model) {
        ApiDocument document = new ApiDocument(read());
        ((ObjectNode) document.document.at("/components/schemas/Model"))
                .putArray("enum")
                .add(model);
        document.complete();
        document.compile();
        return document;
    }

    private static ObjectNode read() {
        try (InputStream input =
                Objects.requireNonNull(ApiDocument.class.getResourceAsStream(RESOURCE), "in the server's jar")) {
            Object tree = new Yaml(new SafeConstructor(new LoaderOptions())).load(input);
            return new ObjectMapper().valueToTree(tree);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Adds what all operations have. */
    private void complete() {
        eachOperation((path, method, operation) -> {
            if (!operation.has("security")) {
                ANSWERS_OF_ALL.forEach((status, name) -> add(method, operation, status, name));
            }
            if (operation.has("requestBody")) {
                ANSWERS_TO_BODIES.forEach((status, name) -> add(method, operation, status, name));
                if (operation.at("/requestBody/content/application~1json") instanceof ObjectNode content) {
                    content.set("schema", withNulls(content.get("schema")));
                }
            }
            operation.get("responses").forEach(ApiDocument::addHeaders);
        });
        document.at("/components/responses").forEach(ApiDocument::addHeaders);
    }

    private static void add(String method, ObjectNode operation, String status, String name) {
        ObjectNode responses = (ObjectNode) operation.get("responses");
        if (responses.has(status)) {
            return;
        }
        if (method.equals("head")) {
            responses.putObject(status).put("description", "As for GET, without a body");
        } else {
            responses.putObject(status).put("$ref", "#/components/responses/" + name);
        }
    }

    private static void addHeaders(JsonNode response) {
        if (response instanceof ObjectNode node && !node.has("$ref")) {
            ObjectNode headers = node.withObjectProperty("headers");
            HEADERS_OF_ALL.forEach(name -> headers.putObject(name).put("$ref", "#/components/headers/" + name));
        }
    }

    /** Clients write what is not given as null. */
    private JsonNode withNulls(JsonNode schema) {
        ObjectNode copy = resolve(schema).deepCopy();
        Set<String> required = new HashSet<>();
        copy.path("required").forEach(name -> required.add(name.asText()));
        if (copy.get("properties") instanceof ObjectNode properties) {
            for (Map.Entry<String, JsonNode> property : List.copyOf(properties.properties())) {
                if (!required.contains(property.getKey())) {
                    ObjectNode either = properties.objectNode();
                    either.putArray("anyOf")
                            .add(property.getValue())
                            .addObject()
                            .put("type", "null");
                    properties.set(property.getKey(), either);
                }
            }
        }
        return copy;
    }

    private void compile() {
        // The document is no schema but has them; words that are none of a schema's are nobody's mistake.
        Dialect dialect = Dialect.builder(Dialects.getDraft202012())
                .unknownKeywordFactory((keyword, _) -> new NonValidationKeyword(keyword))
                .build();
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(
                dialect, builder -> builder.schemas(Map.of(NAME, document.toString())));
        eachOperation((path, method, _) -> {
            Operation operation = new Operation(this, registry, method.toUpperCase(Locale.ROOT), path);
            if (operations.put(operation.id(), operation) != null) {
                throw new IllegalStateException(
                        "openapi.yaml: expected one operation " + operation.id() + ", found two");
            }
        });
    }

    private interface Visitor {
        void visit(String path, String method, ObjectNode operation);
    }

    private void eachOperation(Visitor visitor) {
        for (Map.Entry<String, JsonNode> path : document.get("paths").properties()) {
            for (Map.Entry<String, JsonNode> method : path.getValue().properties()) {
                if (METHODS.contains(method.getKey())) {
                    visitor.visit(path.getKey(), method.getKey(), (ObjectNode) method.getValue());
                }
            }
        }
    }

    /** A schema of the document, ready to be asked. */
    static Schema schema(SchemaRegistry registry, String pointer) {
        return registry.getSchema(SchemaLocation.of(NAME + "#" + pointer));
    }

    /** What a node stands for: itself, or what its {@code $ref} names. */
    JsonNode resolve(JsonNode node) {
        JsonNode found = node;
        while (found.has("$ref")) {
            found = document.at(found.get("$ref").asText().substring(1));
        }
        return found;
    }

    /** The document as it is served. */
    public JsonNode json() {
        return document;
    }

    /** All operations, in the document's order. */
    public List<Operation> operations() {
        return List.copyOf(operations.values());
    }

    /**
     * The methods that an address has; none where the document has no such address. One that stands there as it is has those alone,
     * though another with a parameter would match it.
     */
    public Set<String> methods(String address) {
        Set<String> methods = new TreeSet<>();
        Set<String> exact = new TreeSet<>();
        for (Operation operation : operations.values()) {
            if (address.equals(operation.path())) {
                exact.add(operation.method());
            } else if (address.matches(operation.path().replaceAll("\\{\\w+}", "[^/]+"))) {
                methods.add(operation.method());
            }
        }
        return exact.isEmpty() ? methods : exact;
    }

    /**
     * One of the operations.
     *
     * @throws IllegalArgumentException when the document has none of that id
     */
    public Operation operation(String id) {
        Operation operation = operations.get(id);
        if (operation == null) {
            throw new IllegalArgumentException("openapi.yaml: expected an operation " + id + ", found none");
        }
        return operation;
    }
}
