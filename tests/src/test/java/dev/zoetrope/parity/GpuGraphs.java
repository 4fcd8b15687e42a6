package dev.zoetrope.parity;

import dev.zoetrope.graph.component.NetworkForm;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.model.FrameForm;
import dev.zoetrope.graph.model.flipbook.FlipbookCodec;
import dev.zoetrope.graph.model.flipbook.FlipbookTransformer;
import dev.zoetrope.graph.model.wan.Chunk;
import dev.zoetrope.graph.model.wan.LatentForm;
import dev.zoetrope.graph.model.wan.Umt5Encoder;
import dev.zoetrope.graph.model.wan.WanAutoencoder;
import dev.zoetrope.graph.model.wan.WanTransformer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Every graph in the forms that a GPU runs. */
final class GpuGraphs {
    static final List<ElementType> TYPES = List.of(ElementType.FLOAT, ElementType.FLOAT16, ElementType.BFLOAT16);
    private static final int LONGEST_TEXT = 64;

    private GpuGraphs() {}

    /** By a name that says which. */
    static Map<String, OnnxModel> all() {
        Map<String, OnnxModel> graphs = new TreeMap<>();
        Path transformer = Golden.transformer();
        graphs.put("flipbook transformer VARLEN FLOAT16", FlipbookTransformer.build(transformer, NetworkForm.varlen()));
        for (ElementType type : TYPES) {
            graphs.put(
                    "flipbook transformer DENSE " + type,
                    FlipbookTransformer.build(transformer, NetworkForm.dense(type)));
            graphs.put("flipbook encoder " + type, FlipbookCodec.encoder(Golden.codec(), type));
            for (FrameForm form : FrameForm.values()) {
                graphs.put("flipbook decoder " + form + " " + type, FlipbookCodec.decoder(Golden.codec(), form, type));
            }
        }
        for (WanFolder folder : WanFolders.all()) {
            addWan(graphs, folder);
        }
        return graphs;
    }

    private static void addWan(Map<String, OnnxModel> graphs, WanFolder folder) {
        Path transformer = folder.component("transformer");
        graphs.put(folder + " transformer VARLEN FLOAT16", WanTransformer.denoiser(transformer, NetworkForm.varlen()));
        for (ElementType type : TYPES) {
            graphs.put(
                    folder + " transformer DENSE " + type,
                    WanTransformer.denoiser(transformer, NetworkForm.dense(type)));
            graphs.put(folder + " keys and values " + type, WanTransformer.keysAndValues(transformer, type));
            graphs.put(
                    folder + " text encoder " + type,
                    Umt5Encoder.build(folder.component("text_encoder"), LONGEST_TEXT, type));
            Path vae = folder.component("vae");
            for (Chunk chunk : Chunk.values()) {
                graphs.put(
                        folder + " encoder " + chunk + " " + type,
                        WanAutoencoder.encoder(vae, chunk, LatentForm.TOKENS, type));
                for (FrameForm form : FrameForm.values()) {
                    graphs.put(
                            folder + " decoder " + chunk + " " + form + " " + type,
                            WanAutoencoder.decoder(vae, chunk, LatentForm.TOKENS, form, type));
                }
            }
        }
    }
}
