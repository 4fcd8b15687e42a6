package dev.zoetrope.ffm.ort;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How to open a model.
 *
 * @param modelName what messages call it
 * @param externalDataFolder folder to which the model's external data locations are relative; without one it is the
 *     model file's folder, or the working directory for a model that comes as bytes
 * @param provider where to compute
 * @param optimizationLevel how much the graph may be rewritten
 * @param memoryPattern whether to plan memory from the first run's shapes; of no use when shapes vary
 * @param prepacking whether to keep weights of matrix products in a second, packed form: faster runs, a copy in memory
 * @param optimizedModelPath where to write the rewritten graph, if anywhere
 * @param profilePrefix path prefix of the profile file to write, if any; see {@link Session#endProfiling()}
 * @param configEntries the library's session configuration entries by key
 */
public record SessionOptions(
        String modelName,
        Optional<Path> externalDataFolder,
        Provider provider,
        OptimizationLevel optimizationLevel,
        boolean memoryPattern,
        boolean prepacking,
        Optional<Path> optimizedModelPath,
        Optional<Path> profilePrefix,
        Map<String, String> configEntries) {

    /** An entry of runs, which hear of it from here. */
    static final String SHRINK_ARENA = "memory.enable_memory_arena_shrinkage";

    private static final String RECORD_PLACEMENT = "session.record_ep_graph_assignment_info";

    /** Copies the entries. */
    public SessionOptions {
        if (modelName.isBlank()) {
            throw new IllegalArgumentException("modelName: expected a name, found a blank");
        }
        configEntries = Map.copyOf(configEntries);
    }

    /** CPU, all optimisations, memory pattern and prepacking on, nothing written. */
    public static SessionOptions of(String modelName) {
        return new SessionOptions(
                modelName,
                Optional.empty(),
                new Provider.Cpu(),
                OptimizationLevel.ALL,
                true,
                true,
                Optional.empty(),
                Optional.empty(),
                Map.of());
    }

    /** As this, with external data in that folder. */
    public SessionOptions withExternalDataFolder(Path folder) {
        return new SessionOptions(
                modelName,
                Optional.of(folder),
                provider,
                optimizationLevel,
                memoryPattern,
                prepacking,
                optimizedModelPath,
                profilePrefix,
                configEntries);
    }

    /** As this, computed elsewhere. */
    public SessionOptions withProvider(Provider other) {
        return new SessionOptions(
                modelName,
                externalDataFolder,
                other,
                optimizationLevel,
                memoryPattern,
                prepacking,
                optimizedModelPath,
                profilePrefix,
                configEntries);
    }

    /** As this, with another optimisation level. */
    public SessionOptions withOptimizationLevel(OptimizationLevel level) {
        return new SessionOptions(
                modelName,
                externalDataFolder,
                provider,
                level,
                memoryPattern,
                prepacking,
                optimizedModelPath,
                profilePrefix,
                configEntries);
    }

    /** As this, with or without the memory pattern. */
    public SessionOptions withMemoryPattern(boolean enabled) {
        return new SessionOptions(
                modelName,
                externalDataFolder,
                provider,
                optimizationLevel,
                enabled,
                prepacking,
                optimizedModelPath,
                profilePrefix,
                configEntries);
    }

    /** As this, with or without packed weights. */
    public SessionOptions withPrepacking(boolean enabled) {
        return new SessionOptions(
                modelName,
                externalDataFolder,
                provider,
                optimizationLevel,
                memoryPattern,
                enabled,
                optimizedModelPath,
                profilePrefix,
                configEntries);
    }

    /** As this, and writes the rewritten graph to that file. */
    public SessionOptions withOptimizedModelPath(Path file) {
        return new SessionOptions(
                modelName,
                externalDataFolder,
                provider,
                optimizationLevel,
                memoryPattern,
                prepacking,
                Optional.of(file),
                profilePrefix,
                configEntries);
    }

    /** As this, and writes a profile of all runs to a file whose name begins so. */
    public SessionOptions withProfilePrefix(Path prefix) {
        return new SessionOptions(
                modelName,
                externalDataFolder,
                provider,
                optimizationLevel,
                memoryPattern,
                prepacking,
                optimizedModelPath,
                Optional.of(prefix),
                configEntries);
    }

    /** As this, with one more configuration entry. */
    public SessionOptions withConfigEntry(String key, String value) {
        Map<String, String> entries = new LinkedHashMap<>(configEntries);
        entries.put(key, value);
        return new SessionOptions(
                modelName,
                externalDataFolder,
                provider,
                optimizationLevel,
                memoryPattern,
                prepacking,
                optimizedModelPath,
                profilePrefix,
                entries);
    }

    /** As this, and remembers which provider runs which node: see {@link Session#nodePlacement()}. */
    public SessionOptions withNodePlacement() {
        return withConfigEntry(RECORD_PLACEMENT, "1");
    }

    boolean hasNodePlacement() {
        return "1".equals(configEntries.get(RECORD_PLACEMENT));
    }

    /** As this, and after each run gives back what it worked with: less memory between runs, a little more time in each. */
    public SessionOptions withShrinkingArena() {
        return withConfigEntry(SHRINK_ARENA, "cpu:0");
    }
}
