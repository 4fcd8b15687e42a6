package dev.zoetrope.runtime;

import java.nio.file.Path;
import java.util.List;

/**
 * What an engine runs on.
 *
 * @param softwareVersion version of Zoetrope
 * @param libraryVersion version of ONNX Runtime
 * @param libraryPath its file
 * @param librarySource how it was found
 * @param libraryHash SHA-256 of the file
 * @param availableProviders providers compiled into it
 * @param provider the provider in use
 * @param model name of the model
 * @param modelFolder its folder
 * @param modelFingerprint which weights exactly
 * @param threads threads of the native pool
 */
public record EngineInfo(
        String softwareVersion,
        String libraryVersion,
        Path libraryPath,
        String librarySource,
        String libraryHash,
        List<String> availableProviders,
        String provider,
        String model,
        Path modelFolder,
        String modelFingerprint,
        int threads) {
    public EngineInfo {
        availableProviders = List.copyOf(availableProviders);
    }
}
