package dev.zoetrope.runtime.model;

import dev.zoetrope.runtime.error.RequestException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A LoRA that is added to a model when it is opened.
 *
 * @param file safetensors, in one of the styles of names that {@link dev.zoetrope.graph.weight.LoraFile} tells
 * @param scale how much of it is added; 1 is what was trained
 * @param component the transformer it is added to, such as {@code transformer_2}; empty = every one of the folder
 */
public record Lora(Path file, double scale, String component) {
    private static final Pattern TEXT =
            Pattern.compile("(?:(transformer(?:_2)?):)?(.+?)(?::([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?))?");

    public Lora {
        if (!Double.isFinite(scale) || Math.abs(scale) > 100) {
            throw new RequestException("lora " + file + ": expected a scale of -100 to 100, found " + scale);
        }
    }

    /** Reads {@code [transformer:|transformer_2:]FILE[:SCALE]}. */
    public static Lora parse(String text) {
        Matcher parts = TEXT.matcher(text);
        if (!parts.matches()) {
            throw new RequestException("lora: expected FILE[:SCALE], found '" + text + "'");
        }
        return new Lora(
                Path.of(parts.group(2)), scale(text, parts.group(3)), parts.group(1) == null ? "" : parts.group(1));
    }

    private static double scale(String text, String scale) {
        try {
            return scale == null ? 1 : Double.parseDouble(scale);
        } catch (NumberFormatException e) {
            throw new RequestException("lora: expected a number after the last colon, found '" + text + "'", e);
        }
    }
}
