package dev.zoetrope.runtime.model.wan;

import dev.zoetrope.graph.GraphException;
import dev.zoetrope.graph.model.wan.Umt5Encoder;
import dev.zoetrope.graph.model.wan.WanTransformer;
import dev.zoetrope.graph.weight.WeightQuantizer;
import dev.zoetrope.graph.weight.WeightSource;
import dev.zoetrope.runtime.error.ModelException;
import dev.zoetrope.runtime.model.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Writes a Wan folder again with the matrices of its transformers and its text encoder in 4 or 8 bits; the rest is copied. The result
 * is a folder like any other.
 */
public final class WanQuantizer {
    private static final Map<String, Predicate<String>> QUANTIZABLE = Map.of(
            "text_encoder", Umt5Encoder::isQuantizable,
            "transformer", WanTransformer::isQuantizable,
            "transformer_2", WanTransformer::isQuantizable);

    private WanQuantizer() {}

    /**
     * What became of a component.
     *
     * @param name of its folder
     * @param matrices number of those quantised
     * @param bytesBefore of its weights
     * @param bytesAfter of its weights
     * @param relativeError root mean square of what rounding changed, over that of the matrices
     */
    public record Component(String name, int matrices, long bytesBefore, long bytesAfter, double relativeError) {}

    /**
     * Quantises a folder. The target appears whole or not at all.
     *
     * @param target must not exist
     * @param bits 4 or 8
     * @throws ModelException if the folder is of another family or damaged, or the target cannot be written
     */
    public static List<Component> write(Path modelFolder, Path target, int bits) {
        ModelFolder folder = ModelFolder.open(modelFolder);
        if (!folder.pipelineClass().startsWith("Wan")) {
            throw new ModelException("quantisation: expected a Wan folder, found _class_name '" + folder.pipelineClass()
                    + "' in " + modelFolder);
        }
        if (bits != 4 && bits != 8) {
            throw new ModelException("quantisation: expected 4 or 8 bits, found " + bits);
        }
        if (Files.exists(target)) {
            throw new ModelException("quantisation: expected a new folder, found something at " + target);
        }
        Path unfinished = target.toAbsolutePath().resolveSibling(target.getFileName() + ".unfinished");
        try {
            List<Component> components = write(folder, bits, unfinished);
            Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
            return components;
        } catch (GraphException e) {
            throw new ModelException(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new ModelException("quantisation: expected room to write, found " + target + ": " + e, e);
        } finally {
            deleteAll(unfinished);
        }
    }

    private static List<Component> write(ModelFolder folder, int bits, Path target) throws IOException {
        deleteAll(target);
        Path modelFolder = folder.path();
        List<Component> components = new ArrayList<>();
        for (Path source : folder.files()) {
            Path copy = target.resolve(modelFolder.relativize(source).toString());
            String component = modelFolder.relativize(source).getName(0).toString();
            boolean isWeight = QUANTIZABLE.containsKey(component) && isWeight(source);
            if (!isWeight) {
                Files.createDirectories(copy.resolveSibling(""));
                Files.copy(source, copy);
            }
        }
        for (String name : QUANTIZABLE.keySet().stream().sorted().toList()) {
            if (Files.isDirectory(modelFolder.resolve(name))) {
                components.add(quantize(name, modelFolder.resolve(name), bits, target.resolve(name)));
            }
        }
        return components;
    }

    private static boolean isWeight(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.endsWith(".safetensors") || name.contains(".safetensors.index.");
    }

    private static Component quantize(String name, Path component, int bits, Path target) throws IOException {
        Files.createDirectories(target);
        Predicate<String> chosen = QUANTIZABLE.getOrDefault(name, weight -> false);
        try (WeightSource source = WeightSource.open(component)) {
            WeightQuantizer.Result result =
                    WeightQuantizer.quantize(source, bits, chosen, target.resolve("model.safetensors"));
            return new Component(
                    name, result.matrices(), result.bytesBefore(), result.bytesAfter(), result.relativeError());
        }
    }

    private static void deleteAll(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new ModelException("quantisation: expected to remove " + folder + ", found " + e, e);
        }
    }
}
