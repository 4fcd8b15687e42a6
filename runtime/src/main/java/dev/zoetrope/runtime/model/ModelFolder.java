package dev.zoetrope.runtime.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.zoetrope.graph.UnreadableFile;
import dev.zoetrope.graph.weight.LoraFile;
import dev.zoetrope.runtime.error.ModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;

/**
 * A model folder in diffusers layout: {@code model_index.json} and one folder a component. Immutable; the files must stay
 * as they are while it is in use.
 */
public final class ModelFolder {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Files up to this size enter the fingerprint whole; of larger ones the length and evenly spaced samples. */
    private static final long WHOLE_FILE_BYTES = 64L << 20;

    private static final int SAMPLE_BYTES = 64 << 10;
    private static final int SAMPLES = 64;

    private final Path path;
    private final JsonNode index;
    private final List<Lora> loras;
    private final FutureTask<String> fingerprint;

    private ModelFolder(Path path, JsonNode index, List<Lora> loras) {
        this.path = path;
        this.index = index;
        this.loras = List.copyOf(loras);
        this.fingerprint = new FutureTask<>(this::computeFingerprint);
    }

    /** Opens a folder: reads its index, and begins to hash its files beside whatever the caller does next. */
    public static ModelFolder open(Path folder) {
        return open(folder, List.of());
    }

    /** The same with LoRAs to be added to its transformers; they are part of its fingerprint. */
    public static ModelFolder open(Path folder, List<Lora> loras) {
        if (!Files.isDirectory(folder)) {
            throw new ModelException("model folder: expected a folder with a model_index.json, found " + instead(folder)
                    + " at " + folder);
        }
        Path file = folder.resolve("model_index.json");
        JsonNode index = readJson(file);
        if (!index.isObject()) {
            throw new ModelException("model file " + file + ": expected a JSON object, found " + index.getNodeType());
        }
        ModelFolder opened = new ModelFolder(folder, index, loras);
        Thread.ofPlatform().name("zoetrope-fingerprint").daemon(true).start(opened.fingerprint);
        return opened;
    }

    public Path path() {
        return path;
    }

    /** The content of {@code model_index.json}. */
    public JsonNode index() {
        return index;
    }

    /**
     * What tells this model from another: a SHA-256 over the names and bytes of its {@code .json} and {@code
     * .safetensors} files, so that a checkpoint is never resumed on other weights. Of weights above 64 MiB {@value
     * #SAMPLES} samples are hashed, because reading them whole would cost more than a render: a change that misses all
     * samples and keeps the length is not seen. Waits for the hash.
     */
    public String fingerprint() {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return fingerprint.get();
                } catch (InterruptedException e) {
                    interrupted = true; // the hash takes a moment at most
                }
            }
        } catch (ExecutionException e) {
            throw new ModelException("model folder " + path + ": cannot be read: " + e.getCause(), e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** One component's folder, such as {@code transformer}; it must exist. */
    public Path component(String name) {
        Path component = path.resolve(name);
        if (!Files.isDirectory(component)) {
            throw new ModelException(
                    "model folder " + path + ": expected a folder '" + name + "', found " + instead(component));
        }
        return component;
    }

    /** What there is where a folder should be. */
    private static String instead(Path folder) {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return "nothing";
        }
        try {
            return Files.isDirectory(folder.toRealPath()) ? "a folder that cannot be read" : "a file";
        } catch (IOException e) {
            return UnreadableFile.found(folder, e);
        }
    }

    /**
     * Its files and those of the folders in it, in order. Symbolic links are followed: component folders are sometimes links, and in
     * Hugging Face's cache every file is. Links to nothing are left out.
     */
    public List<Path> files() {
        List<Path> files = new ArrayList<>();
        for (Path child : children(path)) {
            if (Files.isDirectory(child)) {
                children(child).stream().filter(Files::isRegularFile).forEach(files::add);
            } else if (Files.isRegularFile(child)) {
                files.add(child);
            }
        }
        return files.stream().sorted().toList();
    }

    private static List<Path> children(Path folder) {
        try (Stream<Path> children = Files.list(folder)) {
            return children.toList();
        } catch (IOException e) {
            throw new ModelException("model folder " + folder + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /** What is added to its transformers, in this order. */
    public List<Lora> loras() {
        return loras;
    }

    /** What is added to one of its transformers. */
    public List<LoraFile> loras(String component) {
        return loras.stream()
                .filter(lora -> lora.component().isEmpty() || lora.component().equals(component))
                .map(lora -> new LoraFile(lora.file(), (float) lora.scale()))
                .toList();
    }

    /** The pipeline class the index names, such as {@code FlipbookPipeline}; empty when it names none. */
    public String pipelineClass() {
        return index.path("_class_name").asText("");
    }

    /** The content of a JSON file of this folder, such as {@code vae/config.json}; it must exist. */
    public JsonNode readConfig(String name) {
        return readJson(path.resolve(name));
    }

    static JsonNode emptyJson() {
        return JSON.createObjectNode();
    }

    /** Reads a JSON file of a model. */
    static JsonNode readJson(Path file) {
        try {
            return JSON.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new ModelException("model file " + file + ": expected JSON, found " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ModelException(
                    "model folder: expected a file " + file + ", found " + UnreadableFile.found(file, e), e);
        }
    }

    private String computeFingerprint() throws IOException {
        MessageDigest digest = sha256();
        List<Path> files = files().stream()
                .filter(file ->
                        file.toString().endsWith(".json") || file.toString().endsWith(".safetensors"))
                .toList();
        for (Path file : files) {
            digest.update(path.relativize(file).toString().replace('\\', '/').getBytes(StandardCharsets.UTF_8));
            update(digest, file);
        }
        for (Lora lora : loras) {
            digest.update((lora.component() + ":" + lora.scale()).getBytes(StandardCharsets.UTF_8));
            update(digest, lora.file());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void update(MessageDigest digest, Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, size));
            ByteBuffer block = ByteBuffer.allocate(size <= WHOLE_FILE_BYTES ? 1 << 20 : SAMPLE_BYTES);
            long step = size <= WHOLE_FILE_BYTES ? block.capacity() : (size - SAMPLE_BYTES) / (SAMPLES - 1);
            for (long at = 0; at < size; at += step) {
                block.clear();
                int read = channel.read(block, at);
                digest.update(block.array(), 0, Math.max(0, read));
            }
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
