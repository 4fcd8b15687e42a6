package dev.zoetrope.cli.doctor;

import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.Diagnostics;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.error.ZoetropeException;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameSink;
import dev.zoetrope.runtime.model.GpuTrial;
import dev.zoetrope.runtime.model.ModelDescription;
import dev.zoetrope.runtime.model.NativeReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Looks at everything a render needs; where something can be tried out, it is. */
public final class Examination {
    private static final String CUDA_PROVIDER = "CUDAExecutionProvider";
    private static final String CUDA_BUILD =
            "name a CUDA build in ZOETROPE_ORT_LIB, or put the jar onnxruntime_gpu on the class path";
    private static final double NANOS_PER_SECOND = 1e9;

    private final EngineOptions options;
    private final Consumer<Finding> listener;
    private final List<Finding> findings = new ArrayList<>();

    /**
     * @param options the engine that is going to be used
     * @param listener told of each finding as soon as it is there
     */
    public Examination(EngineOptions options, Consumer<Finding> listener) {
        this.options = options;
        this.listener = listener;
    }

    /** Looks at what computing on a GPU needs, and tries it; what is missing makes it fail. */
    public List<Finding> runGpu() {
        look("java", Machine::java);
        look("onnxruntime", Examination::cudaLibrary);
        look("driver", Examination::driver);
        libraries();
        if (findings.stream().anyMatch(finding -> finding.level() == Finding.Level.FAIL)) {
            add(Finding.warn("trials", "not run: something they need is missing", ""));
        } else {
            for (GpuTrial trial : GpuTrial.values()) {
                look(trial.label(), () -> trial(trial));
            }
            look("video", VideoTrial::runOnGpu);
        }
        return List.copyOf(findings);
    }

    /** Looks at one thing after another, the causes before their consequences. */
    public List<Finding> run() {
        look("java", Machine::java);
        look("processor", Machine::processor);
        look("memory", Machine::memory);
        look("arguments", Machine::encoding);
        look("cache", () -> Machine.cache(Diagnostics.cacheFolder()));
        look("disk", () -> Machine.disk(Diagnostics.cacheFolder()));
        look("onnxruntime", Examination::library);
        look("gpu", Examination::gpu);
        look("video", VideoTrial::run);
        look("model", this::model);
        look("render", this::render);
        return List.copyOf(findings);
    }

    private void look(String name, Supplier<Finding> examination) {
        Finding finding;
        try {
            finding = examination.get();
        } catch (ZoetropeException e) {
            finding = Finding.fail(name, String.valueOf(e.getMessage()), "");
        } catch (RuntimeException | LinkageError e) {
            finding = Finding.fail(name, "expected it to answer, found " + e, "--verbose shows the log");
        }
        add(finding);
    }

    private void add(Finding finding) {
        findings.add(finding);
        listener.accept(finding);
    }

    private static Finding cudaLibrary() {
        Finding library = library();
        return Diagnostics.onnxRuntime().providers().contains(CUDA_PROVIDER)
                ? library
                : Finding.fail("onnxruntime", library.found() + ": no CUDA", CUDA_BUILD);
    }

    private static Finding driver() {
        NativeReport.GpuReport report = Diagnostics.gpus();
        return report.devices().isEmpty()
                ? Finding.fail("driver", report.reason().isEmpty() ? "no GPU" : report.reason(), "")
                : Finding.ok("driver", String.join("; ", report.devices()));
    }

    /** The driver, which is one of them, was looked at by itself. */
    private void libraries() {
        List<GpuTrial.Library> libraries;
        try {
            libraries = Diagnostics.gpuLibraries();
        } catch (ZoetropeException e) {
            add(Finding.fail("libraries", String.valueOf(e.getMessage()), ""));
            return;
        }
        for (GpuTrial.Library library : libraries) {
            String about = library.fileName() + " (" + library.use() + ")";
            String missing = about + ": not found"
                    + (library.otherVersion().isEmpty() ? "" : ", another version is: " + library.otherVersion());
            if (!library.place().isEmpty()) {
                add(Finding.ok("library", about + ", " + library.place()));
            } else if (!library.required()) {
                add(Finding.warn("library", missing, library.cure()));
            } else if (!library.fileName().startsWith("libcuda.")) {
                add(Finding.fail("library", missing, library.cure()));
            }
        }
    }

    private static Finding trial(GpuTrial trial) {
        GpuTrial.Outcome outcome = trial.run();
        String found = String.format(
                Locale.ROOT,
                "differs from the CPU's by %.1e, %.2f ms with copies, %s",
                outcome.error(),
                outcome.milliseconds(),
                outcome.nodesOnCpu() == 0 ? "all on the GPU" : outcome.nodesOnCpu() + " nodes left to the CPU");
        if (!(outcome.error() <= GpuTrial.TOLERANCE)) {
            return Finding.fail(
                    trial.label(), found, "expected at most " + GpuTrial.TOLERANCE + "; use the CPU provider");
        }
        return outcome.nodesOnCpu() == 0
                ? Finding.ok(trial.label(), found)
                : Finding.fail(trial.label(), found, "this build of ONNX Runtime lacks a kernel; use another one");
    }

    private static Finding library() {
        NativeReport report = Diagnostics.onnxRuntime();
        return Finding.ok(
                "onnxruntime",
                report.version() + ", " + report.source() + ", providers " + String.join(" ", report.providers()) + ", "
                        + report.path());
    }

    private static Finding gpu() {
        NativeReport.GpuReport report = Diagnostics.gpus();
        if (report.devices().isEmpty()) {
            return Finding.ok("gpu", "none, the CPU is used (" + report.reason() + ")");
        }
        String found = String.join("; ", report.devices());
        return Diagnostics.onnxRuntime().providers().contains(CUDA_PROVIDER)
                ? Finding.ok("gpu", found)
                : Finding.warn("gpu", found + ", but this ONNX Runtime has no CUDA", CUDA_BUILD);
    }

    private Finding model() {
        ModelDescription model = Diagnostics.model(options.modelFolder());
        long parameters = model.components().stream()
                .mapToLong(ModelDescription.Component::parameters)
                .sum();
        return Finding.ok(
                "model",
                model.pipelineClass() + ", " + model.components().size() + " components, "
                        + String.format(Locale.ROOT, "%.1f million parameters, ", parameters / 1e6)
                        + Machine.size(model.totalBytes()) + ", "
                        + model.fingerprint().substring(0, 16) + ", "
                        + model.folder());
    }

    /** The proof: text encoder, transformer and decoder run. */
    private Finding render() {
        long start = System.nanoTime();
        RenderRequest request =
                RenderRequest.of("a red ball").withSize(32, 32).withFrames(1).withSteps(1);
        CountingSink frames = new CountingSink();
        try (Zoetrope engine = Zoetrope.open(options);
                Clip clip = engine.render(request)) {
            clip.decodeTo(frames);
            double seconds = (System.nanoTime() - start) / NANOS_PER_SECOND;
            String found = String.format(Locale.ROOT, "one step and one frame in %.1f s on ", seconds);
            return frames.count == 1
                    ? Finding.ok("render", found + engine.info().provider())
                    : Finding.fail("render", "expected one frame, found " + frames.count, "");
        }
    }

    /** Counts frames and forgets them. */
    private static final class CountingSink implements FrameSink {
        private int count;

        @Override
        public void accept(Frame frame) {
            count++;
        }

        @Override
        public void close() {
            // Holds nothing.
        }
    }
}
