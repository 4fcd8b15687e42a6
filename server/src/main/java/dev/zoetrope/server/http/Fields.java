package dev.zoetrope.server.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.ext.web.FileUpload;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a request's body says, whether it came as a form or as JSON: names and texts, and files by name. Objects in JSON
 * are named as forms name them: {@code input_reference[image_url]}.
 */
record Fields(Map<String, String> texts, Map<String, FileUpload> files) {
    static final String JSON_TYPE = "application/json";

    static Fields of(RoutingContext context) {
        String type = Optional.ofNullable(context.request().getHeader("Content-Type"))
                .orElse("")
                .toLowerCase(Locale.ROOT);
        if (isForm(type)) {
            return ofForm(context);
        }
        if (type.startsWith(JSON_TYPE)) {
            return ofJson(context);
        }
        throw new ApiException(
                415,
                null,
                "unsupported_media_type",
                "Content-Type: expected multipart/form-data or application/json, found "
                        + (type.isEmpty() ? "none" : type.substring(0, Math.min(type.length(), 100))));
    }

    static boolean isForm(String type) {
        return type.startsWith("multipart/form-data") || type.startsWith("application/x-www-form-urlencoded");
    }

    private static Fields ofForm(RoutingContext context) {
        Map<String, String> texts = new LinkedHashMap<>();
        context.request().formAttributes().forEach(entry -> {
            if (texts.put(entry.getKey(), entry.getValue()) != null) {
                throw ApiException.field(entry.getKey(), entry.getKey() + ": expected one value, found several");
            }
        });
        Map<String, FileUpload> files = new LinkedHashMap<>();
        List<FileUpload> uploads = context.fileUploads();
        uploads.forEach(upload -> {
            if (texts.containsKey(upload.name()) || files.put(upload.name(), upload) != null) {
                throw ApiException.field(upload.name(), upload.name() + ": expected one value, found several");
            }
        });
        return new Fields(texts, files);
    }

    private static Fields ofJson(RoutingContext context) {
        JsonNode body;
        try {
            String text = context.body().asString();
            body = Answers.JSON.readTree(text == null ? "" : text);
        } catch (JsonProcessingException e) {
            throw new ApiException(400, null, "invalid_json", "body: expected JSON, found " + e.getOriginalMessage());
        }
        if (!body.isObject()) {
            throw new ApiException(
                    400,
                    null,
                    "invalid_json",
                    "body: expected a JSON object, found "
                            + (body.isMissingNode()
                                    ? "nothing"
                                    : body.getNodeType().name().toLowerCase(Locale.ROOT)));
        }
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
        if (value.isNull()) {
            return; // clients write what is not given as null
        }
        if (!value.isValueNode()) {
            throw ApiException.field(
                    name,
                    name + ": expected a text or a number, found "
                            + value.getNodeType().name().toLowerCase(Locale.ROOT));
        }
        texts.put(name, value.asText());
    }

    /** A text that is not blank. */
    Optional<String> text(String name) {
        return Optional.ofNullable(texts.get(name)).filter(value -> !value.isBlank());
    }

    Optional<FileUpload> file(String name) {
        return Optional.ofNullable(files.get(name));
    }

    /** Refuses names that nobody would look at: what is silently left out is missed only in the result. */
    void refuseAllBut(Set<String> known) {
        texts.keySet().forEach(name -> refuse(name, known));
        files.keySet().forEach(name -> refuse(name, known));
    }

    private static void refuse(String name, Set<String> known) {
        if (!known.contains(name)) {
            String shown = name.substring(0, Math.min(name.length(), 64));
            throw new ApiException(
                    400,
                    shown,
                    "unknown_parameter",
                    shown + ": expected one of " + String.join(", ", known) + ", found a field of another name");
        }
    }
}
