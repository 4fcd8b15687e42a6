package dev.zoetrope.runtime.model;

import dev.zoetrope.ffm.cuda.Cuda;
import dev.zoetrope.ffm.cuda.CudaContext;
import dev.zoetrope.ffm.cuda.CudaDevice;
import dev.zoetrope.ffm.cuda.CudaException;
import dev.zoetrope.ffm.cuda.CudaMemoryInfo;
import dev.zoetrope.ffm.cuda.CudaStatus;
import dev.zoetrope.ffm.library.CacheFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The native side of this machine, without an engine.
 *
 * @param version version of ONNX Runtime
 * @param path its file
 * @param source how it was found
 * @param providers providers compiled into it
 */
public record NativeReport(String version, Path path, String source, List<String> providers) {
    public NativeReport {
        providers = List.copyOf(providers);
    }

    /** Loads the library; a missing or unfit one is a ModelException with the places it was looked for. */
    public static NativeReport read() {
        try (NativeRuntime runtime = NativeRuntime.open(1, false)) {
            return new NativeReport(
                    runtime.libraryVersion(),
                    runtime.libraryPath(),
                    runtime.librarySource(),
                    runtime.availableProviders());
        }
    }

    /** One line a GPU, or one line that says why there is none. */
    public static GpuReport gpus() {
        return switch (Cuda.status()) {
            case CudaStatus.Available available ->
                new GpuReport(
                        available.devices().stream().map(NativeReport::describe).toList(), "");
            case CudaStatus.Missing missing -> new GpuReport(List.of(), missing.reason());
        };
    }

    /** Memory of the first GPU, which is the one that the provider uses; empty where there is none. */
    public static Optional<GpuMemory> gpuMemory() {
        try (CudaContext context = Cuda.open().openContext(0)) {
            CudaMemoryInfo memory = context.memoryInfo();
            return Optional.of(new GpuMemory(memory.totalBytes() - memory.freeBytes(), memory.totalBytes()));
        } catch (CudaException | IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /**
     * Memory of a GPU.
     *
     * @param usedBytes what is taken, by this and by other programs
     * @param totalBytes what there is
     */
    public record GpuMemory(long usedBytes, long totalBytes) {}

    /**
     * GPUs with a CUDA driver.
     *
     * @param devices one line each: name, compute capability, memory
     * @param reason why there are none; empty when there are some
     */
    public record GpuReport(List<String> devices, String reason) {
        public GpuReport {
            devices = List.copyOf(devices);
        }
    }

    private static String describe(CudaDevice device) {
        return device.name() + ", compute " + device.computeCapability() + ", " + (device.totalBytes() >> 20) + " MiB";
    }

    /** The per-user folder for unpacked libraries and models. */
    public static Path cacheFolder() {
        return CacheFolder.current();
    }
}
