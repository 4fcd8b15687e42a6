package dev.zoetrope.endtoend;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A Wan folder of the goldens, copied so that a test can change it: its files, and the tensors in them. */
public final class WanCopy {
    public static final ObjectMapper JSON = new ObjectMapper();

    private static final String WEIGHTS = "diffusion_pytorch_model";

    private WanCopy() {}

    /**
     * A tensor as it lies in a file.
     *
     * @param type as the file names it, such as {@code F32}
     */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares two of them
    public record Stored(String type, List<Long> shape, byte[] bytes) {}

    /** The folder of a golden. */
    public static Path golden(String name) {
        try {
            return Path.of(Objects.requireNonNull(WanCopy.class.getResource("/golden/wan/" + name))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Copies the components of a golden, without its recordings. */
    public static Path of(String name, Path target) throws IOException {
        Path source = golden(name);
        try (Stream<Path> walk = Files.walk(source, 2)) {
            for (Path file : walk.filter(Files::isRegularFile).toList()) {
                if (!file.startsWith(source.resolve("ref"))) {
                    Path copy = target.resolve(source.relativize(file).toString());
                    Files.createDirectories(copy.resolveSibling(""));
                    Files.copy(file, copy);
                }
            }
        }
        return target;
    }

    /** The weight file of a component that has one. */
    public static Path weights(Path model, String component) {
        String stem = component.equals("text_encoder") ? "model" : WEIGHTS;
        return model.resolve(component).resolve(stem + ".safetensors");
    }

    /** The tensors of a safetensors file, by name. */
    public static Map<String, Stored> read(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int headerBytes = Math.toIntExact(
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0));
        JsonNode header = JSON.readTree(new String(bytes, 8, headerBytes, StandardCharsets.UTF_8));
        Map<String, Stored> tensors = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : header.properties()) {
            if (!entry.getKey().equals("__metadata__")) {
                List<Long> shape = new ArrayList<>();
                entry.getValue().path("shape").forEach(size -> shape.add(size.asLong()));
                JsonNode range = entry.getValue().path("data_offsets");
                int start = 8 + headerBytes;
                tensors.put(
                        entry.getKey(),
                        new Stored(
                                entry.getValue().path("dtype").asText(),
                                shape,
                                Arrays.copyOfRange(
                                        bytes,
                                        start + range.get(0).asInt(),
                                        start + range.get(1).asInt())));
            }
        }
        return tensors;
    }

    /** Writes tensors as a safetensors file. */
    public static void write(Path file, Map<String, Stored> tensors) throws IOException {
        write(file, tensors, Map.of());
    }

    /**
     * Writes a safetensors file with notes in its header.
     *
     * @param notes what {@code __metadata__} says
     */
    public static void write(Path file, Map<String, Stored> tensors, Map<String, String> notes) throws IOException {
        ObjectNode header = JSON.createObjectNode();
        if (!notes.isEmpty()) {
            ObjectNode metadata = header.putObject("__metadata__");
            notes.forEach(metadata::put);
        }
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        tensors.forEach((name, tensor) -> {
            ObjectNode entry = header.putObject(name);
            entry.put("dtype", tensor.type());
            tensor.shape().forEach(entry.putArray("shape")::add);
            entry.putArray("data_offsets").add(data.size()).add(data.size() + tensor.bytes().length);
            data.writeBytes(tensor.bytes());
        });
        byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .array());
        all.writeBytes(text);
        data.writeTo(all);
        Files.write(file, all.toByteArray());
    }

    /** Changes a component's tensors. */
    public static void change(Path model, String component, TensorChange change) throws IOException {
        Path file = weights(model, component);
        Map<String, Stored> tensors = read(file);
        change.apply(tensors);
        write(file, tensors);
    }

    /** What is done to the tensors of a file. */
    @FunctionalInterface
    public interface TensorChange {
        void apply(Map<String, Stored> tensors);
    }

    /** Writes a component's weight file as two with an index, as diffusers and transformers shard. */
    public static void shard(Path model, String component) throws IOException {
        Path whole = weights(model, component);
        String stem = whole.getFileName().toString().replace(".safetensors", "");
        List<Map<String, Stored>> shards = List.of(new TreeMap<>(), new TreeMap<>());
        ObjectNode index = JSON.createObjectNode();
        ObjectNode map = index.putObject("weight_map");
        read(whole).forEach((name, tensor) -> {
            int shard = map.size() % 2;
            shards.get(shard).put(name, tensor);
            map.put(name, shardName(stem, shard));
        });
        for (int shard = 0; shard < 2; shard++) {
            write(whole.resolveSibling(shardName(stem, shard)), shards.get(shard));
        }
        Files.writeString(whole.resolveSibling(stem + ".safetensors.index.json"), index.toString());
        Files.delete(whole);
    }

    private static String shardName(String stem, int shard) {
        return stem + "-0000" + (shard + 1) + "-of-00002.safetensors";
    }

    /** Changes a JSON file of a model. */
    public static void changeJson(Path file, JsonChange change) throws IOException {
        ObjectNode root = (ObjectNode) JSON.readTree(Files.readString(file));
        change.apply(root);
        Files.writeString(file, root.toString());
    }

    /** What is done to a JSON file. */
    @FunctionalInterface
    public interface JsonChange {
        void apply(ObjectNode root);
    }
}
