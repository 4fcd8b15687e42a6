package dev.zoetrope.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.graph.component.AttentionForm;
import dev.zoetrope.graph.component.NetworkForm;
import dev.zoetrope.graph.component.SegmentCrossAttention;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Graph;
import dev.zoetrope.graph.ir.TensorInfo;
import dev.zoetrope.graph.model.FrameForm;
import dev.zoetrope.graph.model.flipbook.CodecConfig;
import dev.zoetrope.graph.model.flipbook.FlipbookCodec;
import dev.zoetrope.graph.model.flipbook.FlipbookTransformer;
import dev.zoetrope.graph.model.flipbook.TransformerConfig;
import dev.zoetrope.graph.model.wan.Chunk;
import dev.zoetrope.graph.model.wan.LatentForm;
import dev.zoetrope.graph.model.wan.Umt5Config;
import dev.zoetrope.graph.model.wan.Umt5Encoder;
import dev.zoetrope.graph.model.wan.WanAutoencoder;
import dev.zoetrope.graph.model.wan.WanTransformer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What graphs of 16 bits lose of those of float32, with the roundings that a GPU's kernels make ({@link RoundedGraph}): whether the
 * casts are where they have to be. The kernels themselves are not run here.
 */
class ReducedPrecisionTest {
    private static final long SEED = 20;

    /** What a transformer and flipbook's codec may lose: root mean square over that of the result. */
    private static final double ALLOWED = 0.01;

    /**
     * Autoencoders of random weights divide by norms near 0 and lose more in 16 bits, in the reference too; which of the two loses more
     * is chance. So all folders together may lose a quarter more than the reference (measured: 0.9 of it), no folder thrice as much.
     */
    private static final double ALLOWED_TOGETHER = 1.25;

    private static final double ALLOWED_OF_ONE = 3;

    /** The types of 16 bits. */
    enum Precision {
        FLOAT16(ElementType.FLOAT16, dev.zoetrope.ffm.ort.ElementType.FLOAT16),
        BFLOAT16(ElementType.BFLOAT16, dev.zoetrope.ffm.ort.ElementType.BFLOAT16);

        final ElementType type;
        final dev.zoetrope.ffm.ort.ElementType tensorType;

        Precision(ElementType type, dev.zoetrope.ffm.ort.ElementType tensorType) {
            this.type = type;
            this.tensorType = tensorType;
        }

        double check(String what, float[] expected, float[] found, double allowed) {
            double lost = Difference.relative(expected, found);
            assertTrue(lost <= allowed, () -> what + " in " + this + ": lost " + lost + ", allowed " + allowed);
            assertTrue(lost > 1e-6, () -> what + " in " + this + ": lost nothing, so nothing was rounded: " + lost);
            return lost;
        }
    }

    /** What diffusers and transformers lose in a type ({@code tests/golden/measure_wan_types.py}, diffusers 0.42.1 on a CPU). */
    private record Own(double decoder, double encoder, double text) {
        private static final Map<String, Own> FLOAT16 = Map.of(
                "a14b-i2v-25", new Own(0.00735, 0.00163, 0.00126),
                "a14b-t2v-49", new Own(0.00479, 0.00116, 0.00161),
                "t2v-12-bfloat16", new Own(0.0272, 0.00151, 0.00096),
                "t2v-51", new Own(0.02412, 0.00905, 0.00192),
                "ti2v-60", new Own(0.01253, 0.00112, 0.00108));
        private static final Map<String, Own> BFLOAT16 = Map.of(
                "a14b-i2v-25", new Own(0.08946, 0.01457, 0.00835),
                "a14b-t2v-49", new Own(0.05026, 0.01039, 0.0128),
                "t2v-12-bfloat16", new Own(0.15465, 0.01953, 0.00783),
                "t2v-51", new Own(0.1208, 0.05911, 0.01136),
                "ti2v-60", new Own(0.04051, 0.01131, 0.01142));

        static Own of(WanFolder folder, Precision precision) {
            Map<String, Own> table = switch (precision) {
                case FLOAT16 -> FLOAT16;
                case BFLOAT16 -> BFLOAT16;
            };
            return Objects.requireNonNull(table.get(folder.toString()), folder.toString());
        }

        /** The committed folders. */
        static List<WanFolder> folders() {
            return WanFolders.all().stream()
                    .filter(folder -> FLOAT16.containsKey(folder.toString()))
                    .toList();
        }
    }

    private static Path shipped(String component) {
        return Path.of(System.getProperty("zoetrope.root"), "onnx-graphs/models/flipbook", component);
    }

    @ParameterizedTest
    @EnumSource
    void flipbookTransformer(Precision precision) {
        PackedCase single = shippedCase("single");
        float[] expected = velocity(NetworkForm.dense(ElementType.FLOAT), single, Map.of());
        precision.check(
                "flipbook DENSE", expected, velocity(NetworkForm.dense(precision.type), single, Map.of()), ALLOWED);
    }

    @ParameterizedTest
    @EnumSource(names = "FLOAT16")
    void flipbookTransformerOfPackedSegments(Precision precision) {
        PackedCase packed = shippedCase("packed");
        Map<String, HostTensor> bias = Map.of("attention_bias", packed.bias());
        float[] expected = velocity(NetworkForm.of(AttentionForm.MASKED, 1), packed, bias);
        precision.check("flipbook VARLEN", expected, velocity(NetworkForm.varlen(), packed, bias), ALLOWED);
    }

    private static float[] velocity(NetworkForm form, PackedCase packed, Map<String, HostTensor> extra) {
        OnnxModel model = RoundedGraph.of(FlipbookTransformer.build(shipped("transformer"), form));
        try (GraphRunner runner = GraphRunner.open(model)) {
            return packed.comparable(packed.run(runner, extra));
        }
    }

    /** A recorded sequence of the tiny model with random latents and texts of the shipped model's widths. */
    private static PackedCase shippedCase(String name) {
        TransformerConfig config = TransformerConfig.read(shipped("transformer").resolve("config.json"));
        PackedCase tiny = PackedCase.golden(name);
        Random random = new Random(SEED);
        Map<String, HostTensor> inputs = new LinkedHashMap<>(tiny.inputs());
        inputs.put("latent", gaussian(random, tiny.input("latent").rows(), config.latentChannels()));
        inputs.put("text", gaussian(random, tiny.input("text").rows(), config.textWidth()));
        inputs.put("pooled", gaussian(random, tiny.input("pooled").rows(), config.textWidth()));
        return new PackedCase(inputs, tiny.lengths());
    }

    private static HostTensor gaussian(Random random, long... sizes) {
        float[] values = new float[Math.toIntExact(Arrays.stream(sizes).reduce(1, Math::multiplyExact))];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return HostTensor.of(values, sizes);
    }

    @ParameterizedTest
    @EnumSource
    void flipbookCodec(Precision precision) {
        CodecConfig config = CodecConfig.read(shipped("vae").resolve("config.json"));
        int rows = 5;
        int columns = 7;
        CodecRun exact = new CodecRun(rows, columns, config.wideChannels(), config.latentChannels());
        CodecRun rounded =
                new CodecRun(rows, columns, config.wideChannels(), config.latentChannels(), precision.tensorType);
        Random random = new Random(SEED);
        try (GraphRunner decoder = GraphRunner.open(FlipbookCodec.decoder(shipped("vae"), FrameForm.FLOAT));
                GraphRunner encoder = GraphRunner.open(FlipbookCodec.encoder(shipped("vae")));
                GraphRunner shortDecoder = GraphRunner.open(
                        RoundedGraph.of(FlipbookCodec.decoder(shipped("vae"), FrameForm.FLOAT, precision.type)));
                GraphRunner shortEncoder =
                        GraphRunner.open(RoundedGraph.of(FlipbookCodec.encoder(shipped("vae"), precision.type)))) {
            for (int group = 0; group < 3; group++) {
                HostTensor latent = gaussian(random, rows, columns, config.latentChannels());
                HostTensor frames = exact.decode(decoder, latent);
                float[] found = rounded.decode(shortDecoder, latent).floats();
                precision.check("flipbook decoder " + group, frames.floats(), found, ALLOWED);
                float[] code = exact.encode(encoder, frames).floats();
                precision.check(
                        "flipbook encoder " + group,
                        code,
                        rounded.encode(shortEncoder, frames).floats(),
                        ALLOWED);
            }
        }
    }

    static Stream<Arguments> wanFolders() {
        return WanFolders.recording("transformer").stream()
                .flatMap(folder -> Arrays.stream(Precision.values()).map(precision -> Arguments.of(folder, precision)));
    }

    @ParameterizedTest
    @MethodSource("wanFolders")
    void wanTransformer(WanFolder folder, Precision precision) {
        Wan wan = Wan.of(folder);
        float[] expected = wan.dense(ElementType.FLOAT, wan.text);
        float[] found = wan.dense(precision.type, wan.text);
        precision.check(folder + " DENSE", expected, found, ALLOWED);
    }

    static List<WanFolder> transformers() {
        return WanFolders.recording("transformer");
    }

    /** Two texts for one clip, in one sequence: in float32 the numbers of each alone, in float16 near them. */
    @ParameterizedTest
    @MethodSource("transformers")
    void wanTransformerOfPackedSegments(WanFolder folder) {
        Wan wan = Wan.of(folder);
        WanCase.Text other = wan.shorterText();
        float[] first = wan.dense(ElementType.FLOAT, wan.text);
        float[] second = wan.dense(ElementType.FLOAT, other);
        float[] exact = wan.packed(ElementType.FLOAT, wan.text, other);
        Difference.assertNear("first", first, Arrays.copyOf(exact, first.length), Tolerance.FORMS);
        Difference.assertNear("second", second, Arrays.copyOfRange(exact, first.length, exact.length), Tolerance.FORMS);
        assertTrue(Difference.largest(first, second) > 1e-3f, "the texts are felt");
        float[] rounded = wan.packed(ElementType.FLOAT16, wan.text, other);
        Precision.FLOAT16.check(folder + " VARLEN", exact, rounded, ALLOWED);
    }

    /** CUDA's kernel for attention with a bias takes rows of so many numbers only. */
    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9})
    void textIsFilledUpToAMultipleOfEight(int rows) {
        Wan wan = Wan.of(transformers().getFirst());
        Graph graph = WanTransformer.denoiser(wan.folder, NetworkForm.dense(ElementType.FLOAT))
                .graph();
        String bias = graph.nodes().stream()
                .filter(node -> node.operator().equals("MultiHeadAttention"))
                .filter(node -> node.inputs().size() == 6)
                .map(node -> node.inputs().getLast())
                .findFirst()
                .orElseThrow();
        List<TensorInfo> outputs = new ArrayList<>(graph.outputs());
        outputs.add(Objects.requireNonNull(graph.results().get(bias)));
        OnnxModel model = OnnxModel.of(
                new Graph(graph.name(), graph.inputs(), outputs, graph.initializers(), graph.nodes(), graph.results()));
        int filled = (rows / 8 + 1) * 8;
        int tokens = wan.call.tokens();
        dev.zoetrope.ffm.ort.ElementType floats = dev.zoetrope.ffm.ort.ElementType.FLOAT32;
        HostTensor found = HostTensor.zeros(floats, 1, 1, tokens, filled);
        HostTensor velocity = HostTensor.zeros(floats, tokens, wan.call.config().tokenNumbers());
        HostTensor states = HostTensor.zeros(floats, rows, wan.call.config().textWidth());
        WanCase.Text text = new WanCase.Text(states, HostTensor.zeros(floats, rows));
        Map<String, HostTensor> inputs = wan.call.inputs();
        try (GraphRunner texts = GraphRunner.open(WanTransformer.keysAndValues(wan.folder, ElementType.FLOAT));
                GraphRunner denoiser = GraphRunner.open(model)) {
            inputs.putAll(wan.call.keysAndValues(texts, text, Map.of()));
            denoiser.run(inputs, Map.of("velocity", velocity, bias, found)); // refuses an output of another shape
        }
        float[] row = Arrays.copyOf(found.floats(), filled);
        for (int i = 0; i < filled; i++) {
            assertEquals(i < rows ? 0 : SegmentCrossAttention.UNSEEN, row[i], "row " + i);
        }
    }

    /** A transformer, and a recorded call of it. */
    private record Wan(Path folder, WanCase call, WanCase.Text text) {
        static Wan of(WanFolder folder) {
            WanTransformerParityTest.Call call = new WanTransformerParityTest.Call(folder, "transformer", "", "sample");
            WanCase recorded = call.inputs();
            return new Wan(call.transformer(), recorded, recorded.foldedText());
        }

        WanCase.Text shorterText() {
            int rows = 3;
            int width = Math.toIntExact(text.states().size(1));
            float[] states = Arrays.copyOf(text.states().floats(), (rows + 1) * width);
            Arrays.fill(states, rows * width, states.length, 0);
            float[] weight = {0, 0, 0, (float) Math.log(call.paddedTokens() - rows)};
            return new WanCase.Text(HostTensor.of(states, rows + 1, width), HostTensor.of(weight, rows + 1));
        }

        float[] dense(ElementType type, WanCase.Text seen) {
            return run(type, NetworkForm.dense(type), seen, call.inputs(), call.tokens());
        }

        /** The clip twice, as two segments with a text each. */
        float[] packed(ElementType type, WanCase.Text first, WanCase.Text second) {
            int tokens = call.tokens();
            Map<String, HostTensor> inputs = call.inputs();
            inputs.put("order", twice(inputs, "order"));
            inputs.put("group", twice(inputs, "group"));
            long[] position = Objects.requireNonNull(inputs.get("position")).longs();
            long[] positions = new long[2 * position.length];
            for (int i = 0; i < positions.length; i++) {
                positions[i] = position[i / (2 * tokens) * tokens + i % tokens];
            }
            inputs.put("position", HostTensor.of(positions, 3, 2L * tokens));
            long[] segment = new long[2 * tokens];
            Arrays.fill(segment, tokens, 2 * tokens, 1);
            inputs.put("segment", HostTensor.of(segment, segment.length));
            inputs.put("attention_bias", new PackedCase(inputs, List.of(tokens, tokens)).bias());
            return run(
                    type,
                    new NetworkForm(AttentionForm.VARLEN, 1, type),
                    together(inputs, first, second),
                    inputs,
                    2 * tokens);
        }

        private static HostTensor twice(Map<String, HostTensor> inputs, String name) {
            long[] once = Objects.requireNonNull(inputs.get(name)).longs();
            long[] values = Arrays.copyOf(once, 2 * once.length);
            System.arraycopy(once, 0, values, once.length, once.length);
            return HostTensor.of(values, values.length);
        }

        /** Both texts, one after the other. */
        private static WanCase.Text together(Map<String, HostTensor> inputs, WanCase.Text first, WanCase.Text second) {
            int width = Math.toIntExact(first.states().size(1));
            int firstRows = first.states().rows();
            int rows = firstRows + second.states().rows();
            float[] states = new float[rows * width];
            float[] weight = new float[rows];
            long[] segment = new long[rows];
            Arrays.fill(segment, firstRows, rows, 1);
            int row = 0;
            for (WanCase.Text text : List.of(first, second)) {
                int count = text.states().rows();
                System.arraycopy(text.states().floats(), 0, states, row * width, count * width);
                System.arraycopy(text.weight().floats(), 0, weight, row, count);
                row += count;
            }
            inputs.put("text_segment", HostTensor.of(segment, rows));
            return new WanCase.Text(HostTensor.of(states, rows, width), HostTensor.of(weight, rows));
        }

        private float[] run(
                ElementType type, NetworkForm form, WanCase.Text seen, Map<String, HostTensor> inputs, int tokens) {
            try (GraphRunner texts = GraphRunner.open(RoundedGraph.of(WanTransformer.keysAndValues(folder, type)));
                    GraphRunner denoiser = GraphRunner.open(RoundedGraph.of(WanTransformer.denoiser(folder, form)))) {
                inputs.putAll(call.keysAndValues(
                        texts, seen, Map.of(), dev.zoetrope.ffm.ort.ElementType.ofOnnxCode(type.code())));
                HostTensor velocity = HostTensor.zeros(
                        dev.zoetrope.ffm.ort.ElementType.FLOAT32,
                        tokens,
                        call.config().tokenNumbers());
                denoiser.run(inputs, Map.of("velocity", velocity));
                return velocity.floats();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void wanAutoencoders(Precision precision) {
        List<Double> ratios = new ArrayList<>();
        for (WanFolder folder : Own.folders()) {
            Path vae = folder.component("vae");
            Reference recorded = folder.recording("vae");
            HostTensor latents = recorded.tensor("z"); // [1, channels, frames, rows, columns]
            Own own = Own.of(folder, precision);
            Function<ElementType, float[]> decode = type -> chunks(
                    chunk -> WanAutoencoder.decoder(vae, chunk, LatentForm.CELLS, FrameForm.FLOAT, type),
                    latents,
                    "latent",
                    frames(latents),
                    "frames");
            float[] pictures = decode.apply(ElementType.FLOAT);
            double allowed = ALLOWED_OF_ONE * own.decoder();
            double lost = precision.check(folder + " decoder", pictures, decode.apply(precision.type), allowed);
            ratios.add(lost / own.decoder());
            HostTensor first = frame(recorded.tensor("pixels"), 0); // of [1, 3, frames, height, width]
            HostTensor means = recorded.tensor("enc_mean");
            Function<ElementType, float[]> encode = type -> chunks(
                    chunk -> WanAutoencoder.encoder(vae, chunk, LatentForm.CELLS, type),
                    means,
                    "frames",
                    List.of(first, fourTimes(first)),
                    "latent");
            float[] codes = encode.apply(ElementType.FLOAT);
            allowed = ALLOWED_OF_ONE * own.encoder();
            lost = precision.check(folder + " encoder", codes, encode.apply(precision.type), allowed);
            ratios.add(lost / own.encoder());
        }
        double together =
                Math.exp(ratios.stream().mapToDouble(Math::log).average().orElseThrow());
        assertTrue(together <= ALLOWED_TOGETHER, () -> precision + ": lost " + together + " of the reference's own");
    }

    private static float[] chunks(
            Function<Chunk, OnnxModel> graphs,
            HostTensor latents,
            String input,
            List<HostTensor> values,
            String output) {
        List<float[]> results = new ArrayList<>();
        try (WanChunks chunks =
                new WanChunks(chunk -> RoundedGraph.of(graphs.apply(chunk)), latents.size(3), latents.size(4))) {
            values.forEach(value -> results.add(chunks.run(input, value, output).floats()));
        }
        int length = results.stream().mapToInt(each -> each.length).sum();
        float[] all = new float[length];
        int at = 0;
        for (float[] each : results) {
            System.arraycopy(each, 0, all, at, each.length);
            at += each.length;
        }
        return all;
    }

    /** The frames of a clip {@code [1, channels, frames, rows, columns]}. */
    private static List<HostTensor> frames(HostTensor clip) {
        List<HostTensor> frames = new ArrayList<>();
        for (int frame = 0; frame < clip.size(2); frame++) {
            frames.add(frame(clip, frame).reshaped(1, clip.size(1), 1, clip.size(3), clip.size(4)));
        }
        return frames;
    }

    private static HostTensor frame(HostTensor clip, int frame) {
        int channels = Math.toIntExact(clip.size(1));
        int cells = Math.toIntExact(clip.size(3) * clip.size(4));
        float[] values = clip.floats();
        float[] part = new float[channels * cells];
        for (int channel = 0; channel < channels; channel++) {
            int from = Math.toIntExact((channel * clip.size(2) + frame) * cells);
            System.arraycopy(values, from, part, channel * cells, cells);
        }
        return HostTensor.of(part, 1, channels, clip.size(3), clip.size(4));
    }

    private static HostTensor fourTimes(HostTensor frame) {
        float[] once = frame.floats();
        float[] values = new float[4 * once.length];
        for (int i = 0; i < values.length; i++) {
            int shade = i / once.length; // it fades
            values[i] = once[i % once.length] * (1 - shade / 8f);
        }
        return HostTensor.of(values, 4, frame.size(1), frame.size(2), frame.size(3));
    }

    static Stream<Arguments> textEncoders() {
        return Own.folders().stream()
                .flatMap(folder -> Arrays.stream(Precision.values()).map(precision -> Arguments.of(folder, precision)));
    }

    @ParameterizedTest
    @MethodSource("textEncoders")
    void textEncoder(WanFolder folder, Precision precision) {
        Path encoder = folder.component("text_encoder");
        int width = Umt5Config.read(encoder.resolve("config.json")).width();
        long[] ids = Arrays.copyOf(
                folder.recording("text").tensor("input_ids").rows(0, 1).longs(), 12);
        Function<ElementType, float[]> states = type -> {
            try (GraphRunner runner = GraphRunner.open(RoundedGraph.of(Umt5Encoder.build(encoder, ids.length, type)))) {
                HostTensor result = HostTensor.zeros(dev.zoetrope.ffm.ort.ElementType.FLOAT32, ids.length, width);
                runner.run(Map.of("input_ids", HostTensor.of(ids, ids.length)), Map.of("last_hidden_state", result));
                return result.floats();
            }
        };
        double own = Own.of(folder, precision).text();
        precision.check(folder + " text", states.apply(ElementType.FLOAT), states.apply(precision.type), own);
    }
}
