package dev.zoetrope.runtime;

import dev.zoetrope.runtime.encode.MeasuredFiles;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.model.Lora;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How an engine is set up.
 *
 * @param modelFolder a model folder in diffusers layout; empty = the shipped model flipbook
 * @param loras added to the model's transformers, in this order
 * @param provider where the networks run
 * @param threads threads of the native pool, one per process; 0 = one per core
 * @param renders most renders that are under way at once, their steps made together; others wait
 * @param spinning whether idle pool threads spin: a little faster alone, costly beside other work
 * @param memoryBytes what the process may take: text encoder, transformer and codec are loaded and released in turn, one
 *     render at a time, and what does not fit is refused before any work; empty = everything stays loaded
 * @param files remembers what input files were found to be; whoever looks at them before the engine does hands on theirs,
 *     and no file is read through twice
 */
public record EngineOptions(
        Optional<Path> modelFolder,
        List<Lora> loras,
        ProviderChoice provider,
        int threads,
        int renders,
        boolean spinning,
        OptionalLong memoryBytes,
        MeasuredFiles files) {
    /** Enough that small renders need not wait for large ones to end. */
    public static final int USUAL_RENDERS = 8;

    public EngineOptions {
        loras = List.copyOf(loras);
        if (renders < 1 || renders > 1024) {
            throw new RequestException("renders at once: expected 1 to 1024, found " + renders
                    + " (nearest that works: " + Math.clamp(renders, 1, 1024) + ")");
        }
        if (memoryBytes.isPresent() && memoryBytes.getAsLong() <= MemoryPlan.BASE_BYTES) {
            throw new RequestException("memory: expected more than the " + (MemoryPlan.BASE_BYTES >> 20)
                    + " MiB of the process without a model, found " + memoryBytes.getAsLong() + " bytes");
        }
        if (threads < 0 || threads > 1024) {
            throw new RequestException("threads: expected 0 (one per core) to 1024, found " + threads
                    + " (nearest that works: " + Math.clamp(threads, 0, 1024) + ")");
        }
    }

    /** The shipped model, the best provider there is, one thread per core, no spinning. */
    public static EngineOptions defaults() {
        return new EngineOptions(
                Optional.empty(),
                List.of(),
                ProviderChoice.AUTO,
                0,
                USUAL_RENDERS,
                false,
                OptionalLong.empty(),
                new MeasuredFiles());
    }

    public EngineOptions withModelFolder(Path value) {
        return new EngineOptions(Optional.of(value), loras, provider, threads, renders, spinning, memoryBytes, files);
    }

    /** With LoRAs; flipbook takes none. */
    public EngineOptions withLoras(List<Lora> value) {
        return new EngineOptions(modelFolder, value, provider, threads, renders, spinning, memoryBytes, files);
    }

    public EngineOptions withProvider(ProviderChoice value) {
        return new EngineOptions(modelFolder, loras, value, threads, renders, spinning, memoryBytes, files);
    }

    public EngineOptions withThreads(int value) {
        return new EngineOptions(modelFolder, loras, provider, value, renders, spinning, memoryBytes, files);
    }

    public EngineOptions withRenders(int value) {
        return new EngineOptions(modelFolder, loras, provider, threads, value, spinning, memoryBytes, files);
    }

    public EngineOptions withSpinning(boolean value) {
        return new EngineOptions(modelFolder, loras, provider, threads, renders, value, memoryBytes, files);
    }

    /** With a limit on memory, at least what the process takes without a model. */
    public EngineOptions withMemoryBytes(long value) {
        return new EngineOptions(
                modelFolder, loras, provider, threads, renders, spinning, OptionalLong.of(value), files);
    }

    public EngineOptions withFiles(MeasuredFiles value) {
        return new EngineOptions(modelFolder, loras, provider, threads, renders, spinning, memoryBytes, value);
    }
}
