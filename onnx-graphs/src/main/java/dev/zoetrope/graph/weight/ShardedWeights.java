package dev.zoetrope.graph.weight;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.errorprone.annotations.MustBeClosed;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Weights in several safetensors files of one folder, joined by an index ({@code *.safetensors.index.json}, whose
 * {@code weight_map} names each tensor's file). Files must be plain names within the folder; every tensor must be in the file the
 * index says and nowhere else.
 */
public final class ShardedWeights implements WeightSource {
    private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*\\.safetensors");
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .build();

    private final Path index;
    private final Map<Path, SafetensorsFile> files;
    private final SortedMap<String, WeightTensor> tensors;

    private ShardedWeights(Path index, Map<Path, SafetensorsFile> files, SortedMap<String, WeightTensor> tensors) {
        this.index = index;
        this.files = files;
        this.tensors = Collections.unmodifiableSortedMap(tensors);
    }

    /** Opens the index and every file it names. */
    @MustBeClosed
    public static ShardedWeights open(Path index) {
        Map<String, String> fileOfTensor = readIndex(index);
        Map<Path, SafetensorsFile> files = new LinkedHashMap<>();
        try {
            openAll(index, fileOfTensor, files);
            return new ShardedWeights(index, files, join(index, fileOfTensor, files));
        } catch (RuntimeException e) {
            files.values().forEach(SafetensorsFile::close);
            throw e;
        }
    }

    @SuppressWarnings("MustBeClosed") // kept in the map, closed by open() on failure and by close()
    private static void openAll(Path index, Map<String, String> fileOfTensor, Map<Path, SafetensorsFile> files) {
        for (String name : fileOfTensor.values()) {
            Path file = index.resolveSibling(name);
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                throw WeightException.of(index, "shard " + name, "a file beside the index", "none (copy it again)");
            }
            if (!files.containsKey(file)) {
                files.put(file, SafetensorsFile.open(file));
            }
        }
    }

    private static Map<String, String> readIndex(Path index) {
        JsonNode map;
        try {
            map = JSON.readTree(Files.readString(index)).path("weight_map");
        } catch (JsonProcessingException e) {
            throw new WeightException(
                    WeightException.printable(index + ": index: expected a readable JSON object, found "
                            + e.getClass().getSimpleName()),
                    e);
        } catch (IOException e) {
            throw WeightFiles.unreadable(index, "a readable index", e);
        }
        if (!map.isObject()) {
            throw WeightException.of(index, "weight_map", "an object of tensor and file names", map.getNodeType());
        }
        Map<String, String> fileOfTensor = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : map.properties()) {
            String file = entry.getValue().textValue();
            if (file == null || !FILE_NAME.matcher(file).matches()) {
                throw WeightException.of(
                        index,
                        "file of " + entry.getKey(),
                        "the name of a .safetensors beside the index",
                        entry.getValue());
            }
            fileOfTensor.put(entry.getKey(), file);
        }
        return fileOfTensor;
    }

    private static SortedMap<String, WeightTensor> join(
            Path index, Map<String, String> fileOfTensor, Map<Path, SafetensorsFile> files) {
        SortedMap<String, WeightTensor> tensors = new TreeMap<>();
        fileOfTensor.forEach((name, fileName) -> {
            SafetensorsFile file = files.get(index.resolveSibling(fileName));
            if (file == null) {
                throw new AssertionError("every file of the index has been opened");
            }
            tensors.put(name, file.tensor(name));
        });
        for (Map.Entry<Path, SafetensorsFile> entry : files.entrySet()) {
            for (String name : entry.getValue().names()) {
                WeightTensor known = tensors.get(name);
                if (known == null || !known.file().equals(entry.getKey())) {
                    throw WeightException.of(
                            entry.getKey(),
                            "tensor " + name,
                            "to be listed for this file in " + index,
                            "another entry or none");
                }
            }
        }
        return tensors;
    }

    @Override
    public Set<String> names() {
        return tensors.keySet();
    }

    @Override
    public WeightTensor tensor(String name) {
        WeightTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw WeightException.of(index, "weight " + name, "to be there", "no tensor of this name");
        }
        return tensor;
    }

    @Override
    public MemorySegment bytes(WeightTensor tensor) {
        SafetensorsFile file = files.get(tensor.file());
        if (file == null) {
            throw WeightException.of(index, "weight " + tensor.name(), "a tensor of these files", tensor.file());
        }
        return file.bytes(tensor);
    }

    @Override
    public void close() {
        files.values().forEach(SafetensorsFile::close);
    }
}
