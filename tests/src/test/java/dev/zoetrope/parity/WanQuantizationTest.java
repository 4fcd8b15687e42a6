package dev.zoetrope.parity;

import static dev.zoetrope.graph.ir.ElementType.FLOAT;
import static dev.zoetrope.parity.Difference.assertNear;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.ffm.ort.ElementType;
import dev.zoetrope.graph.component.NetworkForm;
import dev.zoetrope.graph.model.wan.Umt5Config;
import dev.zoetrope.graph.model.wan.Umt5Encoder;
import dev.zoetrope.graph.model.wan.WanTransformer;
import dev.zoetrope.graph.weight.SafetensorsFile;
import dev.zoetrope.graph.weight.WeightException;
import dev.zoetrope.graph.weight.WeightQuantizer;
import dev.zoetrope.graph.weight.WeightSource;
import dev.zoetrope.graph.weight.WeightTensor;
import dev.zoetrope.parity.WanTransformerParityTest.Call;
import dev.zoetrope.runtime.error.ModelException;
import dev.zoetrope.runtime.model.wan.WanQuantizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Weights in 4 and 8 bits: computed with as what they stand for, and how far that is from the weights they were made of. */
class WanQuantizationTest {
    private static final int BLOCK = 32;

    @TempDir
    Path scratch;

    /** A recorded transformer in some bits, and the largest error, relative and as root mean square, that its result may have. */
    record Case(Call call, int bits, double allowed) {
        @Override
        public String toString() {
            return call.folder() + " in " + bits + " bits";
        }
    }

    static List<Case> transformers() {
        // Of a matrix of normal numbers about 0.4 % is lost in 8 bits and 8 % in 4; random blocks make up to twice as
        // much of it.
        return WanFolders.recording("transformer").stream()
                .map(folder -> new Call(folder, "transformer", "", "sample"))
                .flatMap(call -> Stream.of(new Case(call, 8, 0.02), new Case(call, 4, 0.3)))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("transformers")
    void theVelocityIsThatOfTheRoundedWeights(Case each) throws IOException {
        Path original = each.call().transformer();
        Path quantised = copyOfConfig(original, "quantised");
        WeightQuantizer.Result result = quantize(original, each.bits(), WanTransformer::isQuantizable, quantised);
        assertEquals(
                10L * each.call().config().depth(),
                result.matrices(),
                "queries, keys, values and outputs twice, two of the feed-forward part");
        assertTrue(result.bytesAfter() < result.bytesBefore(), result.toString());
        assertTrue(
                result.relativeError() > (each.bits() == 4 ? 0.03 : 0.001)
                        && result.relativeError() < (each.bits() == 4 ? 0.12 : 0.008),
                result.toString());

        float[] rounded = velocity(each.call(), dequantised(quantised, copyOfConfig(original, "rounded"), each.call()));
        float[] found = velocity(each.call(), quantised);
        assertNear("result of the same numbers in float32", rounded, found, Tolerance.GOLDEN);
        double error = relativeError(each.call().expected(), found);
        assertTrue(error > 1e-4 && error < each.allowed(), each + ": relative error of the velocity " + error);
    }

    static List<WanFolder> texts() {
        return WanFolders.recording("text");
    }

    @ParameterizedTest
    @MethodSource("texts")
    void promptsAreReadInFewBits(WanFolder folder) throws IOException {
        Path original = folder.component("text_encoder");
        Path quantised = copyOfConfig(original, "text");
        var _ = quantize(original, 8, Umt5Encoder::isQuantizable, quantised);
        HostTensor expected = folder.recording("text").tensor("prompt_embeds");
        long[] ids = folder.recording("text").tensor("input_ids").rows(0, 1).longs();
        long count = Arrays.stream(folder.recording("text")
                        .tensor("attention_mask")
                        .rows(0, 1)
                        .longs())
                .sum();
        int tokens = Math.toIntExact(count);
        int width = Umt5Config.read(original.resolve("config.json")).width();
        HostTensor states = HostTensor.zeros(ElementType.FLOAT32, tokens, width);
        try (GraphRunner runner = GraphRunner.open(Umt5Encoder.build(quantised, ids.length))) {
            runner.run(
                    Map.of("input_ids", HostTensor.of(Arrays.copyOf(ids, tokens), tokens)),
                    Map.of("last_hidden_state", states));
        }
        float[] wanted = Arrays.copyOf(expected.rows(0, 1).floats(), tokens * width);
        double error = relativeError(wanted, states.floats());
        assertTrue(error > 1e-5 && error < 0.05, folder + ": relative error of the states " + error);
    }

    @Test
    void wholeFoldersAreWrittenAgain() throws IOException {
        WanFolder folder = WanFolders.recording("text").getFirst();
        Path target = scratch.resolve("smaller");
        List<WanQuantizer.Component> components = WanQuantizer.write(folder.path(), target, 4);
        List<String> expected = Stream.of("text_encoder", "transformer", "transformer_2")
                .filter(folder::has)
                .toList();
        assertEquals(
                expected, components.stream().map(WanQuantizer.Component::name).toList());
        for (WanQuantizer.Component component : components) {
            assertTrue(
                    component.matrices() > 0 && component.bytesAfter() < component.bytesBefore(), component.toString());
        }
        assertEquals(-1, Files.mismatch(folder.path().resolve("model_index.json"), target.resolve("model_index.json")));
        try (WeightSource vae = WeightSource.open(target.resolve("vae"));
                WeightSource transformer = WeightSource.open(target.resolve("transformer"))) {
            assertTrue(vae.names().stream().noneMatch(name -> name.endsWith("_scale")), "the video autoencoder stays");
            assertTrue(transformer.names().contains("blocks.0.attn1.to_q.weight_scale"));
        }
        ModelException again = assertThrows(ModelException.class, () -> WanQuantizer.write(folder.path(), target, 4));
        assertEquals("quantisation: expected a new folder, found something at " + target, again.getMessage());
    }

    @Test
    void foldersOfOtherFamiliesAreRefused() {
        Path flipbook = Golden.transformer().resolveSibling("");
        Path target = scratch.resolve("other");
        ModelException refused = assertThrows(ModelException.class, () -> WanQuantizer.write(flipbook, target, 8));
        assertEquals(
                "quantisation: expected a Wan folder, found _class_name 'FlipbookPipeline' in " + flipbook,
                refused.getMessage());
        assertTrue(Files.notExists(target));
    }

    @Test
    void otherBitsAreRefusedBeforeAnythingIsWritten() throws IOException {
        Path original = WanFolders.recording("transformer").getFirst().component("transformer");
        Path target = copyOfConfig(original, "refused");
        WeightException refused =
                assertThrows(WeightException.class, () -> quantize(original, 5, WanTransformer::isQuantizable, target));
        assertEquals("quantisation: expected 4 or 8 bits, found 5", refused.getMessage());
        try (Stream<Path> inside = Files.list(target)) {
            assertEquals(1, inside.count(), "config.json alone");
        }
    }

    private Path copyOfConfig(Path original, String name) throws IOException {
        Path folder = Files.createDirectories(scratch.resolve(name));
        Files.copy(original.resolve("config.json"), folder.resolve("config.json"));
        return folder;
    }

    private static WeightQuantizer.Result quantize(Path original, int bits, Predicate<String> chosen, Path folder) {
        try (WeightSource source = WeightSource.open(original)) {
            return WeightQuantizer.quantize(source, bits, chosen, folder.resolve("model.safetensors"));
        }
    }

    private static float[] velocity(Call call, Path transformer) {
        WanCase recorded = call.inputs();
        Map<String, HostTensor> inputs = recorded.inputs();
        HostTensor velocity = HostTensor.zeros(
                ElementType.FLOAT32, recorded.tokens(), recorded.config().tokenNumbers());
        try (GraphRunner texts = GraphRunner.open(WanTransformer.keysAndValues(transformer, FLOAT));
                GraphRunner denoiser =
                        GraphRunner.open(WanTransformer.denoiser(transformer, NetworkForm.dense(FLOAT)))) {
            inputs.putAll(recorded.keysAndValues(texts, recorded.foldedText(), Map.of()));
            denoiser.run(inputs, Map.of("velocity", velocity));
        }
        return velocity.floats();
    }

    /** The same numbers in float32, worked out from the stored ones by their definition. */
    private static Path dequantised(Path quantised, Path target, Call call) throws IOException {
        List<String> entries = new ArrayList<>();
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        try (WeightSource source = WeightSource.open(quantised);
                WeightSource original = WeightSource.open(call.transformer())) {
            for (String name : original.names()) {
                WeightTensor wanted = original.tensor(name);
                int begin = data.size();
                String type = "F32";
                if (source.names().contains(name + "_scale")) {
                    data.writeBytes(numbers(source, name, wanted));
                } else {
                    data.writeBytes(source.bytes(source.tensor(name)).toArray(ValueLayout.JAVA_BYTE));
                    type = Map.of(4, "F32", 16, "BF16", 10, "F16", 1, "F32")
                            .get(wanted.type().code());
                }
                entries.add("\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                        .formatted(name, type, wanted.sizes(), begin, data.size()));
            }
        }
        byte[] header = ("{" + String.join(",", entries) + "}").getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + header.length + data.size()).order(ByteOrder.LITTLE_ENDIAN);
        Files.write(
                target.resolve("model.safetensors"),
                file.putLong(header.length).put(header).put(data.toByteArray()).array());
        try (SafetensorsFile written = SafetensorsFile.open(target.resolve("model.safetensors"))) {
            assertEquals(entries.size(), written.names().size());
        }
        return target;
    }

    private static byte[] numbers(WeightSource source, String name, WeightTensor wanted) {
        byte[] stored = source.bytes(source.tensor(name)).toArray(ValueLayout.JAVA_BYTE);
        float[] scales = source.bytes(source.tensor(name + "_scale")).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
        int out = Math.toIntExact(wanted.sizes().getFirst());
        int in = Math.toIntExact(wanted.sizes().getLast());
        int padded = Math.ceilDiv(in, BLOCK) * BLOCK;
        boolean isHalf = stored.length == out * padded / 2;
        ByteBuffer numbers = ByteBuffer.allocate(out * in * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int row = 0; row < out; row++) {
            for (int column = 0; column < in; column++) {
                int at = row * padded + column;
                int number = isHalf ? (stored[at / 2] >> (at % 2 == 0 ? 0 : 4) & 0xf) - 8 : (stored[at] & 0xff) - 128;
                numbers.putFloat(number * scales[at / BLOCK]);
            }
        }
        return numbers.array();
    }

    private static double relativeError(float[] expected, float[] found) {
        double error = 0;
        double size = 0;
        for (int i = 0; i < expected.length; i++) {
            error += Math.pow((double) expected[i] - found[i], 2);
            size += Math.pow(expected[i], 2);
        }
        return Math.sqrt(error / size);
    }
}
