package dev.zoetrope.graph.model.flipbook;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.graph.GraphException;
import dev.zoetrope.graph.component.AttentionForm;
import dev.zoetrope.graph.component.NetworkForm;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Graph;
import dev.zoetrope.graph.ir.Initializer;
import dev.zoetrope.graph.ir.TensorInfo;
import dev.zoetrope.graph.model.FrameForm;
import dev.zoetrope.graph.weight.WeightException;
import dev.zoetrope.graph.weight.WeightSource;
import dev.zoetrope.graph.write.OnnxWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlipbookGraphTest {
    private static final List<String> TRANSFORMER_INPUTS = List.of(
            "latent FLOAT[V, 6]",
            "text FLOAT[T, 12]",
            "order INT64[S]",
            "visual INT64[P]",
            "coordinates FLOAT[S, 6]",
            "group INT64[S]",
            "sigma FLOAT[G]",
            "role INT64[G]",
            "pooled FLOAT[G, 12]");

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(AttentionForm.class)
    void everyFormHasTheContractsInputsAndOutputs(AttentionForm form) {
        OnnxModel model = transformer("F32", form);
        List<String> expected = new ArrayList<>(TRANSFORMER_INPUTS);
        expected.addAll(
                switch (form) {
                    case SPLIT -> List.of("lengths INT64[16]");
                    case MASKED -> List.of("attention_bias FLOAT[1, 1, S, S]");
                    case DENSE -> List.of();
                    case VARLEN -> List.of("token_offset INT32[B, Smax]", "cumulative_length INT32[1 + B]");
                });
        assertEquals(expected, model.inputs().stream().map(TensorInfo::toString).toList());
        assertEquals(
                List.of("velocity FLOAT[P, 6]"),
                model.outputs().stream().map(TensorInfo::toString).toList());
        assertFalse(model.bytes().length > 100_000, "the graph holds no weights");
    }

    @Test
    void splitAttendsOncePerSlotAndBlock() {
        Graph graph = OnnxWriter.parse(transformer("F32", AttentionForm.SPLIT).bytes());
        assertEquals(16 * TinyFlipbook.DEPTH, count(graph, "MultiHeadAttention"));
        assertEquals(3 * TinyFlipbook.DEPTH, countWithInput(graph, "Split", "lengths"));
        Path transformer = folder.resolve("transformer");
        Graph three = OnnxWriter.parse(
                FlipbookTransformer.build(transformer, NetworkForm.cpu(3)).bytes());
        assertEquals(3 * TinyFlipbook.DEPTH, count(three, "MultiHeadAttention"));
    }

    @Test
    void otherFormsAttendOncePerBlock() {
        Graph masked = OnnxWriter.parse(transformer("F32", AttentionForm.MASKED).bytes());
        assertEquals(TinyFlipbook.DEPTH, countWithInput(masked, "MultiHeadAttention", "attention_bias"));
        Graph dense = OnnxWriter.parse(transformer("F32", AttentionForm.DENSE).bytes());
        assertEquals(TinyFlipbook.DEPTH, count(dense, "MultiHeadAttention"));
        Graph packed = OnnxWriter.parse(transformer("F16", AttentionForm.VARLEN).bytes());
        assertEquals(0, count(packed, "MultiHeadAttention"));
        assertEquals(TinyFlipbook.DEPTH, countWithInput(packed, "PackedMultiHeadAttention", "cumulative_length"));
        assertEquals(TinyFlipbook.DEPTH, countWithInput(packed, "PackedMultiHeadAttention", "token_offset"));
    }

    @Test
    void variableLengthComputesBlocksInTheWeightsOwnHalfPrecision() {
        Graph graph = OnnxWriter.parse(transformer("F16", AttentionForm.VARLEN).bytes());
        long castWeights = graph.nodes().stream()
                .filter(node -> node.operator().equals("Cast") && node.name().startsWith("blocks."))
                .filter(node -> node.inputs().getFirst().endsWith(".weight"))
                .count();
        assertEquals(0, castWeights, "no float16 weight of a block is cast");
        assertEquals(
                2 * TinyFlipbook.DEPTH + 1, count(graph, "LayerNormalization"), "float16 sums need the fused kernel");
    }

    @ParameterizedTest
    @ValueSource(strings = {"F16", "BF16"})
    void shorterWeightsAreCastOnceEach(String type) {
        Graph graph = OnnxWriter.parse(transformer(type, AttentionForm.DENSE).bytes());
        long external = graph.initializers().stream()
                .filter(Initializer.External.class::isInstance)
                .count();
        Set<String> cast = new HashSet<>();
        graph.nodes().stream()
                .filter(node -> node.operator().equals("Cast"))
                .forEach(node -> assertTrue(cast.add(node.inputs().getFirst()), node.name()));
        assertEquals(external, cast.size());
        assertEquals(
                0,
                count(OnnxWriter.parse(transformer("F32", AttentionForm.DENSE).bytes()), "Cast"));
    }

    @Test
    void everyWeightIsUsedWhereItLies() {
        Path model = TinyFlipbook.write(folder, "F32");
        assertAllBytesUsed(
                model.resolve("transformer"),
                FlipbookTransformer.build(model.resolve("transformer"), NetworkForm.cpu(16)));
        assertAllBytesUsed(
                model.resolve("vae"),
                FlipbookCodec.encoder(model.resolve("vae")),
                FlipbookCodec.decoder(model.resolve("vae"), FrameForm.RGB8));
    }

    private static Path realPath(Path folder) {
        try {
            return folder.toRealPath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void assertAllBytesUsed(Path part, OnnxModel... models) {
        Set<Long> used = new HashSet<>();
        for (OnnxModel model : models) {
            assertEquals(realPath(part), model.weightFolder());
            assertEquals(List.of("model.safetensors"), model.weightFiles());
            for (Initializer initializer : OnnxWriter.parse(model.bytes()).initializers()) {
                if (initializer instanceof Initializer.External external) {
                    for (long at = external.offset(); at < external.offset() + external.byteSize(); at++) {
                        used.add(at);
                    }
                }
            }
        }
        try (WeightSource source = WeightSource.open(part)) {
            for (String name : source.names()) {
                long first = source.tensor(name).offset();
                long last = first + source.tensor(name).byteSize() - 1;
                assertTrue(used.contains(first) && used.contains(last), "weight " + name + " is used");
            }
        }
    }

    @Test
    void codecHasTheContractsInputsAndOutputs() {
        Path codec = TinyFlipbook.write(folder, "F32").resolve("vae");
        OnnxModel encoder = FlipbookCodec.encoder(codec);
        assertEquals(
                "[frames FLOAT[4, 3, 8*rows, 8*columns], previous_feature FLOAT[1, 8, rows, columns]]",
                encoder.inputs().toString());
        assertEquals(
                "[latent FLOAT[rows, columns, 6], feature FLOAT[1, 8, rows, columns]]",
                encoder.outputs().toString());
        OnnxModel decoder = FlipbookCodec.decoder(codec, FrameForm.FLOAT);
        assertEquals(
                "[latent FLOAT[rows, columns, 6], previous_latent FLOAT[rows, columns, 6],"
                        + " previous_hidden FLOAT[1, 8, rows, columns]]",
                decoder.inputs().toString());
        assertEquals(
                "[frames FLOAT[4, 3, 8*rows, 8*columns], hidden FLOAT[1, 8, rows, columns]]",
                decoder.outputs().toString());
        OnnxModel rgb8 = FlipbookCodec.decoder(codec, FrameForm.RGB8);
        assertEquals(
                "frames UINT8[4, 8*rows, 8*columns, 3]",
                rgb8.outputs().getFirst().toString());
        assertEquals(ElementType.UINT8, rgb8.outputs().getFirst().type());
    }

    @Test
    void equalFoldersGiveEqualBytes() {
        assertArrayEquals(
                transformer("F32", AttentionForm.SPLIT).bytes(),
                transformer("F32", AttentionForm.SPLIT).bytes());
    }

    @Test
    void wrongWeightsAreNamed() throws IOException {
        Path transformer = TinyFlipbook.write(folder, "F32").resolve("transformer");
        Path config = transformer.resolve("config.json");
        Files.writeString(config, TinyFlipbook.TRANSFORMER_CONFIG.replace("\"expansion\": 4", "\"expansion\": 3"));
        WeightException sizes =
                assertThrows(WeightException.class, () -> FlipbookTransformer.build(transformer, NetworkForm.cpu(16)));
        assertEquals(
                transformer.resolve("model.safetensors")
                        + ": weight blocks.0.up.weight: expected [72, 24], found [96, 24]"
                        + " (config.json and these weights are of different models)",
                sizes.getMessage());
        Files.writeString(config, TinyFlipbook.TRANSFORMER_CONFIG.replace("\"depth\": 2", "\"depth\": 3"));
        WeightException missing =
                assertThrows(WeightException.class, () -> FlipbookTransformer.build(transformer, NetworkForm.cpu(16)));
        assertTrue(missing.getMessage().contains("weight blocks.2.attention.qkv.weight: expected to be there"));
    }

    @Test
    void weightsOfTheWrongKindAreRefused() {
        Path vae = TinyFlipbook.write(folder, "I64").resolve("vae");
        WeightException refused =
                assertThrows(WeightException.class, () -> FlipbookCodec.decoder(vae, FrameForm.FLOAT));
        assertEquals(
                vae.resolve("model.safetensors")
                        + ": weight decoder.conv_in.weight: expected floating-point numbers, found INT64",
                refused.getMessage());
    }

    @Test
    void slotsAreCounted() {
        Path transformer = TinyFlipbook.write(folder, "F32").resolve("transformer");
        GraphException refused =
                assertThrows(GraphException.class, () -> FlipbookTransformer.build(transformer, NetworkForm.cpu(0)));
        assertEquals("slots: expected at least 1, found 0", refused.getMessage());
    }

    private OnnxModel transformer(String type, AttentionForm form) {
        return FlipbookTransformer.build(
                TinyFlipbook.write(folder, type).resolve("transformer"), NetworkForm.of(form, 16));
    }

    private static long count(Graph graph, String operator) {
        return graph.nodes().stream()
                .filter(node -> node.operator().equals(operator))
                .count();
    }

    private static long countWithInput(Graph graph, String operator, String input) {
        return graph.nodes().stream()
                .filter(node ->
                        node.operator().equals(operator) && node.inputs().contains(input))
                .count();
    }
}
