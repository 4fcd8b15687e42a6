package dev.zoetrope.runtime.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.zoetrope.runtime.error.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a model folder holds.
 *
 * @param folder the folder
 * @param pipelineClass the pipeline class its index names
 * @param fingerprint which weights exactly
 * @param totalBytes bytes of all files of all components
 * @param components its components, by name
 */
public record ModelDescription(
        Path folder, String pipelineClass, String fingerprint, long totalBytes, List<Component> components) {
    public ModelDescription {
        components = List.copyOf(components);
    }

    /**
     * One component.
     *
     * @param name folder name, such as {@code vae}
     * @param className the class its configuration names
     * @param config its configuration as JSON text
     * @param bytes bytes of its files
     * @param parameters numbers in its weight files
     * @param parametersByType the same, by element type such as {@code F16}
     */
    public record Component(
            String name,
            String className,
            String config,
            long bytes,
            long parameters,
            Map<String, Long> parametersByType) {
        public Component {
            parametersByType = Map.copyOf(parametersByType);
        }
    }

    /** Reads a folder; damaged weight files are refused with the reason. */
    public static ModelDescription read(Path path) {
        ModelFolder folder = ModelFolder.open(path);
        List<Component> components = new ArrayList<>();
        long total = 0;
        try (Stream<Path> children = Files.list(path)) {
            for (Path child : children.filter(Files::isDirectory).sorted().toList()) {
                Component component = component(child);
                components.add(component);
                total += component.bytes();
            }
        } catch (IOException e) {
            throw new ModelException("model folder " + path + ": cannot be read: " + e.getMessage(), e);
        }
        return new ModelDescription(path, folder.pipelineClass(), folder.fingerprint(), total, components);
    }

    private static Component component(Path folder) {
        ModelPart part = ModelPart.read(folder);
        JsonNode config = part.config(folder);
        return new Component(
                part.name(),
                config.path("_class_name").asText(""),
                config.toString(),
                part.bytes(),
                part.parameters(),
                part.parametersByType());
    }
}
