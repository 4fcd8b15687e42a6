package dev.zoetrope.server.contract;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** Words for what a schema asks for and for what was found instead. */
final class Expectation {
    private static final int LONGEST_VALUE = 32;

    private Expectation() {}

    /** What an error at such a value is called. */
    static String code(JsonNode schema) {
        return schema.path("x-code").asText(Violation.INVALID_VALUE);
    }

    /** {@code expected …, found …}, and the nearest value that works where one is nearest. */
    static String differs(JsonNode schema, JsonNode value) {
        return "expected " + words(schema) + ", found " + found(value, schema) + nearest(schema, value);
    }

    /** A field of a name that nobody would look at: what is silently left out is missed only in the result. */
    static String otherName(List<String> known) {
        return known.isEmpty()
                ? "expected no parameter, found one"
                : "expected one of " + String.join(", ", known) + ", found a field of another name";
    }

    /** What a schema asks for. */
    static String words(JsonNode schema) {
        if (schema.has("x-expected")) {
            return schema.get("x-expected").asText();
        }
        if (schema.has("enum")) {
            List<String> values = new ArrayList<>();
            schema.get("enum").forEach(value -> values.add(value.asText()));
            int last = values.size() - 1;
            return last == 0
                    ? values.getFirst()
                    : String.join(", ", values.subList(0, last)) + " or " + values.get(last);
        }
        String kind = schema.path("type").asText();
        return switch (kind) {
            case "integer" ->
                (schema.path("multipleOf").asInt() == 2 ? "an even number" : "a whole number") + range(schema);
            case "number" -> "a number" + range(schema);
            case "boolean" -> "true or false";
            case "object" -> object(schema);
            case "array" -> "a list";
            default -> "a text" + length(schema);
        };
    }

    private static String object(JsonNode schema) {
        List<String> names = new ArrayList<>();
        schema.path("required").forEach(name -> names.add(name.asText()));
        return names.isEmpty() ? "an object" : "an object with " + String.join(", ", names);
    }

    private static String length(JsonNode schema) {
        return schema.has("maxLength")
                ? " of at most " + schema.get("maxLength").asText() + " characters"
                : "";
    }

    private static String range(JsonNode schema) {
        boolean least = schema.has("minimum");
        boolean most = schema.has("maximum");
        if (least && most) {
            return " from " + schema.get("minimum").asText() + " to "
                    + schema.get("maximum").asText();
        }
        return least
                ? " of at least " + schema.get("minimum").asText()
                : most ? " of at most " + schema.get("maximum").asText() : "";
    }

    private static String nearest(JsonNode schema, JsonNode value) {
        if (!value.isNumber() || !schema.has("minimum") || !schema.has("maximum")) {
            return "";
        }
        BigDecimal found = value.decimalValue();
        BigDecimal least = schema.get("minimum").decimalValue();
        BigDecimal most = schema.get("maximum").decimalValue();
        String works = found.compareTo(least) < 0
                ? schema.get("minimum").asText()
                : found.compareTo(most) > 0 ? schema.get("maximum").asText() : "";
        return works.isEmpty() ? "" : " (nearest that works: " + works + ")";
    }

    private static String found(JsonNode value, JsonNode schema) {
        int length = value.isTextual() ? value.asText().length() : 0;
        return schema.has("maxLength") && length > schema.get("maxLength").asInt()
                ? length + " characters"
                : found(value);
    }

    /** A value, or what kind of thing it is where it may be long. */
    static String found(JsonNode value) {
        return switch (value.getNodeType()) {
            case STRING -> text(value.asText());
            case OBJECT, POJO -> "an object";
            case ARRAY -> "a list";
            case NULL -> "null";
            case MISSING -> "nothing";
            default -> shortened(value.asText());
        };
    }

    private static String text(String text) {
        if (text.isBlank()) {
            return text.isEmpty() ? "an empty text" : "only blanks";
        }
        return "'" + shortened(text) + "'";
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE) + "…";
    }
}
