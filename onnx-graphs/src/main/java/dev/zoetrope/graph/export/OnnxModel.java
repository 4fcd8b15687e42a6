package dev.zoetrope.graph.export;

import dev.zoetrope.graph.GraphException;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Graph;
import dev.zoetrope.graph.ir.GraphSplitter;
import dev.zoetrope.graph.ir.Initializer;
import dev.zoetrope.graph.ir.TensorInfo;
import dev.zoetrope.graph.write.OnnxWriter;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;

/** A model ready to be opened: a few kilobytes of graph whose weights stay in their own files. Immutable. */
public final class OnnxModel {
    private final Graph graph;
    private final String name;
    private final byte[] bytes;
    private final Path weightFolder;
    private final List<String> weightFiles;
    private final List<TensorInfo> inputs;
    private final List<TensorInfo> outputs;
    private final long loadedBytes;

    private OnnxModel(Graph graph, Path weightFolder, SortedSet<String> weightFiles) {
        this.graph = graph;
        this.name = graph.name();
        this.bytes = OnnxWriter.write(graph);
        this.weightFolder = weightFolder;
        this.weightFiles = List.copyOf(weightFiles);
        this.inputs = graph.inputs();
        this.outputs = graph.outputs();
        this.loadedBytes = loadedBytes(graph);
    }

    /** A graph together with the folder that its weights' locations are relative to. */
    public static OnnxModel of(Graph graph, Path weightFolder) {
        SortedSet<String> files = new TreeSet<>();
        for (Initializer initializer : graph.initializers()) {
            if (initializer instanceof Initializer.External external) {
                files.add(external.location());
            }
        }
        return new OnnxModel(graph, weightFolder, files);
    }

    public String name() {
        return name;
    }

    /** The ONNX {@code ModelProto}. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** The folder that the weights' locations are relative to. */
    public Path weightFolder() {
        return weightFolder;
    }

    /** The weight files, relative to the weight folder. */
    public List<String> weightFiles() {
        return weightFiles;
    }

    /** What its weights take in an open session: those of 16 bits are cast and kept in 32, the rest is kept as it is. */
    public long loadedBytes() {
        return loadedBytes;
    }

    /**
     * The same model in parts that run one after the other: the outputs of one are inputs of those after it, under one name.
     *
     * @param mostBytes that a part's weights take in an open session, if it can be cut so small
     */
    public List<OnnxModel> parts(long mostBytes) {
        return GraphSplitter.split(graph, mostBytes, OnnxModel::loadedBytes).stream()
                .map(part -> of(part, weightFolder))
                .toList();
    }

    private static long loadedBytes(Graph graph) {
        Set<String> cast = graph.nodes().stream()
                .filter(node -> node.operator().equals("Cast"))
                .flatMap(node -> node.inputs().stream())
                .collect(Collectors.toSet());
        long bytes = 0;
        for (Initializer initializer : graph.initializers()) {
            if (initializer instanceof Initializer.External external) {
                boolean isWidened =
                        cast.contains(external.name()) && external.type().byteSize() < ElementType.FLOAT.byteSize();
                bytes += isWidened ? 2 * external.byteSize() : external.byteSize();
            }
        }
        return bytes;
    }

    /** Names, types and shapes of the inputs in the graph's order. */
    public List<TensorInfo> inputs() {
        return inputs;
    }

    /** Names, types and shapes of the outputs in the graph's order. */
    public List<TensorInfo> outputs() {
        return outputs;
    }

    /**
     * Writes the model as an {@code .onnx} file. ONNX allows weights only in the model's own folder or below it, so for a file
     * elsewhere the weight files are hard-linked beside it, or copied where the file system cannot link. A different file of the same
     * name is never overwritten.
     */
    public void save(Path onnxFile) {
        Path absolute = onnxFile.toAbsolutePath();
        Path folder = Objects.requireNonNull(absolute.getParent(), "a file has a folder");
        try {
            Files.createDirectories(folder);
            for (String weightFile : weightFiles) {
                placeBeside(weightFolder.resolve(weightFile), folder.resolve(weightFile));
            }
            Path unfinished = folder.resolve("." + absolute.getFileName() + "." + UUID.randomUUID());
            try {
                Files.write(unfinished, bytes);
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
        return name + " (" + bytes.length + " bytes, weights in " + weightFolder + ")";
    }
}
