package dev.zoetrope.runtime.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.zoetrope.graph.weight.WeightSource;
import dev.zoetrope.graph.weight.WeightTensor;
import dev.zoetrope.runtime.error.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A component of a model folder as its weight files' headers describe it.
 *
 * @param name folder name, such as {@code vae}
 * @param parametersByType numbers in its weight files by element type, such as {@code F16}
 * @param bytes bytes of all its files
 */
public record ModelPart(String name, Map<String, Long> parametersByType, long bytes) {
    public ModelPart {
        parametersByType = Map.copyOf(parametersByType);
    }

    /** Reads the headers of a component's weight files; damaged ones are refused with the reason. */
    public static ModelPart read(Path folder) {
        Map<String, Long> byType = new TreeMap<>();
        long bytes = 0;
        boolean hasWeights = false;
        for (Path file : filesOf(folder)) {
            try {
                bytes += Files.size(file);
            } catch (IOException e) {
                throw new ModelException("model file " + file + ": cannot be read: " + e.getMessage(), e);
            }
            hasWeights |= file.toString().endsWith(".safetensors");
        }
        if (hasWeights) {
            SessionSlot.translated(() -> {
                count(folder, byType);
                return byType;
            });
        }
        return new ModelPart(String.valueOf(folder.getFileName()), byType, bytes);
    }

    /** Those that are loaded: a folder may hold the same numbers in a variant beside them. */
    private static void count(Path folder, Map<String, Long> byType) {
        try (WeightSource weights = WeightSource.open(folder)) {
            for (String name : weights.names()) {
                WeightTensor tensor = weights.tensor(name);
                byType.merge(
                        tensor.type().toString(), tensor.sizes().stream().reduce(1L, Math::multiplyExact), Long::sum);
            }
        }
    }

    static List<Path> filesOf(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw new ModelException("model folder " + folder + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /** Numbers in its weight files. */
    public long parameters() {
        return parametersByType.values().stream().mapToLong(Long::longValue).sum();
    }

    /** What its weights take once they are loaded: CPUs compute in f32, whatever the file holds. */
    public long loadedBytes() {
        return parameters() * Float.BYTES;
    }

    /** The configuration beside its weights; an empty object where there is none. */
    JsonNode config(Path folder) {
        for (String file : List.of("config.json", "scheduler_config.json")) {
            if (Files.isRegularFile(folder.resolve(file))) {
                return ModelFolder.readJson(folder.resolve(file));
            }
        }
        return ModelFolder.emptyJson();
    }
}
