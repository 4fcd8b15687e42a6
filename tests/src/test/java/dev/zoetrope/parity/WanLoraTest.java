package dev.zoetrope.parity;

import static dev.zoetrope.graph.ir.ElementType.FLOAT;
import static dev.zoetrope.parity.Difference.assertNear;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.endtoend.CommandLineProcess;
import dev.zoetrope.endtoend.CommandLineProcess.Result;
import dev.zoetrope.endtoend.FrameCollector;
import dev.zoetrope.endtoend.WanCopy;
import dev.zoetrope.endtoend.WanCopy.Stored;
import dev.zoetrope.ffm.ort.ElementType;
import dev.zoetrope.graph.GraphException;
import dev.zoetrope.graph.component.NetworkForm;
import dev.zoetrope.graph.model.wan.WanTransformer;
import dev.zoetrope.graph.weight.LoraFile;
import dev.zoetrope.parity.WanTransformerParityTest.Call;
import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.model.Lora;
import dev.zoetrope.runtime.model.wan.WanQuantizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** LoRA files in three styles of names, against diffusers' own {@code load_lora_weights}: {@code golden/record_wan_lora.py}. */
class WanLoraTest {
    private static final Path FILES =
            WanCopy.golden("t2v-51").resolveSibling("../wan-lora").normalize();
    private static final Reference EXPECTED = new Reference(FILES.resolve("expected.safetensors"));
    private static final Call CALL = new Call(new WanFolder(WanCopy.golden("t2v-51")), "transformer", "", "sample");

    @TempDir
    Path folder;

    private static LoraFile file(String name, double scale) {
        return new LoraFile(FILES.resolve(name + ".safetensors"), (float) scale);
    }

    @ParameterizedTest
    @CsvSource({"peft,0.75", "kohya,1.5", "original,-0.5"})
    void velocitiesAreTheReferences(String style, double scale) {
        assertVelocity(style, List.of(file(style, scale)));
    }

    @Test
    void severalAddUp() {
        assertVelocity("peft+kohya", List.of(file("peft", 0.75), file("kohya", 1.5)));
    }

    /** As diffusers saves it: an alpha of twice the rank counts twice. */
    @Test
    void anAlphaForAllLayersStandsInTheNotes() throws IOException {
        Map<String, Stored> tensors = WanCopy.read(FILES.resolve("peft.safetensors"));
        Path noted = folder.resolve("noted.safetensors");
        WanCopy.write(
                noted,
                tensors,
                Map.of(
                        "lora_adapter_metadata",
                        "{\"transformer.r\": 3, \"transformer.lora_alpha\": 6, \"transformer.alpha_pattern\": {},"
                                + " \"transformer.use_rslora\": false}"));
        assertVelocity("peft", List.of(new LoraFile(noted, 0.375f)));
        Path scaled = folder.resolve("scaled.safetensors");
        WanCopy.write(scaled, tensors, Map.of("lora_adapter_metadata", "{\"transformer.use_rslora\": true}"));
        assertEquals(
                scaled + ": LoRA lora_adapter_metadata: expected no use_rslora, found true",
                assertThrows(GraphException.class, () -> velocity(CALL.transformer(), List.of(new LoraFile(scaled, 1))))
                        .getMessage());
    }

    private static void assertVelocity(String name, List<LoraFile> loras) {
        float[] expected = WanCase.patches(EXPECTED.tensor(name));
        assertTrue(Difference.largest(CALL.expected(), expected) > 0.5, "the LoRA is felt");
        assertNear(name, expected, velocity(CALL.transformer(), loras), Tolerance.GOLDEN);
    }

    @Test
    void noneOfItIsTheModelItself() {
        assertNear(
                "scale 0",
                CALL.expected(),
                velocity(CALL.transformer(), List.of(file("original", 0))),
                Tolerance.GOLDEN);
    }

    /** What is added is not rounded with the weights: the difference that a LoRA makes stays. */
    @Test
    void quantisedFoldersTakeThemToo() {
        Path model = folder.resolve("int8");
        WanQuantizer.write(WanCopy.golden("t2v-51"), model, 8);
        float[] plain = velocity(model.resolve("transformer"), List.of());
        float[] added = velocity(model.resolve("transformer"), List.of(file("kohya", 1.5)));
        float[] expected = WanCase.patches(EXPECTED.tensor("kohya"));
        float rounding = Difference.largest(CALL.expected(), plain);
        assertTrue(rounding > 1e-4f, "8 bits are felt: " + rounding);
        assertTrue(
                Difference.largest(expected, added) < 5 * rounding,
                "LoRA on 8 bits: " + Difference.largest(expected, added) + ", 8 bits alone: " + rounding);
        assertTrue(Difference.largest(expected, added) < 0.1 * Difference.largest(expected, plain), "the LoRA is felt");
    }

    private static float[] velocity(Path transformer, List<LoraFile> loras) {
        WanCase recorded = CALL.inputs();
        WanCase.Text text = recorded.foldedText();
        try (GraphRunner texts = GraphRunner.open(WanTransformer.keysAndValues(transformer, loras, FLOAT));
                GraphRunner dense =
                        GraphRunner.open(WanTransformer.denoiser(transformer, loras, NetworkForm.dense(FLOAT)))) {
            Map<String, HostTensor> inputs = recorded.inputs();
            inputs.putAll(recorded.keysAndValues(texts, text, Map.of()));
            HostTensor velocity = HostTensor.zeros(
                    ElementType.FLOAT32, recorded.tokens(), recorded.config().tokenNumbers());
            dense.run(inputs, Map.of("velocity", velocity));
            return velocity.floats();
        }
    }

    /** Of two transformers either can be meant, or both. */
    @Test
    void eachTransformerCanHaveItsOwn() throws IOException {
        Path model = WanCopy.of("a14b-t2v-49", folder.resolve("model"));
        Path lora = folder.resolve("style.safetensors");
        Stored matrix = Objects.requireNonNull(
                WanCopy.read(WanCopy.weights(model, "transformer")).get("blocks.0.attn1.to_q.weight"));
        WanCopy.write(
                lora,
                new TreeMap<>(Map.of(
                        "transformer.blocks.0.attn1.to_v.lora_A.weight", matrix,
                        "transformer.blocks.0.attn1.to_v.lora_B.weight", matrix)));
        List<byte[]> none = frames(model, List.of());
        List<byte[]> first = frames(model, List.of(new Lora(lora, 1, "transformer")));
        List<byte[]> second = frames(model, List.of(new Lora(lora, 1, "transformer_2")));
        List<byte[]> both = frames(model, List.of(new Lora(lora, 1, "")));
        List<byte[]> named =
                frames(model, List.of(new Lora(lora, 1, "transformer"), new Lora(lora, 1, "transformer_2")));
        assertFalse(equal(none, first), "the first is felt");
        assertFalse(equal(none, second), "the second is felt");
        assertFalse(equal(first, second), "they are not the same");
        assertTrue(equal(both, named), "without a name both are meant");
    }

    private static List<byte[]> frames(Path model, List<Lora> loras) {
        FrameCollector frames = new FrameCollector();
        try (Zoetrope zoetrope = Zoetrope.open(
                        EngineOptions.defaults().withModelFolder(model).withLoras(loras));
                Clip clip = zoetrope.render(RenderRequest.of("a small red boat")
                        .withSize(32, 16)
                        .withFrames(5)
                        .withSteps(4)
                        .withSeed(1))) {
            clip.decodeTo(frames);
        }
        return frames.frames();
    }

    private static boolean equal(List<byte[]> some, List<byte[]> others) {
        return Arrays.deepEquals(some.toArray(), others.toArray());
    }

    @Test
    void theCommandLineAddsThemAndTheClipIsOfAnotherModel() throws IOException {
        String model = WanCopy.golden("t2v-51").toString();
        String lora = FILES.resolve("peft.safetensors").toString();
        String plain = render(model, "plain.mp4").out();
        String added = render(model, "added.mp4", "--lora", lora + ":0.75").out();
        String less = render(model, "less.mp4", "--lora", "transformer:" + lora + ":0.5")
                .out();
        assertEquals(
                3,
                List.of(fingerprint(plain), fingerprint(added), fingerprint(less)).stream()
                        .distinct()
                        .count());
    }

    private static String fingerprint(String report) throws IOException {
        return WanCopy.JSON.readTree(report).path("model_fingerprint").asText();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "t2v-51|DIR/none.safetensors|DIR/none.safetensors: expected a readable file, found none (copy it again)",
                "t2v-51|DIR/unknown.safetensors|DIR/unknown.safetensors: LoRA: expected matrices of the model's linear layers"
                        + " (…lora_A.weight and lora_B, or lora_down and lora_up), found"
                        + " transformer.blocks.0.attn1.norm_q.lora_A.weight",
                "t2v-51|DIR/half.safetensors|DIR/half.safetensors: LoRA of blocks.0.attn1.to_q: expected both its matrices, found"
                        + " no lora_B (or lora_up)",
                "t2v-51|DIR/deep.safetensors|DIR/deep.safetensors: LoRA: expected linear layers of this model, found one of"
                        + " blocks.99.attn1.to_q (made for another model)",
                "t2v-51|DIR/wide.safetensors|DIR/wide.safetensors: LoRA of blocks.0.attn1.to_q: expected"
                        + " matrices [rank, 60] and [60, rank], found [2, 3] and [60, 2] (made for another model)",
                "t2v-51|transformer_2:PEFT|lora PEFT: expected one of the folder's transformers, transformer, found transformer_2",
                "t2v-51|PEFT:1e9|lora PEFT: expected a scale of -100 to 100, found 1.0E9",
            })
    void whatCannotBeAddedIsRefusedInOneLine(String model, String option, String line) throws IOException {
        lora("unknown", "transformer.blocks.0.attn1.norm_q.lora_A.weight", 60, "lora_B", 60);
        lora("half", "transformer.blocks.0.attn1.to_q.lora_A.weight", 60, "", 60);
        lora("deep", "transformer.blocks.99.attn1.to_q.lora_A.weight", 60, "lora_B", 60);
        lora("wide", "transformer.blocks.0.attn1.to_q.lora_A.weight", 3, "lora_B", 60);
        String peft = FILES.resolve("peft.safetensors").toString();
        Result result = render(
                WanCopy.golden(model).toString(),
                "clip.mp4",
                "--lora",
                option.replace("DIR", folder.toString()).replace("PEFT", peft));
        assertEquals(
                "zoetrope: " + line + "\n",
                result.err().replace(folder.toString(), "DIR").replace(peft, "PEFT"));
        assertTrue(result.status() == 1 || result.status() == 2, result.toString());
        assertFalse(Files.exists(folder.resolve("clip.mp4")));
    }

    @Test
    void flipbookTakesNone() {
        Result result = CommandLineProcess.runHere(
                "render",
                "a ball",
                "--seed",
                "1",
                "--lora",
                "style.safetensors",
                "-o",
                folder.resolve("clip.mp4").toString());
        assertEquals("zoetrope: lora: expected a Wan model to add it to (--model DIR), found flipbook\n", result.err());
        assertEquals(1, result.status());
    }

    private void lora(String name, String down, long in, String up, long out) throws IOException {
        Map<String, Stored> tensors = new TreeMap<>();
        tensors.put(down, new Stored("F32", List.of(2L, in), new byte[Math.toIntExact(8 * in)]));
        if (!up.isEmpty()) {
            tensors.put(
                    down.replace("lora_A", up),
                    new Stored("F32", List.of(out, 2L), new byte[Math.toIntExact(8 * out)]));
        }
        WanCopy.write(folder.resolve(name + ".safetensors"), tensors);
    }

    private Result render(String model, String clip, String... others) {
        List<String> arguments = new ArrayList<>(List.of(
                "render",
                "a boat",
                "--model",
                model,
                "--json",
                "--seed",
                "1",
                "--size",
                "32x16",
                "--frames",
                "5",
                "--steps",
                "1",
                "-o",
                folder.resolve(clip).toString()));
        arguments.addAll(List.of(others));
        return CommandLineProcess.runHere(arguments.toArray(String[]::new));
    }
}
