package dev.zoetrope.graph.weight;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.zoetrope.graph.ir.ElementType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The checked JSON header of a safetensors file. Refused: text that is not UTF-8 or not one JSON object, a name or key given
 * twice, unknown types, negative or overflowing sizes, byte ranges that are out of range, overlap, leave a gap, do not match
 * type and sizes, or leave bytes at the end of the file unused.
 */
record SafetensorsHeader(Map<String, WeightTensor> tensors, Map<String, String> metadata) {
    private static final String METADATA = "__metadata__";
    private static final Set<String> KEYS = Set.of("dtype", "shape", "data_offsets");
    private static final Map<String, ElementType> TYPES = Map.of(
            "F32", ElementType.FLOAT,
            "F16", ElementType.FLOAT16,
            "BF16", ElementType.BFLOAT16,
            "I64", ElementType.INT64,
            "I32", ElementType.INT32,
            "U8", ElementType.UINT8);
    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** The format's name of a type. */
    static String nameOf(ElementType type) {
        return TYPES.entrySet().stream()
                .filter(entry -> entry.getValue() == type)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() -> new WeightException("dtype: expected one of " + TYPES.keySet() + ", found " + type));
    }

    SafetensorsHeader {
        tensors = Map.copyOf(tensors);
        metadata = Map.copyOf(metadata);
    }

    /**
     * Parses and checks.
     *
     * @param header the header's bytes
     * @param dataBytes bytes of the file that follow the header
     */
    static SafetensorsHeader parse(Path file, byte[] header, long dataBytes) {
        JsonNode root = readJson(file, header);
        long dataStart = (long) SafetensorsFile.LENGTH_BYTES + header.length;
        Map<String, WeightTensor> tensors = new HashMap<>();
        Map<String, String> metadata = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            if (entry.getKey().equals(METADATA)) {
                readMetadata(file, entry.getValue(), metadata);
            } else {
                tensors.put(entry.getKey(), readTensor(file, entry.getKey(), entry.getValue(), dataStart, dataBytes));
            }
        }
        requireSeamless(file, tensors, dataStart, dataBytes);
        return new SafetensorsHeader(tensors, metadata);
    }

    private static JsonNode readJson(Path file, byte[] header) {
        if (header[0] != '{') {
            throw WeightException.of(file, "header", "a JSON object starting with {", "byte " + header[0]);
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(header))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new WeightException(file + ": header: expected UTF-8, found other bytes", e);
        }
        try (JsonParser parser = JSON.createParser(text)) {
            JsonNode root = JSON.readTree(parser);
            if (root == null || !root.isObject() || parser.nextToken() != null) {
                throw WeightException.of(file, "header", "one JSON object", "something else");
            }
            return root;
        } catch (JsonProcessingException e) {
            throw new WeightException(
                    WeightException.printable(file + ": header: expected a JSON object without repeated names, found "
                            + e.getOriginalMessage()),
                    e);
        } catch (IOException e) {
            throw new WeightException(file + ": header: expected a JSON object, found an unreadable one", e);
        }
    }

    private static void readMetadata(Path file, JsonNode node, Map<String, String> metadata) {
        if (!node.isObject()) {
            throw WeightException.of(file, METADATA, "an object of texts", node.getNodeType());
        }
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            if (!entry.getValue().isTextual()) {
                throw WeightException.of(
                        file,
                        METADATA + " " + entry.getKey(),
                        "a text",
                        entry.getValue().getNodeType());
            }
            metadata.put(entry.getKey(), entry.getValue().textValue());
        }
    }

    private static WeightTensor readTensor(Path file, String name, JsonNode node, long dataStart, long dataBytes) {
        String thing = "tensor " + name;
        if (!node.isObject()) {
            throw WeightException.of(file, thing, "an object", node.getNodeType());
        }
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            if (!KEYS.contains(entry.getKey())) {
                throw WeightException.of(file, thing, "the keys dtype, shape, data_offsets", entry.getKey());
            }
        }
        JsonNode typeName = node.path("dtype");
        ElementType type = TYPES.get(typeName.asText());
        if (type == null || !typeName.isTextual()) {
            throw WeightException.of(file, thing, "a dtype of F32, F16, BF16, I64, I32, U8", typeName);
        }
        List<Long> sizes = readWholes(file, thing + " shape", node.path("shape"));
        List<Long> range = readWholes(file, thing + " data_offsets", node.path("data_offsets"));
        if (range.size() != 2 || range.get(0) > range.get(1)) {
            throw WeightException.of(file, thing + " data_offsets", "[begin, end]", range);
        }
        if (range.get(1) > dataBytes) {
            throw WeightException.of(
                    file,
                    thing,
                    "data up to byte " + range.get(1),
                    dataBytes + " bytes (truncated: copy the file again)");
        }
        long byteSize = range.get(1) - range.get(0);
        long expectedBytes = byteSize(file, thing, type, sizes);
        if (byteSize != expectedBytes) {
            throw WeightException.of(file, thing, expectedBytes + " bytes for " + typeName.asText() + sizes, byteSize);
        }
        return new WeightTensor(name, type, sizes, file, dataStart + range.get(0), byteSize);
    }

    private static List<Long> readWholes(Path file, String thing, JsonNode node) {
        if (!node.isArray() || node.size() > 16) {
            throw WeightException.of(file, thing, "a list of at most 16 whole numbers", node.getNodeType());
        }
        List<Long> values = new ArrayList<>();
        for (JsonNode element : node) {
            if (!element.isIntegralNumber() || !element.canConvertToLong() || element.longValue() < 0) {
                throw WeightException.of(file, thing, "whole numbers of at least 0", element);
            }
            values.add(element.longValue());
        }
        return values;
    }

    private static long byteSize(Path file, String thing, ElementType type, List<Long> sizes) {
        try {
            long elements = 1;
            for (long size : sizes) {
                elements = Math.multiplyExact(elements, size);
            }
            return Math.multiplyExact(elements, (long) type.byteSize());
        } catch (ArithmeticException e) {
            throw new WeightException(
                    WeightException.printable(
                            file + ": " + thing + " shape: expected a product below 2^63, found " + sizes),
                    e);
        }
    }

    /** Tensors, sorted by offset, must follow each other without gap or overlap and end where the file ends. */
    private static void requireSeamless(Path file, Map<String, WeightTensor> tensors, long dataStart, long dataBytes) {
        List<WeightTensor> sorted = new ArrayList<>(tensors.values());
        sorted.sort(Comparator.comparingLong(WeightTensor::offset).thenComparingLong(WeightTensor::byteSize));
        long end = dataStart;
        for (WeightTensor tensor : sorted) {
            if (tensor.offset() != end) {
                throw WeightException.of(
                        file,
                        "tensor " + tensor.name() + " data_offsets",
                        "to begin at " + (end - dataStart),
                        (tensor.offset() - dataStart) + (tensor.offset() < end ? " (overlap)" : " (gap)"));
            }
            end = tensor.offset() + tensor.byteSize();
        }
        if (end != dataStart + dataBytes) {
            throw WeightException.of(file, "file", (end - dataStart) + " bytes of tensors", dataBytes + " bytes");
        }
    }
}
