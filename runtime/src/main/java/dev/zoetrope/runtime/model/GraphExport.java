package dev.zoetrope.runtime.model;

import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.runtime.error.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/**
 * Writes a model's graphs as {@code .onnx} files that any ONNX tool opens: one folder a component, as in the model folder,
 * because the weight files beside the graphs have the same name in each.
 */
public final class GraphExport {
    private GraphExport() {}

    /**
     * Writes every graph of a model folder. All are built before the first is written.
     *
     * @return the files written
     */
    public static List<Path> write(Path modelFolder, Path target) {
        SortedMap<String, OnnxModel> graphs = ModelFamilies.graphs(ModelFolder.open(modelFolder));
        try {
            Files.createDirectories(target);
        } catch (IOException e) {
            throw new ModelException("export: expected a folder that can be written, found " + target + ": " + e, e);
        }
        return SessionSlot.translated(() -> {
            List<Path> written = new ArrayList<>();
            graphs.forEach((name, graph) -> {
                Path file = target.resolve(name);
                graph.save(file);
                written.add(file);
            });
            return written;
        });
    }
}
