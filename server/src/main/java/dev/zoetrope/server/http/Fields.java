package dev.zoetrope.server.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.zoetrope.server.contract.Operation;
import dev.zoetrope.server.contract.Violation;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a request's body says, whether it came as a form or as JSON: names and texts, and files by name. Objects in JSON
 * are named as forms name them: {@code input_reference[image_url]}. Lists are texts of JSON in both.
 */
record Fields(Map<String, String> texts, Map<String, Path> files) {
    private static final String JSON_TYPE = "application/json";
    private static final String KEY = "fields";
    private static final String INVALID_JSON = "invalid_json";

    /** What the request of a route with a body says; it is as the document describes it. */
    static Fields of(RoutingContext context) {
        return Objects.requireNonNull(context.<Fields>get(KEY), "the route takes a body");
    }

    /** Reads a body and holds it against the document. */
    static void read(RoutingContext context, Operation operation) {
        String type = Optional.ofNullable(context.request().getHeader("Content-Type"))
                .orElse("")
                .toLowerCase(Locale.ROOT);
        Fields fields;
        if (FormReader.isForm(context)) {
            fields = FormReader.fields(context);
            refuse(operation.checkForm(fields.texts(), fields.files().keySet()));
        } else if (type.startsWith(JSON_TYPE)) {
            JsonNode body = json(context);
            refuse(operation.checkJson(body));
            fields = ofJson(body);
        } else {
            throw new ApiException(
                    415,
                    null,
                    "unsupported_media_type",
                    "Content-Type: expected " + String.join(" or ", operation.bodyTypes()) + ", found "
                            + (type.isEmpty() ? "none" : type.substring(0, Math.min(type.length(), 100))));
        }
        context.put(KEY, fields);
    }

    private static void refuse(Optional<Violation> violation) {
        if (violation.isPresent()) {
            throw ApiException.of(violation.get());
        }
    }

    private static JsonNode json(RoutingContext context) {
        @Nullable Buffer body = context.body().buffer();
        String text = StrictText.of(
                body == null ? new byte[0] : body.getBytes(),
                found -> new ApiException(400, null, INVALID_JSON, "body: expected JSON in UTF-8, found " + found));
        try {
            return Answers.JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new ApiException(400, null, INVALID_JSON, "body: expected JSON, found " + e.getOriginalMessage());
        }
    }

    private static Fields ofJson(JsonNode body) {
        Map<String, String> texts = new LinkedHashMap<>();
        body.properties().forEach(field -> {
            JsonNode value = field.getValue();
            if (value.isObject()) {
                value.properties()
                        .forEach(inner -> put(texts, field.getKey() + "[" + inner.getKey() + "]", inner.getValue()));
            } else {
                put(texts, field.getKey(), value);
            }
        });
        return new Fields(texts, Map.of());
    }

    private static void put(Map<String, String> texts, String name, JsonNode value) {
        if (!value.isNull()) { // clients write what is not given as null
            texts.put(name, value.isContainerNode() ? value.toString() : value.asText());
        }
    }

    /** A text that is not blank. */
    Optional<String> text(String name) {
        return Optional.ofNullable(texts.get(name)).filter(value -> !value.isBlank());
    }

    Optional<Path> file(String name) {
        return Optional.ofNullable(files.get(name));
    }
}
