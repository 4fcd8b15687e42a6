package dev.zoetrope.runtime.model;

import dev.zoetrope.graph.component.AttentionForm;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.model.FrameForm;
import dev.zoetrope.graph.model.flipbook.FlipbookCodec;
import dev.zoetrope.graph.model.flipbook.FlipbookTransformer;
import dev.zoetrope.runtime.error.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Writes a model's graphs as {@code .onnx} files that any ONNX tool opens: one folder a component, as in the model folder,
 * because the weight files beside the graphs have the same name in each.
 */
public final class GraphExport {
    private GraphExport() {}

    /**
     * Writes every graph of a model folder.
     *
     * @return the files written
     */
    public static List<Path> write(Path modelFolder, Path target) {
        ModelFolder folder = ModelFolder.open(modelFolder);
        try {
            Files.createDirectories(target);
        } catch (IOException e) {
            throw new ModelException("export: expected a folder that can be written, found " + target + ": " + e, e);
        }
        return SessionSlot.translated(() -> write(folder, target));
    }

    private static List<Path> write(ModelFolder folder, Path target) {
        List<Path> written = new ArrayList<>();
        Path transformer = folder.component("transformer");
        for (AttentionForm form : AttentionForm.values()) {
            String name = "transformer-" + form.name().toLowerCase(Locale.ROOT) + ".onnx";
            written.add(save(
                    FlipbookTransformer.build(transformer, form, FlipbookModel.SLOTS),
                    target.resolve("transformer").resolve(name)));
        }
        Path codec = folder.component("vae");
        written.add(save(FlipbookCodec.encoder(codec), target.resolve("vae").resolve("encoder.onnx")));
        written.add(save(
                FlipbookCodec.decoder(codec, FrameForm.RGB8),
                target.resolve("vae").resolve("decoder.onnx")));
        return written;
    }

    private static Path save(OnnxModel model, Path file) {
        model.save(file);
        return file;
    }
}
