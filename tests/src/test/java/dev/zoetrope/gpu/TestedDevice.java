package dev.zoetrope.gpu;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.Diagnostics;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.ProviderChoice;
import dev.zoetrope.runtime.model.ModelFolder;
import dev.zoetrope.runtime.model.NativeReport;
import dev.zoetrope.runtime.model.NativeRuntime;
import dev.zoetrope.runtime.model.VideoModel;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Where the tests of this package run, and what with. */
final class TestedDevice {
    /** {@code cuda}, if nothing is said, or {@code cpu}. */
    private static final String PROVIDER = "zoetrope.gpu.provider";

    /** Model folders in place of the usual ones, such as a large one with random weights; separated as in {@code PATH}. */
    private static final String MODELS = "zoetrope.gpu.models";

    /** Where the committed Wan folders are, if not in the repository that {@code zoetrope.root} names. */
    static final String WAN_FOLDERS = "zoetrope.gpu.wan";

    private static final String CUDA_PROVIDER = "CUDAExecutionProvider";

    private TestedDevice() {}

    static boolean isCuda() {
        return switch (System.getProperty(PROVIDER, "cuda")) {
            case "cuda" -> true;
            case "cpu" -> false;
            default ->
                throw new IllegalStateException(
                        PROVIDER + ": expected cuda or cpu, found " + System.getProperty(PROVIDER));
        };
    }

    /** Skips the test, with the reason, where a GPU is meant and something for it is missing. */
    static void require() {
        if (isCuda()) {
            NativeReport.GpuReport gpus = Diagnostics.gpus();
            Assumptions.assumeFalse(gpus.devices().isEmpty(), () -> "no GPU: " + gpus.reason());
            NativeReport library = Diagnostics.onnxRuntime();
            Assumptions.assumeTrue(
                    library.providers().contains(CUDA_PROVIDER),
                    () -> "no CUDA build of ONNX Runtime: " + library.path() + " has " + library.providers());
        }
    }

    /** The device under test. */
    static EngineOptions engine() {
        return EngineOptions.defaults().withProvider(isCuda() ? ProviderChoice.CUDA : ProviderChoice.CPU);
    }

    /** Memory of the GPU in use; empty on the CPU. */
    static Optional<Long> usedBytes() {
        return isCuda() ? Diagnostics.gpuMemory().map(NativeReport.GpuMemory::usedBytes) : Optional.empty();
    }

    /** The folders that a property names or, if none does, the shipped model and the committed Wan folders. */
    static List<Path> models() {
        if (!given().isEmpty()) {
            return given();
        }
        List<Path> folders = new ArrayList<>(List.of(Diagnostics.modelFolder(Optional.empty())));
        folders.addAll(inside(wanFolders()));
        return folders;
    }

    /** The folders that the property names; they may be large. */
    static List<Path> given() {
        String named = System.getProperty(MODELS, "");
        return Arrays.stream(named.split(File.pathSeparator, -1))
                .filter(place -> !place.isBlank())
                .map(Path::of)
                .toList();
    }

    private static Path wanFolders() {
        String place = System.getProperty(WAN_FOLDERS);
        return place != null
                ? Path.of(place)
                : Path.of(System.getProperty("zoetrope.root", ""), "tests/src/test/resources/golden/wan");
    }

    private static List<Path> inside(Path folder) {
        try (Stream<Path> children = Files.list(folder)) {
            return children.filter(child -> Files.exists(child.resolve("model_index.json")))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new IllegalStateException(
                    "model folders: expected some in " + folder.toAbsolutePath() + " (zoetrope.root names the"
                            + " repository), found none",
                    e);
        }
    }

    /** What numbers the networks are computed in. */
    enum Precision {
        FLOAT32(Limits.FLOAT32);

        private final double limit;

        Precision(double limit) {
            this.limit = limit;
        }

        /** How far from float32 on the CPU. */
        double limit() {
            return limit;
        }
    }

    /** Those of the device, the fastest last. */
    static List<Precision> precisions() {
        return List.of(Precision.values());
    }

    /** A model on the device. */
    @MustBeClosed
    static Opened open(Path folder, Precision precision) {
        return Opened.of(folder, isCuda());
    }

    /** A model on the CPU, in float32. */
    @MustBeClosed
    static Opened openCpu(Path folder) {
        return Opened.of(folder, false);
    }

    /** A model and the library that runs it. */
    record Opened(NativeRuntime runtime, VideoModel model) implements AutoCloseable {
        @MustBeClosed
        @SuppressWarnings("MustBeClosed") // close() closes both
        static Opened of(Path folder, boolean cuda) {
            NativeRuntime runtime = NativeRuntime.open(Runtime.getRuntime().availableProcessors(), false);
            try {
                return new Opened(runtime, runtime.openModel(ModelFolder.open(folder), cuda));
            } catch (RuntimeException | Error e) {
                runtime.close();
                throw e;
            }
        }

        @Override
        public void close() {
            model.close();
            runtime.close();
        }
    }
}
