package dev.zoetrope.graph.export;

import dev.zoetrope.graph.GraphException;
import dev.zoetrope.graph.UnreadableFile;
import dev.zoetrope.graph.ir.Attribute;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Graph;
import dev.zoetrope.graph.ir.GraphSplitter;
import dev.zoetrope.graph.ir.Initializer;
import dev.zoetrope.graph.ir.Node;
import dev.zoetrope.graph.ir.TensorInfo;
import dev.zoetrope.graph.write.OnnxWriter;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/**
 * A model ready to be opened: a few kilobytes of graph whose weights stay in their own files. Immutable.
 *
 * <p>ONNX Runtime opens weights in one folder and below it, and follows no symbolic link out of it. A model folder may be a tree of
 * links (Hugging Face's cache has its files in {@code blobs}), so the folder given is the one that holds all real files.
 */
public final class OnnxModel {
    private final Graph graph;
    private final byte[] bytes;
    private final Path weightFolder;
    private final Map<String, String> locations;

    /** @param locations of the weight files in the weight folder, by the names that they were opened under */
    private OnnxModel(Graph graph, Path weightFolder, Map<String, String> locations) {
        this.graph = graph;
        this.bytes = OnnxWriter.write(relocated(graph, locations));
        this.weightFolder = weightFolder;
        this.locations = Map.copyOf(locations);
    }

    /** A graph whose weights lie in the files that its initializers' locations name. */
    public static OnnxModel of(Graph graph) {
        Map<String, Path> real = new HashMap<>();
        for (Initializer initializer : graph.initializers()) {
            if (initializer instanceof Initializer.External external) {
                real.computeIfAbsent(external.location(), OnnxModel::realPath);
            }
        }
        Path folder = commonFolder(graph.name(), real.values());
        Map<String, String> locations = new HashMap<>();
        real.forEach((opened, file) ->
                locations.put(opened, folder.relativize(file).toString().replace('\\', '/')));
        return new OnnxModel(graph, folder, locations);
    }

    private static Path realPath(String file) {
        try {
            return Path.of(file).toRealPath();
        } catch (IOException e) {
            throw new GraphException(
                    file + ": weights: expected a readable file, found " + UnreadableFile.found(Path.of(file), e), e);
        }
    }

    /** The innermost folder that holds all files. */
    private static Path commonFolder(String graph, Collection<Path> files) {
        Path common = null;
        for (Path file : files) {
            Path folder = Objects.requireNonNull(file.getParent(), "a real file has a folder");
            if (common == null) {
                common = folder;
            }
            while (!folder.startsWith(common)) {
                Path above = common.getParent();
                if (above == null) {
                    throw new GraphException(
                            "weights of " + graph + ": expected files of one file system, found " + files);
                }
                common = above;
            }
        }
        return common == null ? Path.of("") : common;
    }

    private static Graph relocated(Graph graph, Map<String, String> locations) {
        List<Initializer> initializers = new ArrayList<>();
        for (Initializer initializer : graph.initializers()) {
            initializers.add(
                    initializer instanceof Initializer.External external
                            ? external.at(Objects.requireNonNull(locations.get(external.location())))
                            : initializer);
        }
        return graph.withInitializers(initializers);
    }

    /** What it was made of; the initializers' locations are those that the files were opened under. */
    public Graph graph() {
        return graph;
    }

    public String name() {
        return graph.name();
    }

    /** The ONNX {@code ModelProto}. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** The folder that the weights' locations are relative to; a real one, with no symbolic link below it on their way. */
    public Path weightFolder() {
        return weightFolder;
    }

    /** The weight files, relative to the weight folder. */
    public List<String> weightFiles() {
        return locations.values().stream().distinct().sorted().toList();
    }

    /** What its weights take in an open session: they are kept in the types that they are cast to, the rest as it is. */
    public long loadedBytes() {
        return loadedBytes(graph);
    }

    /**
     * The same model in parts that run one after the other: the outputs of one are inputs of those after it, under one name.
     *
     * @param mostBytes that a part's weights take in an open session, if it can be cut so small
     */
    public List<OnnxModel> parts(long mostBytes) {
        return GraphSplitter.split(graph, mostBytes, OnnxModel::loadedBytes).stream()
                .map(OnnxModel::of)
                .toList();
    }

    private static long loadedBytes(Graph graph) {
        Map<String, Integer> castTo = new HashMap<>();
        for (Node node : graph.nodes()) {
            if (node.operator().equals("Cast") && node.attributes().get("to") instanceof Attribute.Whole type) {
                int size = ElementType.ofCode(Math.toIntExact(type.value())).byteSize();
                castTo.merge(node.inputs().getFirst(), size, Integer::sum);
            }
        }
        long bytes = 0;
        for (Initializer initializer : graph.initializers()) {
            if (initializer instanceof Initializer.External external) {
                int own = external.type().byteSize();
                bytes += external.byteSize() / own * castTo.getOrDefault(external.name(), own);
            }
        }
        return bytes;
    }

    /** Names, types and shapes of the inputs in the graph's order. */
    public List<TensorInfo> inputs() {
        return graph.inputs();
    }

    /** Names, types and shapes of the outputs in the graph's order. */
    public List<TensorInfo> outputs() {
        return graph.outputs();
    }

    /**
     * Writes the model as an {@code .onnx} file. ONNX allows weights only in the model's own folder or below it, so for a file
     * elsewhere the weight files are hard-linked beside it, or copied where the file system cannot link, under the names that they have
     * in the model folder. A different file of the same name is never overwritten.
     */
    public void save(Path onnxFile) {
        Path absolute = onnxFile.toAbsolutePath();
        Path folder = Objects.requireNonNull(absolute.getParent(), "a file has a folder");
        Map<String, String> names = new HashMap<>();
        locations
                .keySet()
                .forEach(opened ->
                        names.put(opened, String.valueOf(Path.of(opened).getFileName())));
        try {
            Files.createDirectories(folder);
            for (Map.Entry<String, String> file : names.entrySet()) {
                placeBeside(Path.of(file.getKey()), folder.resolve(file.getValue()));
            }
            Path unfinished = folder.resolve("." + absolute.getFileName() + "." + UUID.randomUUID());
            try {
                Files.write(unfinished, OnnxWriter.write(relocated(graph, names)));
                Files.move(unfinished, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(unfinished);
            }
        } catch (IOException e) {
            throw new GraphException(onnxFile + ": export: expected a writable folder, found " + e, e);
        }
    }

    private static void placeBeside(Path source, Path target) throws IOException {
        Path real =
                source.toRealPath(); // a symbolic link that leaves the folder would be refused when the model is opened
        if (Files.exists(target)) {
            if (!Files.isSameFile(real, target) && Files.mismatch(real, target) >= 0) {
                throw new FileAlreadyExistsException(target.toString(), null, "another weight file of this name");
            }
            return;
        }
        try {
            Files.createLink(target, real);
        } catch (IOException | UnsupportedOperationException e) {
            Files.copy(real, target);
        }
    }

    @Override
    public String toString() {
        return graph.name() + " (" + bytes.length + " bytes, weights in " + weightFolder + ")";
    }
}
