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
 * @param components its components, as its index names them
 * @param others folders beside the components, which no component is in
 */
public record ModelDescription(
        Path folder,
        String pipelineClass,
        String fingerprint,
        long totalBytes,
        List<Component> components,
        List<String> others) {
    public ModelDescription {
        components = List.copyOf(components);
        others = List.copyOf(others);
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

    /** Reads a folder; one that could not be rendered with is refused with the reason. */
    public static ModelDescription read(Path path) {
        ModelFolder folder = ModelFolder.open(path);
        ModelFamilies.graphs(folder);
        List<Component> components = new ArrayList<>();
        List<String> others = new ArrayList<>();
        for (Path child : children(path)) {
            String name = String.valueOf(child.getFileName());
            if (folder.index().path(name).isArray()) {
                components.add(component(child));
            } else {
                others.add(name);
            }
        }
        long bytes = components.stream().mapToLong(Component::bytes).sum();
        return new ModelDescription(path, folder.pipelineClass(), folder.fingerprint(), bytes, components, others);
    }

    private static List<Path> children(Path folder) {
        try (Stream<Path> children = Files.list(folder)) {
            return children.filter(Files::isDirectory).sorted().toList();
        } catch (IOException e) {
            throw new ModelException("model folder " + folder + ": cannot be read: " + e.getMessage(), e);
        }
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
