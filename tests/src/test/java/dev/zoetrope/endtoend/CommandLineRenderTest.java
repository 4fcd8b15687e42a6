package dev.zoetrope.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.zoetrope.endtoend.CommandLineProcess.Result;
import dev.zoetrope.law.TinyModel;
import dev.zoetrope.runtime.encode.ClipReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands with a real engine; random weights, for nothing here looks at the picture. */
class CommandLineRenderTest {
    private static final String MODEL = TinyModel.folder().toString();
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    @Test
    void aClipIsWrittenAndItsNameIsTheOnlyOutput() {
        Path clip = folder.resolve("clip.mp4");
        Result result = render(
                "a red ball", "--size", "48x32", "--frames", "9", "--fps", "12", "--seed", "5", "-o", clip.toString());

        assertEquals(0, result.status(), result.err());
        assertEquals(clip + System.lineSeparator(), result.out());
        assertEquals("", result.err(), "quiet when nobody watches");
        try (ClipReader reader = ClipReader.open(clip)) {
            assertEquals(48, reader.info().widthPx());
            assertEquals(32, reader.info().heightPx());
            assertEquals(9, reader.info().frames());
            assertEquals(12.0, reader.info().rate().framesPerSecond());
            assertEquals("h264", reader.info().codec());
        }
    }

    @Test
    void jsonTellsWhatWasMade() throws IOException {
        Path clip = folder.resolve("clip.webm");
        Result result = render(
                "a red ball", "--size", "16x16", "--seconds", "1", "--json", "--keep-latents", "-o", clip.toString());

        assertEquals(0, result.status(), result.err());
        JsonNode report = JSON.readTree(result.out());
        assertEquals(clip.toString(), report.path("output").asText());
        assertEquals("16x16", report.path("size").asText());
        assertEquals(report.path("fps").asInt(), report.path("frames").asInt(), "one second");
        assertEquals("cpu", report.path("provider").asText());
        assertTrue(report.path("timings").path("denoise").asDouble() > 0, result.out());
        assertTrue(report.path("timings").path("total").asDouble()
                > report.path("timings").path("denoise").asDouble());
        assertEquals(
                "zoetrope: seed " + report.path("seed").asLong(), result.err().strip());
        assertTrue(Files.size(Path.of(report.path("latents").asText())) > 0);
        assertEquals(List.of("clip.webm", "clip.webm.latents.safetensors"), filesIn(folder));
    }

    @Test
    void aClipIsRenderedAgainFromItselfWithTheSameBytes() throws IOException {
        Path first = folder.resolve("first.mp4");
        Path again = folder.resolve("again.mp4");
        Path other = folder.resolve("other.mp4");
        assertEquals(
                0,
                render("a red ball", "--size", "32x16", "--frames", "5", "-o", first.toString())
                        .status());

        Result same = CommandLineProcess.runHere(
                "render", "--from", first.toString(), "--model", MODEL, "-o", again.toString());
        Result changed = CommandLineProcess.runHere(
                "render", "--from", first.toString(), "--model", MODEL, "--seed", "1", "-o", other.toString());

        assertEquals(0, same.status(), same.err());
        assertEquals(0, changed.status(), changed.err());
        // One thread and one slice of the encoder: equal pixels give equal files.
        assertEquals(-1, Files.mismatch(first, again));
        assertNotEquals(-1, Files.mismatch(first, other), "another seed is another clip");
    }

    @Test
    void inspectSaysWhatMadeAClip() throws IOException {
        Path clip = folder.resolve("clip.gif");
        render(
                "a blue square",
                "--size",
                "17x15",
                "--frames",
                "2",
                "--steps",
                "3",
                "--seed",
                "8",
                "-o",
                clip.toString());

        Result result = CommandLineProcess.runHere("inspect", clip.toString(), "--json");
        assertEquals(0, result.status(), result.err());
        JsonNode report = JSON.readTree(result.out());
        assertEquals("17x15", report.path("size").asText());
        JsonNode request = report.path("made_by").path("request");
        assertEquals("a blue square", request.path("prompt").asText());
        assertEquals(3, request.path("steps").asInt());
        assertEquals(8, request.path("seed").asLong());
    }

    @Test
    void inspectSaysWhatAModelHolds() throws IOException {
        Result result = CommandLineProcess.runHere("inspect", MODEL, "--json");

        assertEquals(0, result.status(), result.err());
        JsonNode transformer = JSON.readTree(result.out()).path("components").path("transformer");
        assertEquals("FlipbookTransformer", transformer.path("class").asText());
        assertEquals(48, transformer.path("config").path("width").asInt());
        assertTrue(transformer.path("parameters").asLong() > 10_000, result.out());
    }

    @Test
    void exportedGraphsStandBesideTheirWeights() throws IOException {
        Path target = folder.resolve("graphs");
        Result result = CommandLineProcess.runHere("export", target.toString(), "--model", MODEL);

        assertEquals(0, result.status(), result.err());
        List<Path> graphs = result.out().lines().map(Path::of).toList();
        for (String name : List.of("transformer/transformer-split.onnx", "vae/encoder.onnx", "vae/decoder.onnx")) {
            assertTrue(graphs.contains(target.resolve(name)), result.out());
        }
        for (Path graph : graphs) {
            assertTrue(Files.size(graph) > 1000, graph.toString());
            assertTrue(Files.exists(graph.resolveSibling("diffusion_pytorch_model.safetensors")), graph.toString());
        }
    }

    @Test
    void aPromptMayComeFromAFileOrStandardInput() throws IOException {
        Path file = Files.writeString(folder.resolve("prompt.txt"), "a blue square\n");
        Path clip = folder.resolve("clip.png");
        Result fromFile = renderStill("@" + file, clip);
        assertEquals(0, fromFile.status(), fromFile.err());
        assertEquals("a blue square", promptOf(clip));

        byte[] text = "ein großer Ball 🐙".getBytes(StandardCharsets.UTF_8);
        Result fromStandardInput = CommandLineProcess.runHere(
                new ByteArrayInputStream(text),
                "render",
                "-",
                "--model",
                MODEL,
                "--size",
                "8x8",
                "--frames",
                "1",
                "--steps",
                "1",
                "-f",
                "-o",
                clip.toString());
        assertEquals(0, fromStandardInput.status(), fromStandardInput.err());
        assertEquals("ein großer Ball 🐙", promptOf(clip));
    }

    @Test
    void aPromptLongerThanTheModelReadsIsCutWithAWarning() {
        Result result = renderStill("word ".repeat(2000), folder.resolve("long.png"));

        assertEquals(0, result.status(), result.err());
        assertTrue(result.err().contains("zoetrope: warning: prompt: the model reads at most 64"), result.err());
    }

    @Test
    void emojiRender() {
        Result result = renderStill("🐙🚀🎈", folder.resolve("emoji.png"));

        assertEquals(0, result.status(), result.err());
    }

    @Test
    void withoutANamePromptAndSeedMakeOne() throws Exception {
        String[] arguments = {
            "render", "A red ball!", "--seed", "7", "--model", MODEL, "--size", "16x16", "--frames", "1", "--steps", "1"
        };
        List<String> command = CommandLineProcess.java(List.of(), arguments);
        Result first = CommandLineProcess.run(folder, Map.of(), command);
        Result second = CommandLineProcess.run(folder, Map.of(), command);

        assertEquals("a-red-ball-7.mp4", first.out().strip(), first.err());
        assertEquals("a-red-ball-7-2.mp4", second.out().strip(), second.err());
        assertEquals(List.of("a-red-ball-7-2.mp4", "a-red-ball-7.mp4"), filesIn(folder));
    }

    @Test
    void aKilledBatchGoesOnWhereItWas() throws Exception {
        Path rows = folder.resolve("rows.jsonl");
        StringBuilder text = new StringBuilder();
        for (int row = 1; row <= 6; row++) {
            text.append("{\"prompt\": \"ball " + row + "\", \"seed\": " + row + ", \"output\": \"" + row + ".mp4\"}\n");
        }
        Files.writeString(rows, text);
        String[] arguments = {
            "batch",
            rows.toString(),
            "-o",
            "clips",
            "--model",
            MODEL,
            "--size",
            "16x16",
            "--frames",
            "5",
            "--steps",
            "40"
        };
        List<String> command = CommandLineProcess.java(List.of(), arguments);
        Process killed = CommandLineProcess.start(folder, Map.of(), command);
        killed.inputReader(StandardCharsets.UTF_8).readLine(); // the first clip
        killed.destroyForcibly().waitFor();
        Path clips = folder.resolve("clips");
        byte[] firstClip = Files.readAllBytes(clips.resolve("1.mp4"));
        Object firstTime = Files.getLastModifiedTime(clips.resolve("1.mp4"));
        assertFalse(Files.exists(clips.resolve("6.mp4")), "the batch was killed before its end");

        Result resumed = CommandLineProcess.run(folder, Map.of(), command);
        assertEquals(0, resumed.status(), resumed.err());
        assertTrue(resumed.err().contains("6 rows: "), resumed.err());
        assertFalse(resumed.err().contains(" 0 done before"), resumed.err());
        assertEquals(firstTime, Files.getLastModifiedTime(clips.resolve("1.mp4")), "a row that is done is not touched");

        Result whole = CommandLineProcess.runHere(
                "render",
                "ball 1",
                "--seed",
                "1",
                "--model",
                MODEL,
                "--size",
                "16x16",
                "--frames",
                "5",
                "--steps",
                "40",
                "-o",
                folder.resolve("alone.mp4").toString());
        assertEquals(0, whole.status(), whole.err());
        assertEquals(
                -1,
                Arrays.mismatch(firstClip, Files.readAllBytes(folder.resolve("alone.mp4"))),
                "a row of a batch is the clip that render makes");
        for (int row = 1; row <= 6; row++) {
            assertTrue(Files.size(clips.resolve(row + ".mp4")) > 0, "row " + row);
        }
    }

    @Test
    void doctorFindsThisMachineFit() throws IOException {
        Result result = CommandLineProcess.runHere("doctor", "--model", MODEL, "--json");

        JsonNode report = JSON.readTree(result.out());
        assertEquals(0, result.status(), result.out());
        assertTrue(report.path("healthy").asBoolean(), result.out());
        for (String name : List.of("java", "cache", "disk", "onnxruntime", "gpu", "video", "model", "render")) {
            assertTrue(report.path("findings").findValuesAsText("name").contains(name), name);
        }
    }

    private Result renderStill(String prompt, Path clip) {
        return render(prompt, "--size", "8x8", "--frames", "1", "--steps", "1", "--seed", "1", "-o", clip.toString());
    }

    private static Result render(String prompt, String... options) {
        List<String> arguments = new ArrayList<>(List.of("render", prompt, "--model", MODEL));
        arguments.addAll(List.of(options));
        if (!arguments.contains("--steps")) {
            arguments.addAll(List.of("--steps", "2"));
        }
        return CommandLineProcess.runHere(arguments.toArray(String[]::new));
    }

    private static String promptOf(Path clip) throws IOException {
        Result result = CommandLineProcess.runHere("inspect", clip.toString(), "--json");
        return JSON.readTree(result.out())
                .path("made_by")
                .path("request")
                .path("prompt")
                .asText();
    }

    private static List<String> filesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
