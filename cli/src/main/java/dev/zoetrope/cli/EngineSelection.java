package dev.zoetrope.cli;

import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.ProviderChoice;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.model.Lora;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say which model runs, and on what. */
final class EngineSelection {
    @Option(
            names = {"-m", "--model"},
            paramLabel = "DIR",
            description = "Model folder in diffusers layout; the shipped model flipbook if not given.")
    private @Nullable Path model;

    @Option(
            names = "--lora",
            paramLabel = "FILE[:SCALE]",
            split = ",",
            description =
                    "Add a LoRA to a Wan model; may be repeated. transformer:FILE or transformer_2:FILE adds it to one of two"
                            + " transformers.")
    private List<String> loras = List.of();

    @Option(
            names = "--provider",
            paramLabel = "NAME",
            defaultValue = "auto",
            description = "Where the networks run: cpu, cuda or auto (default).")
    private String provider = "auto";

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "0",
            description = "Threads of the native pool; 0, the default, means one for each core.")
    private int threads;

    @Mixin
    private MemoryOption memory = new MemoryOption();

    Optional<Path> model() {
        return Optional.ofNullable(model);
    }

    EngineOptions toOptions() {
        EngineOptions options = memory.applyTo(EngineOptions.defaults()
                .withProvider(parse(provider))
                .withThreads(threads)
                .withLoras(loras.stream().map(Lora::parse).toList()));
        return model == null ? options : options.withModelFolder(model);
    }

    private static ProviderChoice parse(String name) {
        return switch (name.strip().toLowerCase(Locale.ROOT)) {
            case "cpu" -> ProviderChoice.CPU;
            case "cuda" -> ProviderChoice.CUDA;
            case "auto" -> ProviderChoice.AUTO;
            default -> throw new RequestException("--provider: expected cpu, cuda or auto, found '" + name + "'");
        };
    }
}
