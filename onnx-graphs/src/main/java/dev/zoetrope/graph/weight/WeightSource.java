package dev.zoetrope.graph.weight;

import com.google.errorprone.annotations.MustBeClosed;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
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

    @Override
    void close();

    /**
     * Opens the weights in a folder of the diffusers layout: its {@code *.safetensors.index.json} if there is one, else its one {@code
     * *.safetensors}. Files of a variant, such as {@code *.fp16.safetensors}, are taken where no others are.
     */
    @MustBeClosed
    static WeightSource open(Path folder) {
        Path found = WeightFiles.find(folder);
        return found.toString().endsWith(".json") ? ShardedWeights.open(found) : SafetensorsFile.open(found);
    }
}
