package dev.zoetrope.failure;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.endtoend.CommandLineProcess;
import dev.zoetrope.endtoend.CommandLineProcess.Result;
import dev.zoetrope.endtoend.WanCopy;
import dev.zoetrope.endtoend.WanCopy.Stored;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Folders as downloads, copies and edits leave them: refused in one line that says what, where and what helps; nothing is written. */
class BrokenWanFolderTest {
    private static final String TRANSFORMER = "DIR/transformer/diffusion_pytorch_model.safetensors: ";

    @TempDir
    Path folder;

    /** Breaks a copy of a folder that works. */
    interface Damage {
        void apply(Path model) throws IOException;
    }

    /**
     * A way to be broken.
     *
     * @param line what is said of it, with DIR for the folder
     */
    record Broken(String name, Damage damage, String line) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Broken> folders() {
        return Stream.of(files(), tensors(), configurations()).flatMap(List::stream);
    }

    private static List<Broken> files() {
        return List.of(
                new Broken(
                        "missing shard",
                        model -> {
                            WanCopy.shard(model, "transformer");
                            Files.delete(shard(model));
                        },
                        "DIR/transformer/diffusion_pytorch_model.safetensors.index.json: shard"
                                + " diffusion_pytorch_model-00002-of-00002.safetensors: expected a file beside the index,"
                                + " found none (copy it again)"),
                new Broken(
                        "shard that links to nothing",
                        model -> {
                            WanCopy.shard(model, "transformer");
                            Files.delete(shard(model));
                            Files.createSymbolicLink(shard(model), Path.of("../../blobs/0123"));
                        },
                        "DIR/transformer/diffusion_pytorch_model-00002-of-00002.safetensors: expected a readable file, found"
                                + " a symbolic link to nothing (copy what it stands for, too)"),
                new Broken(
                        "shards without an index",
                        model -> {
                            WanCopy.shard(model, "text_encoder");
                            Files.delete(model.resolve("text_encoder/model.safetensors.index.json"));
                        },
                        "DIR/text_encoder: weights: expected one *.safetensors or one *.safetensors.index.json, found 2"
                                + " shards without an index (copy it, too)"),
                new Broken(
                        "truncated file",
                        model -> {
                            try (RandomAccessFile file = new RandomAccessFile(
                                    WanCopy.weights(model, "transformer").toFile(), "rw")) {
                                file.setLength(file.length() - 8);
                            }
                        },
                        TRANSFORMER
                                + "tensor scale_shift_table: expected data up to byte 436176, found 436168 bytes (truncated: copy the file"
                                + " again)"),
                new Broken(
                        "no weights",
                        model -> Files.delete(WanCopy.weights(model, "vae")),
                        "DIR/vae: weights: expected one *.safetensors or one *.safetensors.index.json, found none"),
                new Broken(
                        "links in a circle",
                        model -> {
                            Path file = WanCopy.weights(model, "vae");
                            Files.delete(file);
                            Files.createSymbolicLink(file, Path.of("other"));
                            Files.createSymbolicLink(
                                    file.resolveSibling("other"), Objects.requireNonNull(file.getFileName()));
                        },
                        "DIR/vae/diffusion_pytorch_model.safetensors: expected a readable file, found symbolic links that lead in a circle"),
                new Broken(
                        "component that links to itself",
                        model -> {
                            Path vae = model.resolve("vae");
                            Files.move(vae, model.resolve("elsewhere"));
                            Files.createSymbolicLink(vae, Path.of("vae"));
                        },
                        "model folder DIR: expected a folder 'vae', found symbolic links that lead in a circle"),
                new Broken(
                        "missing component",
                        model -> Files.move(model.resolve("text_encoder"), model.resolve("elsewhere")),
                        "model folder DIR: expected a folder 'text_encoder', found nothing"),
                new Broken(
                        "missing configuration",
                        model -> Files.delete(model.resolve("vae/config.json")),
                        "DIR/vae/config.json: configuration: expected a readable file, found none (copy it again)"),
                new Broken(
                        "missing tokenizer",
                        model -> Files.delete(model.resolve("tokenizer/tokenizer.json")),
                        "model folder: expected a file DIR/tokenizer/tokenizer.json, found none (copy it again)"),
                new Broken(
                        "missing schedule",
                        model -> Files.delete(model.resolve("scheduler/scheduler_config.json")),
                        "model folder: expected a file DIR/scheduler/scheduler_config.json, found none (copy it again)"));
    }

    private static List<Broken> tensors() {
        return List.of(
                new Broken(
                        "wrong shape",
                        model -> WanCopy.change(model, "transformer", tensors -> {
                            Stored weight = Objects.requireNonNull(tensors.get("blocks.0.ffn.net.2.weight"));
                            tensors.put(
                                    "blocks.0.ffn.net.2.weight",
                                    new Stored(weight.type(), weight.shape().reversed(), weight.bytes()));
                        }),
                        TRANSFORMER
                                + "weight blocks.0.ffn.net.2.weight: expected [60, 40], found [40, 60] (config.json and these weights are of"
                                + " different models)"),
                new Broken(
                        "missing key",
                        model -> WanCopy.change(
                                model, "transformer", tensors -> tensors.remove("blocks.0.attn1.norm_q.weight")),
                        TRANSFORMER
                                + "weight blocks.0.attn1.norm_q.weight: expected to be there, found no tensor of this name"),
                new Broken(
                        "extra key",
                        model -> WanCopy.change(
                                model,
                                "transformer",
                                tensors -> tensors.put(
                                        "blocks.0.attn2.add_k_proj.bias",
                                        Objects.requireNonNull(tensors.get("blocks.0.attn2.to_k.bias")))),
                        TRANSFORMER + "weights: expected only those of the model that config.json describes, found"
                                + " blocks.0.attn2.add_k_proj.bias"),
                new Broken(
                        "extra key of the autoencoder",
                        model -> WanCopy.change(
                                model,
                                "vae",
                                tensors -> tensors.put(
                                        "decoder.extra.weight",
                                        Objects.requireNonNull(tensors.get("decoder.conv_in.bias")))),
                        "DIR/vae/diffusion_pytorch_model.safetensors: weights: expected only those of the model that"
                                + " config.json describes, found decoder.extra.weight"),
                new Broken(
                        "extra key of the text encoder",
                        model -> WanCopy.change(
                                model,
                                "text_encoder",
                                tensors -> tensors.put(
                                        "decoder.final_layer_norm.weight",
                                        Objects.requireNonNull(tensors.get("encoder.final_layer_norm.weight")))),
                        "DIR/text_encoder/model.safetensors: weights: expected only those of the model that config.json"
                                + " describes, found decoder.final_layer_norm.weight"));
    }

    private static List<Broken> configurations() {
        return List.of(
                new Broken(
                        "unknown pipeline",
                        model -> WanCopy.changeJson(
                                model.resolve("model_index.json"), root -> root.put("_class_name", "FluxPipeline")),
                        "model folder DIR: expected _class_name in model_index.json to be one of FlipbookPipeline,"
                                + " WanImageToVideoPipeline, WanPipeline, found 'FluxPipeline'"),
                new Broken(
                        "unknown component class",
                        model -> WanCopy.changeJson(
                                model.resolve("transformer/config.json"),
                                root -> root.put("_class_name", "FluxTransformer2DModel")),
                        "DIR/transformer/config.json: _class_name: expected WanTransformer3DModel, found \"FluxTransformer2DModel\""),
                new Broken(
                        "an index that is a list",
                        model -> Files.writeString(model.resolve("model_index.json"), "[]"),
                        "model file DIR/model_index.json: expected a JSON object, found ARRAY"),
                new Broken(
                        "a setting that is a text",
                        model -> WanCopy.changeJson(
                                model.resolve("transformer/config.json"), root -> root.put("num_layers", "two")),
                        "DIR/transformer/config.json: num_layers: expected a whole number within 1..1024, found \"two\""),
                new Broken(
                        "a list that is a number",
                        model -> WanCopy.changeJson(
                                model.resolve("vae/config.json"), root -> root.put("latents_mean", 0.5)),
                        "DIR/vae/config.json: latents_mean: expected a list of at most 4096 values, found 0.5"),
                new Broken(
                        "a schedule's setting that is a text",
                        model -> WanCopy.changeJson(
                                model.resolve("scheduler/scheduler_config.json"), root -> root.put("flow_shift", "3")),
                        "flow_shift in DIR/scheduler/scheduler_config.json: expected a number more than 0, found \"3\" (this version makes no other schedule)"),
                new Broken(
                        "a choice that is a number",
                        model -> WanCopy.changeJson(
                                model.resolve("model_index.json"), root -> root.put("expand_timesteps", 1)),
                        "expand_timesteps in model_index.json of DIR: expected true or false, found 1"),
                new Broken(
                        "a file cut short",
                        model -> Files.writeString(model.resolve("vae/config.json"), "{\"base_dim\": "),
                        "DIR/vae/config.json: configuration: expected a readable JSON object without repeated keys, found JsonEOFException:"
                                + " Unexpected end-of-input within/between Object entries"),
                new Broken(
                        "components of different models",
                        model -> WanCopy.changeJson(model.resolve("vae/config.json"), BrokenWanFolderTest::widen),
                        "out_channels of transformer in model folder DIR: expected the autoencoder's 48, found 16"));
    }

    private static void widen(ObjectNode root) {
        root.put("z_dim", 48);
        for (String list : List.of("latents_mean", "latents_std")) {
            root.putArray(list);
            for (int i = 0; i < 48; i++) {
                root.withArray(list).add(1);
            }
        }
    }

    private static Path shard(Path model) {
        return model.resolve("transformer/diffusion_pytorch_model-00002-of-00002.safetensors");
    }

    @ParameterizedTest
    @MethodSource("folders")
    void isRefusedInOneLine(Broken broken) throws IOException {
        Path model = WanCopy.of("t2v-51", folder.resolve("model"));
        broken.damage().apply(model);
        List<String> before = everyFile();
        String clip = folder.resolve("clip.mp4").toString();
        Result rendered = CommandLineProcess.runHere(
                "render",
                "a boat",
                "--model",
                model.toString(),
                "--size",
                "32x16",
                "--frames",
                "5",
                "--steps",
                "1",
                "--seed",
                "1",
                "-o",
                clip);
        assertRefused(broken, model, rendered);
        assertRefused(broken, model, CommandLineProcess.runHere("inspect", model.toString()));
        assertRefused(
                broken,
                model,
                CommandLineProcess.runHere("export", folder.resolve("export").toString(), "--model", model.toString()));
        assertEquals(before, everyFile(), "nothing is written");
    }

    private static void assertRefused(Broken broken, Path model, Result result) {
        assertEquals("zoetrope: " + broken.line() + "\n", result.err().replace(model.toString(), "DIR"));
        assertEquals("", result.out());
        assertEquals(1, result.status());
    }

    private List<String> everyFile() throws IOException {
        List<String> files = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(folder)) {
            walk.forEach(file -> files.add(file.toString()));
        }
        return files.stream().sorted().toList();
    }
}
