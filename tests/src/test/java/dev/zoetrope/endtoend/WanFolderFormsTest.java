package dev.zoetrope.endtoend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.endtoend.CommandLineProcess.Result;
import dev.zoetrope.endtoend.WanCopy.Stored;
import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same weights in every form that people have them in give the same pixels. */
class WanFolderFormsTest {
    @TempDir
    Path folder;

    /** What {@code huggingface_hub} keeps under {@code ~/.cache/huggingface/hub}: every file is a link into {@code blobs}. */
    @Test
    void aHuggingFaceCache() throws IOException {
        Path model = WanCopy.of("t2v-51", folder.resolve("plain"));
        Path repository = folder.resolve("hub/models--Wan-AI--Wan2.1-T2V-1.3B-Diffusers");
        Path blobs = Files.createDirectories(repository.resolve("blobs"));
        Path snapshot = repository.resolve("snapshots/0fad780a534b6463e45facd96134c9f345acfa5b");
        try (Stream<Path> walk = Files.walk(model)) {
            for (Path file : walk.filter(Files::isRegularFile).toList()) {
                Path link = snapshot.resolve(model.relativize(file).toString());
                Files.createDirectories(link.resolveSibling(""));
                Path blob = blobs.resolve(Integer.toHexString(link.hashCode()));
                Files.copy(file, blob);
                Files.createSymbolicLink(link, link.resolveSibling("").relativize(blob));
            }
        }
        assertSamePixels(model, snapshot);

        Result inspected = CommandLineProcess.runHere("inspect", snapshot.toString());
        assertEquals(0, inspected.status(), inspected.err());
        assertTrue(inspected.out().contains("WanTransformer3DModel"), inspected.out());
    }

    @Test
    void componentsThatAreLinks() throws IOException {
        Path model = WanCopy.of("t2v-51", folder.resolve("plain"));
        Path linked = Files.createDirectories(folder.resolve("linked"));
        try (Stream<Path> children = Files.list(model)) {
            for (Path child : children.toList()) {
                Files.createSymbolicLink(linked.resolve(child.getFileName()), child);
            }
        }
        assertSamePixels(model, linked);
    }

    @Test
    void shards() throws IOException {
        Path model = WanCopy.of("t2v-51", folder.resolve("plain"));
        Path sharded = WanCopy.of("t2v-51", folder.resolve("sharded"));
        WanCopy.shard(sharded, "transformer");
        WanCopy.shard(sharded, "text_encoder");
        assertSamePixels(model, sharded);
    }

    /** The two names that checkpoints of UMT5 have for its table of tokens; some have both. */
    @Test
    void eitherNameOfTheTableOfTokens() throws IOException {
        Path model = WanCopy.of("t2v-51", folder.resolve("plain"));
        Path other = WanCopy.of("t2v-51", folder.resolve("other"));
        Path both = WanCopy.of("t2v-51", folder.resolve("both"));
        WanCopy.change(other, "text_encoder", tensors -> {
            Stored table = Objects.requireNonNull(tensors.remove("shared.weight"));
            tensors.put("encoder.embed_tokens.weight", table);
        });
        WanCopy.change(
                both,
                "text_encoder",
                tensors -> tensors.put(
                        "encoder.embed_tokens.weight", Objects.requireNonNull(tensors.get("shared.weight"))));
        assertSamePixels(model, other);
        assertSamePixels(model, both);
    }

    /** Numbers of bfloat16 are numbers of float32 too, and of float16 where they are not too small for it. */
    @Test
    void weightsOfSeveralTypes() throws IOException {
        Path model = WanCopy.of("t2v-12-bfloat16", folder.resolve("plain"));
        Path mixed = WanCopy.of("t2v-12-bfloat16", folder.resolve("mixed"));
        for (String component : List.of("transformer", "text_encoder", "vae")) {
            WanCopy.change(mixed, component, WanFolderFormsTest::mix);
            assertEquals(
                    List.of("BF16", "F16", "F32"),
                    WanCopy.read(WanCopy.weights(mixed, component)).values().stream()
                            .map(Stored::type)
                            .distinct()
                            .sorted()
                            .toList());
        }
        assertSamePixels(model, mixed);
    }

    private static void mix(Map<String, Stored> tensors) {
        int each = 0;
        for (Map.Entry<String, Stored> entry : tensors.entrySet()) {
            Stored tensor = entry.getValue();
            if (tensor.type().equals("BF16") && each++ % 3 != 0) {
                float[] numbers = numbers(tensor);
                entry.setValue(
                        each % 3 == 2 && isFloat16(numbers) ? float16(tensor, numbers) : float32(tensor, numbers));
            }
        }
    }

    private static float[] numbers(Stored tensor) {
        ByteBuffer from = ByteBuffer.wrap(tensor.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        float[] numbers = new float[tensor.bytes().length / 2];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = Float.intBitsToFloat(from.getShort() << 16);
        }
        return numbers;
    }

    private static boolean isFloat16(float[] numbers) {
        for (float number : numbers) {
            if (Float.float16ToFloat(Float.floatToFloat16(number)) != number) {
                return false;
            }
        }
        return true;
    }

    private static Stored float16(Stored tensor, float[] numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float number : numbers) {
            bytes.putShort(Float.floatToFloat16(number));
        }
        return new Stored("F16", tensor.shape(), bytes.array());
    }

    private static Stored float32(Stored tensor, float[] numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(numbers);
        return new Stored("F32", tensor.shape(), bytes.array());
    }

    /** {@code save_pretrained(variant="fp16")} writes such names; they are taken where no others are. */
    @Test
    void filesOfAVariant() throws IOException {
        Path model = WanCopy.of("t2v-51", folder.resolve("plain"));
        Path variant = WanCopy.of("t2v-51", folder.resolve("variant"));
        Files.move(
                WanCopy.weights(variant, "transformer"),
                variant.resolve("transformer/diffusion_pytorch_model.fp16.safetensors"));
        Files.move(WanCopy.weights(variant, "vae"), variant.resolve("vae/diffusion_pytorch_model.fp16.safetensors"));
        WanCopy.shard(variant, "text_encoder");
        Path index = variant.resolve("text_encoder/model.safetensors.index.json");
        Files.move(index, index.resolveSibling("model.safetensors.index.fp16.json"));
        assertSamePixels(model, variant);

        Files.writeString(
                Files.copy(
                                variant.resolve("vae/diffusion_pytorch_model.fp16.safetensors"),
                                WanCopy.weights(variant, "vae"))
                        .resolveSibling("diffusion_pytorch_model.fp16.safetensors"),
                "not read where there is another");
        assertSamePixels(model, variant);
    }

    @Test
    void foldersBesideTheComponentsAreNamedApart() {
        Result result =
                CommandLineProcess.runHere("inspect", WanCopy.golden("t2v-51").toString());
        assertEquals(0, result.status(), result.err());
        assertTrue(result.out().contains("other_folders: [\"ref\"]"), result.out());
        assertFalse(result.out().contains("  ref:"), result.out());
        assertTrue(result.out().contains("image_dim: null"), result.out());
        assertFalse(result.out().contains("unknown"), result.out());
    }

    private static void assertSamePixels(Path expected, Path found) {
        List<byte[]> frames = frames(expected);
        List<byte[]> others = frames(found);
        assertEquals(frames.size(), others.size());
        for (int i = 0; i < frames.size(); i++) {
            assertArrayEquals(frames.get(i), others.get(i), "frame " + i);
        }
    }

    private static List<byte[]> frames(Path model) {
        FrameCollector frames = new FrameCollector();
        try (Zoetrope zoetrope = Zoetrope.open(EngineOptions.defaults().withModelFolder(model));
                Clip clip = zoetrope.render(RenderRequest.of("a small red boat")
                        .withSize(32, 16)
                        .withFrames(5)
                        .withSteps(2)
                        .withSeed(1))) {
            clip.decodeTo(frames);
        }
        return frames.frames();
    }
}
