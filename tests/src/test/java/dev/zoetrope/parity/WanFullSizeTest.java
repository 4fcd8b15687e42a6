package dev.zoetrope.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.graph.GraphException;
import dev.zoetrope.graph.component.NetworkForm;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.model.wan.Umt5Encoder;
import dev.zoetrope.graph.model.wan.WanTransformer;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The published sizes, by name and shape of every weight as {@code tests/golden/record_wan_keys.py} recorded them: graphs are built over
 * weights that are holes in a sparse file. How long that takes and what ONNX's checker says, {@code tests/benchmark/wan_graphs.py}
 * reports.
 */
class WanFullSizeTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SLOTS = 8;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"1.3B", "5B", "14B", "A14B-I2V"})
    void transformersUseEveryWeight(String size) throws IOException {
        JsonNode model = recorded(size);
        write(model, weights(model));
        OnnxModel denoiser = WanTransformer.denoiser(folder, NetworkForm.cpu(SLOTS));
        OnnxModel texts = WanTransformer.keysAndValues(folder, ElementType.FLOAT);
        int blocks = model.path("blocks").intValue();
        assertEquals(2 * blocks, texts.outputs().size());
        assertEquals(List.of("model.safetensors"), denoiser.weightFiles());
        assertTrue(denoiser.bytes().length < 4_000_000, "weights stay where they are");
    }

    @Test
    void theTextEncoderUsesEveryWeight() throws IOException {
        JsonNode model = recorded("UMT5-XXL");
        Map<String, JsonNode> weights = weights(model);
        write(model, weights);
        assertTrue(Umt5Encoder.build(folder, 512).bytes().length < 4_000_000, "both names of the token table");
        weights.remove("shared.weight");
        write(model, weights);
        assertEquals(1, Umt5Encoder.build(folder, 512).inputs().size(), "one of them");
        weights.remove("encoder.embed_tokens.weight");
        write(model, weights);
        assertRefused(
                "weight shared.weight: expected to be there, found no tensor of this name",
                () -> Umt5Encoder.build(folder, 512));
    }

    @Test
    void checkpointsOfOtherModelsAreRefused() throws IOException {
        JsonNode model = recorded("1.3B");
        Map<String, JsonNode> weights = weights(model);
        JsonNode taken = Objects.requireNonNull(weights.remove("blocks.7.ffn.net.2.bias"));
        write(model, weights);
        assertRefused(
                "weight blocks.7.ffn.net.2.bias: expected to be there, found no tensor of this name",
                () -> WanTransformer.keysAndValues(folder, ElementType.FLOAT));
        weights.put("blocks.7.ffn.net.2.bias", taken);
        weights.put("blocks.7.attn2.add_k_proj.bias", taken);
        weights.put("blocks.8.attn2.add_k_proj.bias", taken);
        write(model, weights);
        assertRefused(
                "weights: expected only those of the model that config.json describes, found"
                        + " blocks.7.attn2.add_k_proj.bias and 1 more",
                () -> WanTransformer.keysAndValues(folder, ElementType.FLOAT));
        ObjectNode wider = model.deepCopy();
        ((ObjectNode) wider.path("config")).put("ffn_dim", 1024);
        write(wider, weights);
        assertRefused(
                "weight blocks.0.ffn.net.0.proj.weight: expected [1024, 1536], found [8960, 1536]"
                        + " (config.json and these weights are of different models)",
                () -> WanTransformer.keysAndValues(folder, ElementType.FLOAT));
    }

    private void assertRefused(String message, Executable build) {
        GraphException refused = assertThrows(GraphException.class, build);
        assertEquals(folder.resolve("model.safetensors") + ": " + message, refused.getMessage());
    }

    private static JsonNode recorded(String size) throws IOException {
        try (InputStream stream = WanFullSizeTest.class.getResourceAsStream("/golden/wan-keys.json")) {
            return JSON.readTree(Objects.requireNonNull(stream)).path(size);
        }
    }

    /** Shapes by name; {@code #} in a recorded name stands for every block. */
    private static Map<String, JsonNode> weights(JsonNode model) {
        Map<String, JsonNode> weights = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : model.path("keys").properties()) {
            int count = entry.getKey().contains("#") ? model.path("blocks").intValue() : 1;
            for (int block = 0; block < count; block++) {
                weights.put(entry.getKey().replace("#", String.valueOf(block)), entry.getValue());
            }
        }
        return weights;
    }

    /** A folder with bfloat16 weights that take no room. */
    private void write(JsonNode model, Map<String, JsonNode> weights) throws IOException {
        ObjectNode header = JSON.createObjectNode();
        long end = 0;
        for (Map.Entry<String, JsonNode> entry : weights.entrySet()) {
            long bytes = 2;
            for (JsonNode size : entry.getValue()) {
                bytes *= size.longValue();
            }
            ObjectNode tensor = header.putObject(entry.getKey()).put("dtype", "BF16");
            tensor.set("shape", entry.getValue());
            tensor.putArray("data_offsets").add(end).add(end + bytes);
            end += bytes;
        }
        byte[] json = JSON.writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
        Path file = folder.resolve("model.safetensors");
        Files.deleteIfExists(file);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(json.length)
                    .array());
            sparse.write(json);
            sparse.setLength(8 + json.length + end);
        }
        Files.writeString(folder.resolve("config.json"), model.path("config").toString());
    }
}
