package dev.zoetrope.server.contract;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;

/** Texts of forms and addresses, which have no types, as the values they stand for. */
final class FormText {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final int LONGEST_NUMBER = 32;

    /** No double has more places. */
    private static final int LARGEST_SCALE = 400;

    private FormText() {}

    /** The value that a schema asks for; the text itself where it asks for a text, or the text is no such value. */
    static JsonNode typed(String text, JsonNode schema) {
        if (is(schema, "string") || is(schema, "object")) {
            return TextNode.valueOf(text);
        }
        if (is(schema, "boolean") && (text.equals("true") || text.equals("false"))) {
            return BooleanNode.valueOf(text.equals("true"));
        }
        if (is(schema, "array")) {
            return list(text);
        }
        return is(schema, "integer") || is(schema, "number") ? number(text) : TextNode.valueOf(text);
    }

    /** Lists are JSON in forms too. */
    private static JsonNode list(String text) {
        try {
            JsonNode list = JSON.readTree(text);
            return list.isArray() ? list : TextNode.valueOf(text);
        } catch (JsonProcessingException _) {
            return TextNode.valueOf(text); // and is refused as one
        }
    }

    static boolean isFile(JsonNode schema) {
        return schema.path("format").asText().equals("binary");
    }

    static boolean is(JsonNode schema, String type) {
        JsonNode types = schema.path("type");
        if (types.isArray()) {
            for (JsonNode one : types) {
                if (one.asText().equals(type)) {
                    return true;
                }
            }
            return false;
        }
        return types.asText().equals(type);
    }

    /** Short, and with a small exponent: 1e999999999 is a short text for a number that nobody can print. */
    private static JsonNode number(String text) {
        String stripped = text.strip();
        if (stripped.length() <= LONGEST_NUMBER) {
            try {
                BigDecimal value = new BigDecimal(stripped);
                if (Math.abs((long) value.scale()) <= LARGEST_SCALE) {
                    return DecimalNode.valueOf(value);
                }
            } catch (NumberFormatException _) {
                // it stays a text, and is refused as one
            }
        }
        return TextNode.valueOf(text);
    }
}
