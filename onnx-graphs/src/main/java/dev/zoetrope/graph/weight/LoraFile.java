package dev.zoetrope.graph.weight;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.zoetrope.graph.ir.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A LoRA file and how much of it is added. Its matrices are named after the layers that they add to, in one of three ways: by
 * diffusers and PEFT ({@code LAYER.lora_A.weight}, {@code lora_B}), by Kohya's trainers ({@code LAYER.lora_down.weight}, {@code
 * lora_up}, dots in the layer's name replaced by underscores), and by the models' first authors (either, with the layer names of
 * their code). A {@code LAYER.alpha} divides by the rank what it multiplies by; diffusers writes one for all layers into the notes in
 * the file's header.
 *
 * @param scale 1 adds what was trained
 */
public record LoraFile(Path file, float scale) {
    private static final Pattern MATRIX =
            Pattern.compile("(.+)\\.(lora_A|lora_B|lora_down|lora_up)(?:\\.default)?\\.(weight|bias)");

    /** Where diffusers keeps PEFT's settings among a file's notes. */
    private static final String NOTES = "lora_adapter_metadata";

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The parts of one layer, as they are found. */
    private static final class Parts {
        private final Map<String, WeightTensor> tensors = new HashMap<>();
        private float alpha = Float.NaN;

        private Optional<WeightTensor> part(String name) {
            return Optional.ofNullable(tensors.get(name));
        }
    }

    /**
     * Reads the file's header.
     *
     * @param id before the tensors' names, which those of other files may be equal to
     * @param placeOf the layer's place in the checkpoint by its name in the file, empty for one that is none
     * @return what is added, by place
     */
    private Map<String, LowRank> read(String id, Function<String, Optional<String>> placeOf) {
        Map<String, Parts> byPlace = new TreeMap<>();
        float notedAlpha;
        try (SafetensorsFile source = SafetensorsFile.open(file)) {
            notedAlpha = notedAlpha(source.metadata());
            for (String name : source.names()) {
                WeightTensor tensor = source.tensor(name);
                if (isOfNorm(name) && isZero(source.bytes(tensor))) {
                    continue; // extracted files carry them along; diffusers leaves them out too
                }
                String part = part(name);
                Optional<String> place = part.isEmpty() ? Optional.empty() : placeOf.apply(layer(name));
                if (place.isEmpty()) {
                    throw WeightException.of(
                            file,
                            "LoRA",
                            "matrices of the model's linear layers (…lora_A.weight and lora_B, or lora_down and lora_up)",
                            name);
                }
                Parts parts = byPlace.computeIfAbsent(place.get(), where -> new Parts());
                if (part.equals("alpha")) {
                    parts.alpha = number(source, tensor);
                } else if (!tensor.type().isFloatingPoint()) {
                    throw WeightException.of(file, "LoRA " + name, "floating-point numbers", tensor.type());
                } else {
                    parts.tensors.put(part, tensor.named(id + name));
                }
            }
        }
        if (byPlace.isEmpty()) {
            throw WeightException.of(file, "LoRA", "at least one layer", "none");
        }
        Map<String, LowRank> added = new TreeMap<>();
        byPlace.forEach((place, parts) -> added.put(place, lowRank(place, parts, notedAlpha)));
        return added;
    }

    /** The alpha of layers that have none of their own; not a number where the notes say nothing. */
    private float notedAlpha(Map<String, String> metadata) {
        String notes = metadata.get(NOTES);
        if (notes == null) {
            return Float.NaN;
        }
        JsonNode settings;
        try {
            settings = JSON.readTree(notes);
        } catch (JsonProcessingException e) {
            throw WeightException.of(file, "LoRA " + NOTES, "JSON", e.getOriginalMessage());
        }
        for (String other : List.of("alpha_pattern", "use_rslora", "use_dora")) {
            JsonNode setting = setting(settings, other);
            if (setting.asBoolean(false) || !setting.isEmpty()) {
                throw WeightException.of(file, "LoRA " + NOTES, "no " + other, setting);
            }
        }
        return (float) setting(settings, "lora_alpha").asDouble(Double.NaN);
    }

    /** Settings stand under the part of the pipeline that they are of, or by themselves. */
    private static JsonNode setting(JsonNode settings, String name) {
        JsonNode ofTransformer = settings.path("transformer." + name);
        return ofTransformer.isMissingNode() ? settings.path(name) : ofTransformer;
    }

    private LowRank lowRank(String place, Parts parts, float notedAlpha) {
        WeightTensor down = parts.part("down").orElseThrow(() -> missing(place, "lora_A (or lora_down)"));
        WeightTensor up = parts.part("up").orElseThrow(() -> missing(place, "lora_B (or lora_up)"));
        if (down.sizes().size() != 2
                || up.sizes().size() != 2
                || down.sizes().getFirst() < 1) { // the rest is up to the layer
            throw WeightException.of(
                    file,
                    "LoRA of " + place,
                    "matrices [rank, in] and [out, rank]",
                    down.sizes() + " and " + up.sizes());
        }
        float alpha = Float.isNaN(parts.alpha) ? notedAlpha : parts.alpha;
        float trained = Float.isNaN(alpha) ? 1 : alpha / down.sizes().getFirst();
        return new LowRank(down, up, parts.part("bias"), scale * trained, scale);
    }

    private WeightException missing(String place, String matrix) {
        return WeightException.of(file, "LoRA of " + place, "both its matrices", "no " + matrix);
    }

    /** {@code down}, {@code up}, {@code bias} or {@code alpha}; empty for anything else. */
    private static String part(String name) {
        Matcher matrix = MATRIX.matcher(name);
        if (matrix.matches()) {
            boolean isUp = matrix.group(2).equals("lora_B") || matrix.group(2).equals("lora_up");
            boolean isBias = matrix.group(3).equals("bias");
            return isBias ? isUp ? "bias" : "" : isUp ? "up" : "down";
        }
        return name.endsWith(".alpha") ? "alpha" : name.endsWith(".diff_b") ? "bias" : "";
    }

    private static String layer(String name) {
        Matcher matrix = MATRIX.matcher(name);
        return matrix.matches() ? matrix.group(1) : name.substring(0, name.lastIndexOf('.'));
    }

    private static boolean isOfNorm(String name) {
        return name.contains("norm") && (name.endsWith(".diff") || name.endsWith(".diff_b"));
    }

    private static boolean isZero(MemorySegment bytes) {
        for (long at = 0; at < bytes.byteSize(); at++) {
            if (bytes.get(ValueLayout.JAVA_BYTE, at) != 0) {
                return false;
            }
        }
        return true;
    }

    private float number(SafetensorsFile source, WeightTensor tensor) {
        if (tensor.sizes().stream().reduce(1L, (product, size) -> product * size) != 1) {
            throw WeightException.of(file, "LoRA " + tensor.name(), "one number", tensor.sizes());
        }
        MemorySegment bytes = source.bytes(tensor);
        ElementType type = tensor.type();
        return switch (type) {
            case FLOAT -> Float.intBitsToFloat(bytes.get(INT, 0));
            case FLOAT16 -> Float.float16ToFloat(bytes.get(SHORT, 0));
            case BFLOAT16 -> Float.intBitsToFloat(bytes.get(SHORT, 0) << 16);
            default -> throw WeightException.of(file, "LoRA " + tensor.name(), "a floating-point number", type);
        };
    }

    /**
     * Reads the headers of files.
     *
     * @param placeOf a layer's place in the checkpoint by its name in a file, empty for a name that is none
     * @return what they add to a model's layers, by place
     */
    public static Map<String, List<LowRank>> readAll(List<LoraFile> files, Function<String, Optional<String>> placeOf) {
        Map<String, List<LowRank>> all = new TreeMap<>();
        for (int i = 0; i < files.size(); i++) {
            files.get(i)
                    .read("lora." + i + "/", placeOf)
                    .forEach((place, added) -> all.computeIfAbsent(place, where -> new ArrayList<>())
                            .add(added));
        }
        return all;
    }
}
