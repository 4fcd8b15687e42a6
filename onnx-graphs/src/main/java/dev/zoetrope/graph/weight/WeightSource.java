package dev.zoetrope.graph.weight;

import com.google.errorprone.annotations.MustBeClosed;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Tensors by name, in one file or in several. Owns the memory maps: closing it invalidates every segment it has given out.
 * Safe for several threads.
 */
public sealed interface WeightSource extends AutoCloseable permits SafetensorsFile, ShardedWeights {
    /** Names of all tensors, sorted. */
    Set<String> names();

    /** Where a tensor lies; a {@link WeightException} if there is none. */
    WeightTensor tensor(String name);

    /** The tensor's bytes as they lie in the file, read only; valid until this source is closed. */
    MemorySegment bytes(WeightTensor tensor);

    /** The folder that the tensors' locations are relative to. */
    Path folder();

    @Override
    void close();

    /**
     * Opens the weights in a folder of the diffusers layout: the one {@code *.safetensors.index.json} if there is one, else the
     * one {@code *.safetensors}.
     */
    @MustBeClosed
    static WeightSource open(Path folder) {
        List<Path> indexes = list(folder, "*.safetensors.index.json");
        if (indexes.size() == 1) {
            return ShardedWeights.open(indexes.getFirst());
        }
        List<Path> files = list(folder, "*.safetensors");
        if (indexes.size() > 1 || files.size() != 1) {
            throw WeightException.of(
                    folder,
                    "weights",
                    "one *.safetensors or one *.safetensors.index.json",
                    indexes.size() > 1 ? indexes.size() + " indexes" : files.size() + " files");
        }
        return SafetensorsFile.open(files.getFirst());
    }

    private static List<Path> list(Path folder, String pattern) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, pattern)) {
            stream.forEach(found::add);
        } catch (IOException e) {
            throw new WeightException(
                    WeightException.printable(folder + ": weights: expected a readable folder, found " + e), e);
        }
        return found;
    }
}
