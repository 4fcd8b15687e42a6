package dev.zoetrope.runtime;

import dev.zoetrope.runtime.model.GpuTrial;
import dev.zoetrope.runtime.model.GraphExport;
import dev.zoetrope.runtime.model.ModelDescription;
import dev.zoetrope.runtime.model.NativeReport;
import dev.zoetrope.runtime.model.ShippedModel;
import dev.zoetrope.runtime.model.wan.WanQuantizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Looks at a machine and at models without opening an engine. Each failure is a ZoetropeException of one line. */
public final class Diagnostics {
    private Diagnostics() {}

    /** The ONNX Runtime library that an engine would take. */
    public static NativeReport onnxRuntime() {
        return NativeReport.read();
    }

    /** GPUs, or why there are none. */
    public static NativeReport.GpuReport gpus() {
        return NativeReport.gpus();
    }

    /** NVIDIA's libraries that computing on a GPU needs, and where they were found. */
    public static List<GpuTrial.Library> gpuLibraries() {
        return GpuTrial.libraries();
    }

    /** Memory of the GPU that engines use; empty where there is none. */
    public static Optional<NativeReport.GpuMemory> gpuMemory() {
        return NativeReport.gpuMemory();
    }

    /** The per-user folder for unpacked libraries and models; it may not exist yet. */
    public static Path cacheFolder() {
        return NativeReport.cacheFolder();
    }

    /** The folder of a model: the shipped one when none is named. */
    public static Path modelFolder(Optional<Path> folder) {
        return folder.orElseGet(ShippedModel::folder);
    }

    /** What a model folder holds; the shipped one when none is named. */
    public static ModelDescription model(Optional<Path> folder) {
        return ModelDescription.read(modelFolder(folder));
    }

    /**
     * What a request would take of a model, without loading any of its weights.
     *
     * @throws dev.zoetrope.runtime.error.RequestException when it cannot be rendered as asked
     */
    public static ModelPlan plan(EngineOptions options, RenderRequest request) {
        return ModelPlan.of(options, request);
    }

    /**
     * Writes a model's graphs as {@code .onnx} files.
     *
     * @return the files written
     */
    public static List<Path> export(Optional<Path> modelFolder, Path target) {
        return GraphExport.write(modelFolder(modelFolder), target);
    }

    /**
     * Writes a Wan folder again with most weights in fewer bits.
     *
     * @param target must not exist
     * @param bits 4 or 8
     * @return what became of each component that was changed
     */
    public static List<WanQuantizer.Component> quantize(Path modelFolder, Path target, int bits) {
        return WanQuantizer.write(modelFolder, target, bits);
    }
}
