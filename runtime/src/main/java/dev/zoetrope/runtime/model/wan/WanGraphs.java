package dev.zoetrope.runtime.model.wan;

import dev.zoetrope.graph.component.AttentionForm;
import dev.zoetrope.graph.component.NetworkForm;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.model.FrameForm;
import dev.zoetrope.graph.model.wan.AutoencoderConfig;
import dev.zoetrope.graph.model.wan.Chunk;
import dev.zoetrope.graph.model.wan.LatentForm;
import dev.zoetrope.graph.model.wan.Umt5Config;
import dev.zoetrope.graph.model.wan.Umt5Encoder;
import dev.zoetrope.graph.model.wan.WanAutoencoder;
import dev.zoetrope.graph.model.wan.WanTransformer;
import dev.zoetrope.graph.model.wan.WanTransformerConfig;
import dev.zoetrope.runtime.error.ModelException;
import dev.zoetrope.runtime.model.DiffusersSchedule;
import dev.zoetrope.runtime.model.Lora;
import dev.zoetrope.runtime.model.ModelFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/** Every graph of a Wan folder as a file of its own, and whether the folder's components were made for each other. */
public final class WanGraphs {
    private WanGraphs() {}

    /**
     * Builds all graphs; a folder that could not be rendered with is refused.
     *
     * @return by file name, such as {@code vae/decoder-later.onnx}
     */
    public static SortedMap<String, OnnxModel> of(ModelFolder folder) {
        WanSettings settings = WanSettings.read(folder);
        DiffusersSchedule.read(folder);
        int textTokens = WanModel.textTokens(folder);
        requireFitting(folder, settings);
        SortedMap<String, OnnxModel> graphs = new TreeMap<>();
        graphs.put("text_encoder/text-encoder.onnx", Umt5Encoder.build(folder.component("text_encoder"), textTokens));
        for (String name : settings.transformers()) {
            Path transformer = folder.component(name);
            graphs.put(
                    name + "/keys-and-values.onnx",
                    WanTransformer.keysAndValues(transformer, folder.loras(name), ElementType.FLOAT));
            for (AttentionForm form : List.of(AttentionForm.DENSE, AttentionForm.SPLIT)) {
                graphs.put(
                        name + "/transformer-" + lower(form) + ".onnx",
                        WanTransformer.denoiser(transformer, folder.loras(name), NetworkForm.of(form, WanModel.SLOTS)));
            }
        }
        Path vae = folder.component("vae");
        for (Chunk chunk : Chunk.values()) {
            graphs.put("vae/encoder-" + lower(chunk) + ".onnx", WanAutoencoder.encoder(vae, chunk, LatentForm.TOKENS));
            graphs.put(
                    "vae/decoder-" + lower(chunk) + ".onnx",
                    WanAutoencoder.decoder(vae, chunk, LatentForm.TOKENS, FrameForm.RGB8));
        }
        return graphs;
    }

    private static String lower(Enum<?> name) {
        return name.name().toLowerCase(Locale.ROOT);
    }

    /** Refuses components that were not made for each other, and a tokenizer that is not there. */
    static void requireFitting(ModelFolder folder, WanSettings settings) {
        WanTransformerConfig first = transformer(folder, "transformer");
        Umt5Config text = Umt5Config.read(folder.component("text_encoder").resolve("config.json"));
        if (text.width() != first.textWidth()) {
            throw unfitting(folder, "text_dim of transformer", "the text encoder's " + text.width(), first.textWidth());
        }
        AutoencoderConfig codec = AutoencoderConfig.read(folder.component("vae").resolve("config.json"));
        if (codec.latentChannels() != first.latentChannels()) {
            throw unfitting(
                    folder,
                    "out_channels of transformer",
                    "the autoencoder's " + codec.latentChannels(),
                    first.latentChannels());
        }
        for (String name : settings.transformers()) {
            WanTransformerConfig other = transformer(folder, name);
            if (other.tokenNumbers() != first.tokenNumbers()
                    || other.conditionNumbers() != first.conditionNumbers()
                    || other.textWidth() != first.textWidth()) {
                throw unfitting(folder, name, "channels as in transformer", other);
            }
        }
        for (Lora lora : folder.loras()) {
            if (!lora.component().isEmpty() && !settings.transformers().contains(lora.component())) {
                throw new ModelException("lora " + lora.file() + ": expected one of the folder's transformers, "
                        + String.join(", ", settings.transformers()) + ", found " + lora.component());
            }
        }
        Path tokenizer = folder.component("tokenizer").resolve("tokenizer.json");
        if (!Files.isRegularFile(tokenizer)) {
            throw new ModelException("model folder: expected a file " + tokenizer + ", found none (copy it again)");
        }
    }

    private static WanTransformerConfig transformer(ModelFolder folder, String name) {
        return WanTransformerConfig.read(folder.component(name).resolve("config.json"));
    }

    private static ModelException unfitting(ModelFolder folder, String what, String expected, Object found) {
        return new ModelException(
                what + " in model folder " + folder.path() + ": expected " + expected + ", found " + found);
    }
}
