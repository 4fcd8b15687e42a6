package dev.zoetrope.parity;

import static dev.zoetrope.parity.Difference.assertNear;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.endtoend.FrameCollector;
import dev.zoetrope.ffm.ort.ElementType;
import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.latent.NoiseKind;
import dev.zoetrope.runtime.latent.NoiseSource;
import dev.zoetrope.runtime.latent.TorchNoise;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.ClipLayout;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The engine, from a prompt and pictures to latents and frames, against what diffusers' pipelines made of the same. */
class WanPipelineTest {
    /**
     * Latents of about 1 after up to six steps, each with guidance of up to 5, which takes the difference of two answers that many
     * times; every answer is good to {@link Tolerance#GOLDEN}.
     */
    private static final float LATENTS = 1e-3f;

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path scratch;

    /** A recorded pipeline of a folder. */
    record Recorded(WanFolder folder, String pipeline) {
        @Override
        public String toString() {
            return folder + " " + pipeline;
        }
    }

    static List<Recorded> pipelines() {
        return WanFolders.all().stream()
                .flatMap(folder -> Stream.of("pipeline_t2v", "pipeline_i2v", "pipeline_flf2v")
                        .filter(folder::recorded)
                        .map(name -> new Recorded(folder, name)))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("pipelines")
    void latentsAndFramesAreTheReferences(Recorded each) throws IOException {
        WanFolder folder = each.folder();
        Reference recording = folder.recording(each.pipeline());
        JsonNode settings = folder.meta().path(each.pipeline());
        Path model = copyWithTextTokens(
                folder.path(), settings.path("max_sequence_length").asInt());
        FrameCollector frames = new FrameCollector();
        try (Zoetrope zoetrope = Zoetrope.open(EngineOptions.defaults().withModelFolder(model));
                Clip clip = zoetrope.render(request(each, settings))) {
            assertLatents(recording, folder, clip);
            clip.decodeTo(frames);
        }
        int largest = largestDifference(recording.tensor("frames"), frames.frames());
        assertTrue(largest <= 1, "frames: largest difference in levels of 255: " + largest);
    }

    static List<Recorded> prompted() {
        return pipelines().stream()
                .filter(each -> each.pipeline().equals("pipeline_t2v"))
                .toList();
    }

    /** As distilled weights want it: the levels that the recorded scheduler went through, given as a list. */
    @ParameterizedTest
    @MethodSource("prompted")
    void aListOfNoiseLevelsIsGoneThroughAsItIs(Recorded each) throws IOException {
        WanFolder folder = each.folder();
        Reference recording = folder.recording(each.pipeline());
        JsonNode settings = folder.meta().path(each.pipeline());
        List<Double> levels = levels(recording);
        Path model = copyWithTextTokens(
                folder.path(), settings.path("max_sequence_length").asInt());
        RenderRequest asked = request(each, settings).withSigmas(levels);
        try (Zoetrope zoetrope = Zoetrope.open(EngineOptions.defaults().withModelFolder(model));
                Clip clip = zoetrope.render(asked)) {
            assertLatents(recording, folder, clip);
        }
    }

    /**
     * The recorded levels, of 32 bits, as the numbers of 64 bits that the scheduler cut its timesteps from: 0.9 stands there as 0.89999998,
     * and 0.334 was 0.33399999999999996, which is timestep 333.
     */
    private static List<Double> levels(Reference recording) {
        float[] rounded = recording.tensor("sigmas").floats();
        HostTensor timesteps = recording.tensor("timesteps");
        List<Double> levels = new ArrayList<>();
        for (int i = 0; i < rounded.length; i++) {
            double level = Math.round(rounded[i] * 1e7) / 1e7;
            boolean isCut = timesteps.type() == ElementType.INT64 && i < timesteps.rows();
            if (isCut && (long) (level * 1000) != timesteps.longs()[i]) {
                level = Math.nextDown(level);
                assertEquals(timesteps.longs()[i], (long) (level * 1000), "timestep of " + level);
            }
            levels.add(level);
        }
        return levels;
    }

    private static void assertLatents(Reference recording, WanFolder folder, Clip clip) {
        List<MemorySegment> expected = WanLatents.tokens(recording.tensor("vae_input"), folder.config("vae"));
        assertEquals(expected.size(), clip.latents().layout().latents(), "latents");
        for (int latent = 0; latent < expected.size(); latent++) {
            assertNear(
                    "latent " + latent,
                    expected.get(latent).toArray(TensorMemory.FLOAT),
                    clip.latents().latent(latent).toArray(TensorMemory.FLOAT),
                    LATENTS);
        }
    }

    private static RenderRequest request(Recorded each, JsonNode settings) {
        RenderRequest request = RenderRequest.of(settings.path("prompt").asText())
                .withNegativePrompt(settings.path("negative_prompt").asText())
                .withSize(
                        settings.path("width").asInt(), settings.path("height").asInt())
                .withFrames(settings.path("num_frames").asInt())
                .withSteps(settings.path("num_inference_steps").asInt())
                .withGuidance(settings.path("guidance_scale").asDouble())
                .withSeed(seed(each.folder().recording(each.pipeline()).tensor("initial_latents")))
                .withNoise(NoiseKind.TORCH);
        if (settings.has("guidance_scale_2")) {
            request =
                    request.withLaterGuidance(settings.path("guidance_scale_2").asDouble());
        }
        Path pictures = each.folder().path().resolve("ref");
        List<Edit.Placed> placed = new ArrayList<>();
        if (!each.pipeline().equals("pipeline_t2v")) {
            placed.add(Edit.Placed.at(pictures.resolve("first.png"), 0));
        }
        if (each.pipeline().equals("pipeline_flf2v")) {
            placed.add(Edit.Placed.at(pictures.resolve("last.png"), Edit.Placed.LAST_FRAME));
        }
        return placed.isEmpty() ? request : request.withEdit(new Edit.Compose(placed, List.of(), false));
    }

    /** The seed from which a recording's first latents {@code [1, channels, latents, rows, columns]} were drawn, a small one. */
    private static long seed(HostTensor latents) {
        ClipLayout layout = ClipLayout.ofRun(
                Math.toIntExact(latents.size(3)),
                Math.toIntExact(latents.size(4)),
                Math.toIntExact(latents.size(2)),
                16,
                4);
        int channels = Math.toIntExact(latents.size(1));
        float first = latents.floats()[0];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment drawn = TensorMemory.floats(arena, (long) layout.tokens() * channels);
            for (long seed = 0; seed < 100; seed++) {
                new TorchNoise(seed).fill(NoiseSource.Purpose.INITIAL, 0, layout, channels, drawn);
                if (Math.abs(drawn.getAtIndex(TensorMemory.FLOAT, 0) - first) < 1e-5) {
                    return seed;
                }
            }
        }
        throw new IllegalStateException("initial latents: expected those of a seed below 100, found none");
    }

    /** The recordings pad texts to fewer tokens than the pipelines' default of 512, which the tokenizer's own limit can say. */
    private Path copyWithTextTokens(Path folder, int tokens) throws IOException {
        Path copy = scratch.resolve("model");
        try (Stream<Path> walk = Files.walk(folder, 2)) {
            for (Path file : walk.filter(Files::isRegularFile).toList()) {
                Path target = copy.resolve(folder.relativize(file).toString());
                Files.createDirectories(target.resolveSibling(""));
                Files.copy(file, target);
            }
        }
        Path file = copy.resolve("tokenizer/tokenizer_config.json");
        ObjectNode config = (ObjectNode) JSON.readTree(Files.readString(file));
        Files.writeString(file, config.put("model_max_length", tokens).toString());
        return copy;
    }

    /** @param expected {@code [1, frames, 3, height, width]} in 0..1 */
    private static int largestDifference(HostTensor expected, List<byte[]> found) {
        assertEquals(expected.size(1), found.size(), "frames");
        int height = Math.toIntExact(expected.size(3));
        int width = Math.toIntExact(expected.size(4));
        float[] values = expected.floats();
        int largest = 0;
        for (int i = 0; i < values.length; i++) {
            int x = i % width;
            int y = i / width % height;
            int colour = i / (width * height) % 3;
            byte[] frame = found.get(i / (3 * width * height));
            int level = Byte.toUnsignedInt(frame[(y * width + x) * 3 + colour]);
            largest = Math.max(largest, Math.abs(Math.round(values[i] * 255) - level));
        }
        return largest;
    }
}
