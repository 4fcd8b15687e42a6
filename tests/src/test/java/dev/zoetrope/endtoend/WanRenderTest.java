package dev.zoetrope.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.zoetrope.endtoend.CommandLineProcess.Result;
import dev.zoetrope.runtime.encode.ClipReader;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Wan folders by the command line, as diffusers saves them; what the pixels are, {@code parity.WanPipelineTest} says. */
class WanRenderTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    static Path model(String name) {
        try {
            return Path.of(Objects.requireNonNull(WanRenderTest.class.getResource("/golden/wan/" + name))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private Result run(String command, String model, String clip, String... others) {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(List.of(others));
        arguments.addAll(List.of("--model", model(model).toString(), "--json", "-o"));
        arguments.add(folder.resolve(clip).toString());
        return CommandLineProcess.runHere(arguments.toArray(String[]::new));
    }

    @Test
    void promptsBecomeClips() throws IOException {
        Result result = run(
                "render",
                "t2v-51",
                "clip.mp4",
                "a boat",
                "--size",
                "32x16",
                "--frames",
                "9",
                "--steps",
                "3",
                "--seed",
                "1");
        assertEquals(0, result.status(), result.err());
        JsonNode report = JSON.readTree(result.out());
        assertEquals("wan2.1-t2v", report.path("model").asText());
        try (ClipReader reader = ClipReader.open(folder.resolve("clip.mp4"))) {
            assertEquals(32, reader.info().widthPx());
            assertEquals(9, reader.info().frames());
            assertEquals(16.0, reader.info().rate().framesPerSecond(), "the frame rate that Wan was trained at");
        }
    }

    @Test
    void whatWanWasNotTrainedForIsRefusedWithTheReason() {
        Path picture = model("ti2v-60").resolve("ref/first.png");
        Result result = run("animate", "t2v-51", "clip.mp4", picture.toString(), "a boat");
        assertEquals(2, result.status(), result.err());
        assertTrue(
                result.err().contains("expected what the model's weights were trained for, a prompt alone"),
                result.err());
    }

    @Test
    void theStagesOfARenderAreToldAheadAndWhatCannotFitIsRefused() throws IOException {
        String dir = model("a14b-t2v-49").toString();
        Result plan = CommandLineProcess.runHere(
                "inspect", dir, "--plan", "--size", "832x480", "--frames", "81", "--memory", "1g", "--json");
        assertEquals(0, plan.status(), plan.err());
        JsonNode report = JSON.readTree(plan.out());
        List<String> components = new ArrayList<>();
        report.path("stages").forEach(stage -> {
            components.add(stage.path("component").asText());
            assertTrue(stage.path("loaded_bytes").asLong() > 0, stage.toString());
            assertTrue(
                    stage.path("process_bytes").asLong()
                            > stage.path("loaded_bytes").asLong(),
                    stage.toString());
        });
        assertEquals(List.of("text_encoder", "transformer", "transformer_2", "vae"), components);
        assertEquals(21 * 30 * 52, report.path("tokens").asInt(), "latents of 30 x 52 tokens");
        assertTrue(report.path("estimated_denoise_seconds").asDouble() > 0, plan.out());

        Result large = render("a14b-t2v-49", "--size", "1024x1024", "--frames", "5", "--memory", "400m");
        assertEquals(2, large.status(), large.err());
        assertTrue(large.err().contains("memory: expected no stage to take more than 400 MiB, found"), large.err());

        Result small = render("a14b-t2v-49", "--size", "48x16", "--frames", "9", "--memory", "400m");
        assertEquals(0, small.status(), small.err());
    }

    private Result render(String model, String... others) {
        List<String> options = new ArrayList<>(List.of("a boat", "--steps", "4", "--seed", "1"));
        options.addAll(List.of(others));
        return run("render", model, "memory.mp4", options.toArray(String[]::new));
    }
}
