package dev.zoetrope.runtime.model;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.ffm.ort.CudaOptions;
import dev.zoetrope.ffm.ort.Environment;
import dev.zoetrope.ffm.ort.EnvironmentOptions;
import dev.zoetrope.ffm.ort.LogLevel;
import dev.zoetrope.ffm.ort.Provider;
import dev.zoetrope.runtime.error.ModelException;
import java.nio.file.Path;
import java.util.List;

/**
 * The native library and its thread pool, as the engine holds it. Every engine of a process shares one pool; the first
 * one's settings count.
 */
public final class NativeRuntime implements AutoCloseable {
    private static final String CUDA_PROVIDER = "CUDAExecutionProvider";

    private final Environment environment;

    private NativeRuntime(Environment environment) {
        this.environment = environment;
    }

    /** Loads the library; a missing or unfit one is a ModelException that says where it was looked for. */
    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // close() closes the environment
    public static NativeRuntime open(int threads, boolean spinning) {
        EnvironmentOptions options = new EnvironmentOptions(threads, spinning, LogLevel.ERROR);
        return new NativeRuntime(SessionSlot.translated(() -> Environment.open(options)));
    }

    /** Opens a model folder; which family it is, its index says. */
    @MustBeClosed
    public VideoModel openModel(ModelFolder folder, boolean cuda) {
        return openModel(folder, cuda, MemoryBudget.unlimited());
    }

    /** The same with a limit on what its sessions take together. */
    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // handed on to the caller
    public VideoModel openModel(ModelFolder folder, boolean cuda, MemoryBudget budget) {
        return ModelFamilies.open(folder, new SessionOpener(environment, cuda ? cuda() : new Provider.Cpu(), budget));
    }

    private Provider cuda() {
        if (!availableProviders().contains(CUDA_PROVIDER)) {
            throw new ModelException("provider cuda: expected an ONNX Runtime built with CUDA, found one with "
                    + availableProviders() + " at " + libraryPath()
                    + " (name a CUDA build in ZOETROPE_ORT_LIB, put the onnxruntime_gpu jar on the class path,"
                    + " or use the provider cpu)");
        }
        return new Provider.Cuda(0, CudaOptions.defaults());
    }

    /** Multiplications of numbers in 32 bits that the CPU makes in a second now; takes a moment. */
    public double multiplicationsPerSecond() {
        return SessionSlot.translated(() -> MatrixSpeed.perSecond(environment));
    }

    public String libraryVersion() {
        return environment.libraryVersion();
    }

    public Path libraryPath() {
        return environment.libraryPath();
    }

    public String librarySource() {
        return environment.librarySource();
    }

    public String libraryHash() {
        return environment.libraryHash();
    }

    public List<String> availableProviders() {
        return environment.availableProviders();
    }

    /** Threads of the pool in force. */
    public int threads() {
        return environment.options().intraOpThreads();
    }

    @Override
    public void close() {
        environment.close();
    }
}
