package dev.zoetrope.runtime;

import dev.zoetrope.runtime.encode.MeasuredFiles;
import dev.zoetrope.runtime.error.RequestException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How an engine is set up.
 *
 * @param modelFolder a model folder in diffusers layout; empty = the shipped model flipbook
 * @param provider where the networks run
 * @param threads threads of the native pool, one per process; 0 = one per core
 * @param spinning whether idle pool threads spin: a little faster alone, costly beside other work
 * @param files remembers what input files were found to be; whoever looks at them before the engine does hands on theirs,
 *     and no file is read through twice
 */
public record EngineOptions(
        Optional<Path> modelFolder, ProviderChoice provider, int threads, boolean spinning, MeasuredFiles files) {
    public EngineOptions {
        if (threads < 0 || threads > 1024) {
            throw new RequestException("threads: expected 0 (one per core) to 1024, found " + threads
                    + " (nearest that works: " + Math.clamp(threads, 0, 1024) + ")");
        }
    }

    /** The shipped model, the best provider there is, one thread per core, no spinning. */
    public static EngineOptions defaults() {
        return new EngineOptions(Optional.empty(), ProviderChoice.AUTO, 0, false, new MeasuredFiles());
    }

    public EngineOptions withModelFolder(Path value) {
        return new EngineOptions(Optional.of(value), provider, threads, spinning, files);
    }

    public EngineOptions withProvider(ProviderChoice value) {
        return new EngineOptions(modelFolder, value, threads, spinning, files);
    }

    public EngineOptions withThreads(int value) {
        return new EngineOptions(modelFolder, provider, value, spinning, files);
    }

    public EngineOptions withSpinning(boolean value) {
        return new EngineOptions(modelFolder, provider, threads, value, files);
    }

    public EngineOptions withFiles(MeasuredFiles value) {
        return new EngineOptions(modelFolder, provider, threads, spinning, value);
    }
}
