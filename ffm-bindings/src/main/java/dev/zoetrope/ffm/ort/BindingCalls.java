package dev.zoetrope.ffm.ort;

import dev.zoetrope.ffm.generated.onnxruntime.OnnxRuntime;
import dev.zoetrope.ffm.generated.onnxruntime.OrtApi;
import dev.zoetrope.ffm.memory.NativeText;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** The C functions about one {@code OrtIoBinding} and its {@code OrtRunOptions}; not thread-safe by itself. */
final class BindingCalls {
    /** Most shared arenas whose memory one binding may use. */
    static final int MAX_GUARDS = 16;

    /*
     * RunWithBinding takes three pointers; the handles below pass more: one segment of each arena that the binding uses.
     * The callee never looks at them. They are there for the Java side: for the time of a downcall the linker keeps the
     * arena of every segment argument open, so that closing it from another thread throws instead of freeing memory
     * under a running kernel. Extra arguments are harmless in the C calling conventions of all platforms that the
     * library is built for: the caller owns the argument area (System V x64 and AArch64 pass the first three of them in
     * registers, which a callee may not expect anything of).
     */
    private static final int FEW = 3;

    private static final MethodHandle RUN_WITH_FEW = guarded(FEW);
    private static final MethodHandle RUN_WITH_MANY = guarded(MAX_GUARDS).asSpreader(MemorySegment[].class, MAX_GUARDS);

    private final OrtLibrary library;
    private final MemorySegment api;
    private final String model;
    private final MemorySegment session;
    private final MemorySegment cpuMemory;
    private final Map<Integer, MemorySegment> cudaMemory = new HashMap<>();
    private final MemorySegment runOptions;
    private final MemorySegment binding;

    BindingCalls(OrtLibrary library, String model, MemorySegment session) {
        this.library = library;
        this.api = library.api();
        this.model = model;
        this.session = session;
        this.cpuMemory = library.create(
                "CreateCpuMemoryInfo",
                model,
                out -> OrtApi.CreateCpuMemoryInfo.invoke(
                        OrtApi.CreateCpuMemoryInfo(api),
                        OnnxRuntime.OrtDeviceAllocator(),
                        OnnxRuntime.OrtMemTypeDefault(),
                        out));
        MemorySegment options = MemorySegment.NULL;
        try {
            options = library.create(
                    "CreateRunOptions",
                    model,
                    out -> OrtApi.CreateRunOptions.invoke(OrtApi.CreateRunOptions(api), out));
            this.binding = library.create(
                    "CreateIoBinding",
                    model,
                    out -> OrtApi.CreateIoBinding.invoke(OrtApi.CreateIoBinding(api), session, out));
        } catch (RuntimeException e) {
            OrtApi.ReleaseRunOptions.invoke(OrtApi.ReleaseRunOptions(api), options);
            OrtApi.ReleaseMemoryInfo.invoke(OrtApi.ReleaseMemoryInfo(api), cpuMemory);
            throw e;
        }
        this.runOptions = options;
    }

    @SuppressWarnings("restricted") // the type is RunWithBinding's, with the guards explained above
    private static MethodHandle guarded(int guards) {
        MemoryLayout[] parameters = new MemoryLayout[3 + guards];
        Arrays.fill(parameters, ValueLayout.ADDRESS);
        return Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(ValueLayout.ADDRESS, parameters));
    }

    void bindInput(String name, Tensor tensor) {
        bind("BindInput", name, tensor);
    }

    void bindOutput(String name, Tensor tensor) {
        bind("BindOutput", name, tensor);
    }

    private void bind(String call, String name, Tensor tensor) {
        MemorySegment memory = tensor.isOnDevice() ? cudaMemory(tensor.cudaDevice()) : cpuMemory;
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment nativeName = NativeText.allocate(scratch, name);
            MemorySegment value = createValue(memory, tensor, scratch);
            try {
                MemorySegment status = call.equals("BindInput")
                        ? OrtApi.BindInput.invoke(OrtApi.BindInput(api), binding, nativeName, value)
                        : OrtApi.BindOutput.invoke(OrtApi.BindOutput(api), binding, nativeName, value);
                library.check(call, model, status);
            } finally {
                // The binding holds a reference of its own.
                OrtApi.ReleaseValue.invoke(OrtApi.ReleaseValue(api), value);
            }
        }
    }

    private MemorySegment createValue(MemorySegment memory, Tensor tensor, Arena scratch) {
        long[] shape = tensor.shape();
        MemorySegment nativeShape = scratch.allocate(ValueLayout.JAVA_LONG, Math.max(1, shape.length));
        MemorySegment.copy(shape, 0, nativeShape, ValueLayout.JAVA_LONG, 0, shape.length);
        return library.create(
                "CreateTensorWithDataAsOrtValue",
                model,
                out -> OrtApi.CreateTensorWithDataAsOrtValue.invoke(
                        OrtApi.CreateTensorWithDataAsOrtValue(api),
                        memory,
                        MemorySegment.ofAddress(tensor.address()),
                        tensor.byteSize(),
                        nativeShape,
                        shape.length,
                        tensor.type().onnxCode(),
                        out));
    }

    private MemorySegment cudaMemory(int deviceId) {
        return cudaMemory.computeIfAbsent(deviceId, id -> {
            try (Arena scratch = Arena.ofConfined()) {
                MemorySegment name = NativeText.allocate(scratch, "Cuda");
                return library.create(
                        "CreateMemoryInfo",
                        model,
                        out -> OrtApi.CreateMemoryInfo.invoke(
                                OrtApi.CreateMemoryInfo(api),
                                name,
                                OnnxRuntime.OrtDeviceAllocator(),
                                id,
                                OnnxRuntime.OrtMemTypeDefault(),
                                out));
            }
        });
    }

    void clearInputs() {
        OrtApi.ClearBoundInputs.invoke(OrtApi.ClearBoundInputs(api), binding);
    }

    void clearOutputs() {
        OrtApi.ClearBoundOutputs.invoke(OrtApi.ClearBoundOutputs(api), binding);
    }

    void setRunEntry(String key, String value) {
        try (Arena scratch = Arena.ofConfined()) {
            library.check(
                    "AddRunConfigEntry",
                    model,
                    OrtApi.AddRunConfigEntry.invoke(
                            OrtApi.AddRunConfigEntry(api),
                            runOptions,
                            NativeText.allocate(scratch, key),
                            NativeText.allocate(scratch, value)));
        }
    }

    /**
     * Runs the model.
     *
     * @param guards one segment of each shared arena in use, filled up with null pointers to 3 or {@link #MAX_GUARDS}
     */
    void run(MemorySegment[] guards) {
        MemorySegment function = OrtApi.RunWithBinding(api);
        MemorySegment status;
        NativeLog.forgetErrors();
        try {
            if (guards.length == FEW) {
                status = (MemorySegment) RUN_WITH_FEW.invokeExact(
                        function, session, runOptions, binding, guards[0], guards[1], guards[2]);
            } else {
                status = (MemorySegment) RUN_WITH_MANY.invokeExact(function, session, runOptions, binding, guards);
            }
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a downcall throws no checked exception", e);
        }
        library.check("RunWithBinding", model, status);
    }

    static MemorySegment[] padGuards(MemorySegment[] segments) {
        MemorySegment[] guards = Arrays.copyOf(segments, segments.length <= FEW ? FEW : MAX_GUARDS);
        Arrays.fill(guards, segments.length, guards.length, MemorySegment.NULL);
        return guards;
    }

    void setTerminate() {
        library.check(
                "RunOptionsSetTerminate",
                model,
                OrtApi.RunOptionsSetTerminate.invoke(OrtApi.RunOptionsSetTerminate(api), runOptions));
    }

    void unsetTerminate() {
        library.check(
                "RunOptionsUnsetTerminate",
                model,
                OrtApi.RunOptionsUnsetTerminate.invoke(OrtApi.RunOptionsUnsetTerminate(api), runOptions));
    }

    void release() {
        OrtApi.ReleaseIoBinding.invoke(OrtApi.ReleaseIoBinding(api), binding);
        OrtApi.ReleaseRunOptions.invoke(OrtApi.ReleaseRunOptions(api), runOptions);
        for (MemorySegment memory : cudaMemory.values()) {
            OrtApi.ReleaseMemoryInfo.invoke(OrtApi.ReleaseMemoryInfo(api), memory);
        }
        OrtApi.ReleaseMemoryInfo.invoke(OrtApi.ReleaseMemoryInfo(api), cpuMemory);
    }
}
