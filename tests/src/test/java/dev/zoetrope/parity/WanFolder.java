package dev.zoetrope.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A small Wan pipeline as diffusers saves it, with what diffusers computed from it in {@code ref/}: recordings of stages by name
 * ({@code text}, {@code transformer}, {@code vae}, {@code pipeline_t2v}, …) and {@code meta.json}.
 */
record WanFolder(Path path) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A component's folder, such as {@code transformer}. */
    Path component(String name) {
        return path.resolve(name);
    }

    /** Whether the component is there: only some folders have a {@code transformer_2}. */
    boolean has(String component) {
        return Files.isDirectory(component(component));
    }

    /** A component's {@code config.json}. */
    JsonNode config(String component) {
        return json(component(component).resolve("config.json"));
    }

    /** {@code model_index.json}. */
    JsonNode index() {
        return json(path.resolve("model_index.json"));
    }

    /** {@code ref/meta.json}: prompts, sizes and settings of the recordings. */
    JsonNode meta() {
        return json(path.resolve("ref/meta.json"));
    }

    boolean recorded(String stage) {
        return Files.isRegularFile(recordingFile(stage));
    }

    /** The tensors recorded of a stage. */
    Reference recording(String stage) {
        return new Reference(recordingFile(stage));
    }

    private Path recordingFile(String stage) {
        return path.resolve("ref").resolve(stage + ".safetensors");
    }

    private static JsonNode json(Path file) {
        try {
            return JSON.readTree(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(file.toString(), e);
        }
    }

    /** The name that a failed test shows. */
    @Override
    public String toString() {
        return String.valueOf(path.getFileName());
    }
}
