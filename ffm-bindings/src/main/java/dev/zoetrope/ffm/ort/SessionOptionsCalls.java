package dev.zoetrope.ffm.ort;

import dev.zoetrope.ffm.cuda.CudaStream;
import dev.zoetrope.ffm.generated.onnxruntime.OrtApi;
import dev.zoetrope.ffm.library.CudaLibraries;
import dev.zoetrope.ffm.memory.NativeText;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.Map;

/** Makes an {@code OrtSessionOptions} of a {@link SessionOptions}. */
final class SessionOptionsCalls {
    private static final String EXTERNAL_DATA_FOLDER = "session.model_external_initializers_file_folder_path";
    private static final String DISABLE_PREPACKING = "session.disable_prepacking";

    private final OrtLibrary library;
    private final MemorySegment api;
    private final String model;

    SessionOptionsCalls(OrtLibrary library, String model) {
        this.library = library;
        this.api = library.api();
        this.model = model;
    }

    /** The caller releases the result. */
    MemorySegment create(SessionOptions options, LogLevel logLevel) {
        MemorySegment pointer = library.create(
                "CreateSessionOptions",
                model,
                out -> OrtApi.CreateSessionOptions.invoke(OrtApi.CreateSessionOptions(api), out));
        try (Arena scratch = Arena.ofConfined()) {
            setThreadsAndLog(pointer, logLevel, scratch);
            setOptimization(pointer, options, scratch);
            setEntries(pointer, options, scratch);
            if (options.provider() instanceof Provider.Cuda cuda) {
                appendCuda(pointer, cuda, scratch);
            }
            return pointer;
        } catch (RuntimeException e) {
            release(pointer);
            throw e;
        }
    }

    void release(MemorySegment pointer) {
        OrtApi.ReleaseSessionOptions.invoke(OrtApi.ReleaseSessionOptions(api), pointer);
    }

    private void setThreadsAndLog(MemorySegment pointer, LogLevel logLevel, Arena scratch) {
        check(
                "DisablePerSessionThreads",
                OrtApi.DisablePerSessionThreads.invoke(OrtApi.DisablePerSessionThreads(api), pointer));
        check(
                "SetSessionLogId",
                OrtApi.SetSessionLogId.invoke(
                        OrtApi.SetSessionLogId(api), pointer, NativeText.allocate(scratch, model)));
        check(
                "SetSessionLogSeverityLevel",
                OrtApi.SetSessionLogSeverityLevel.invoke(
                        OrtApi.SetSessionLogSeverityLevel(api), pointer, logLevel.nativeCode()));
    }

    private void setOptimization(MemorySegment pointer, SessionOptions options, Arena scratch) {
        check(
                "SetSessionGraphOptimizationLevel",
                OrtApi.SetSessionGraphOptimizationLevel.invoke(
                        OrtApi.SetSessionGraphOptimizationLevel(api),
                        pointer,
                        options.optimizationLevel().nativeCode()));
        if (options.memoryPattern()) {
            check("EnableMemPattern", OrtApi.EnableMemPattern.invoke(OrtApi.EnableMemPattern(api), pointer));
        } else {
            check("DisableMemPattern", OrtApi.DisableMemPattern.invoke(OrtApi.DisableMemPattern(api), pointer));
        }
        options.optimizedModelPath()
                .ifPresent(path -> check(
                        "SetOptimizedModelFilePath",
                        OrtApi.SetOptimizedModelFilePath.invoke(
                                OrtApi.SetOptimizedModelFilePath(api),
                                pointer,
                                NativeText.allocatePath(scratch, path))));
        options.profilePrefix()
                .ifPresent(path -> check(
                        "EnableProfiling",
                        OrtApi.EnableProfiling.invoke(
                                OrtApi.EnableProfiling(api), pointer, NativeText.allocatePath(scratch, path))));
    }

    private void setEntries(MemorySegment pointer, SessionOptions options, Arena scratch) {
        Map<String, String> entries = new LinkedHashMap<>();
        options.externalDataFolder()
                .ifPresent(folder -> entries.put(
                        EXTERNAL_DATA_FOLDER, folder.toAbsolutePath().toString()));
        if (!options.prepacking()) {
            entries.put(DISABLE_PREPACKING, "1");
        }
        entries.putAll(options.configEntries());
        entries.forEach((key, value) -> check(
                "AddSessionConfigEntry",
                OrtApi.AddSessionConfigEntry.invoke(
                        OrtApi.AddSessionConfigEntry(api),
                        pointer,
                        NativeText.allocate(scratch, key),
                        NativeText.allocate(scratch, value))));
    }

    private void appendCuda(MemorySegment pointer, Provider.Cuda cuda, Arena scratch) {
        CudaLibraries.load(library.location().path()).requireComplete();
        Map<String, String> entries = new LinkedHashMap<>(cuda.options().entries());
        entries.put("device_id", Integer.toString(cuda.deviceId()));
        MemorySegment keys = scratch.allocate(ValueLayout.ADDRESS, entries.size());
        MemorySegment values = scratch.allocate(ValueLayout.ADDRESS, entries.size());
        int index = 0;
        for (Map.Entry<String, String> entry : entries.entrySet()) {
            keys.setAtIndex(ValueLayout.ADDRESS, index, NativeText.allocate(scratch, entry.getKey()));
            values.setAtIndex(ValueLayout.ADDRESS, index, NativeText.allocate(scratch, entry.getValue()));
            index++;
        }
        MemorySegment cudaOptions = library.create(
                "CreateCUDAProviderOptions",
                model,
                out -> OrtApi.CreateCUDAProviderOptions.invoke(OrtApi.CreateCUDAProviderOptions(api), out));
        try {
            check(
                    "UpdateCUDAProviderOptions",
                    OrtApi.UpdateCUDAProviderOptions.invoke(
                            OrtApi.UpdateCUDAProviderOptions(api), cudaOptions, keys, values, entries.size()));
            // After the others: updating by text starts from the defaults and would forget it.
            cuda.options().stream().ifPresent(stream -> setStream(cudaOptions, stream, scratch));
            check(
                    "SessionOptionsAppendExecutionProvider_CUDA_V2",
                    OrtApi.SessionOptionsAppendExecutionProvider_CUDA_V2.invoke(
                            OrtApi.SessionOptionsAppendExecutionProvider_CUDA_V2(api), pointer, cudaOptions));
        } finally {
            OrtApi.ReleaseCUDAProviderOptions.invoke(OrtApi.ReleaseCUDAProviderOptions(api), cudaOptions);
        }
    }

    private void setStream(MemorySegment cudaOptions, CudaStream stream, Arena scratch) {
        check(
                "UpdateCUDAProviderOptionsWithValue",
                OrtApi.UpdateCUDAProviderOptionsWithValue.invoke(
                        OrtApi.UpdateCUDAProviderOptionsWithValue(api),
                        cudaOptions,
                        NativeText.allocate(scratch, "user_compute_stream"),
                        MemorySegment.ofAddress(stream.handle())));
    }

    private void check(String call, MemorySegment status) {
        library.check(call, model, status);
    }
}
