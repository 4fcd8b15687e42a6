package dev.zoetrope.ffm.ort;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.zoetrope.ffm.generated.onnxruntime.OnnxRuntime;
import dev.zoetrope.ffm.generated.onnxruntime.OrtApi;
import dev.zoetrope.ffm.generated.onnxruntime.OrtApiBase;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The table of functions, against slot numbers measured with {@code offsetof} on the full header of version 1.29.0.
 * Slots never move once released, so one wrong number means that the header was reduced wrongly.
 */
class SlotNumbersTest {
    private static final Map<String, Integer> MEASURED = Map.ofEntries(
            Map.entry("GetErrorCode", 1),
            Map.entry("GetErrorMessage", 2),
            Map.entry("DisableTelemetryEvents", 6),
            Map.entry("CreateSession", 7),
            Map.entry("CreateSessionFromArray", 8),
            Map.entry("CreateSessionOptions", 10),
            Map.entry("SetOptimizedModelFilePath", 11),
            Map.entry("EnableProfiling", 14),
            Map.entry("SetSessionGraphOptimizationLevel", 23),
            Map.entry("CreateTensorWithDataAsOrtValue", 49),
            Map.entry("CreateMemoryInfo", 68),
            Map.entry("CreateCpuMemoryInfo", 69),
            Map.entry("ReleaseEnv", 92),
            Map.entry("ReleaseStatus", 93),
            Map.entry("ReleaseMemoryInfo", 94),
            Map.entry("ReleaseSession", 95),
            Map.entry("ReleaseValue", 96),
            Map.entry("ReleaseSessionOptions", 100),
            Map.entry("DisablePerSessionThreads", 120),
            Map.entry("CreateThreadingOptions", 121),
            Map.entry("AddSessionConfigEntry", 130),
            Map.entry("RunWithBinding", 133),
            Map.entry("CreateIoBinding", 134),
            Map.entry("ReleaseIoBinding", 135),
            Map.entry("BindInput", 136),
            Map.entry("BindOutput", 137),
            Map.entry("SetGlobalIntraOpNumThreads", 147),
            Map.entry("SetGlobalSpinControl", 149),
            Map.entry("CreateCUDAProviderOptions", 205),
            Map.entry("UpdateCUDAProviderOptions", 206),
            Map.entry("SessionOptionsAppendExecutionProvider_CUDA_V2", 204),
            Map.entry("ReleaseCUDAProviderOptions", 208),
            Map.entry("UpdateCUDAProviderOptionsWithValue", 263),
            Map.entry("Session_GetEpGraphAssignmentInfo", 407),
            Map.entry("EpAssignedSubgraph_GetEpName", 408),
            Map.entry("EpAssignedSubgraph_GetNodes", 409),
            Map.entry("EpAssignedNode_GetName", 410),
            Map.entry("EpAssignedNode_GetDomain", 411),
            Map.entry("EpAssignedNode_GetOperatorType", 412));

    @Test
    void theReducedTableHasEveryFunctionWhereTheFullOneHasIt() {
        Map<String, Integer> generated = new TreeMap<>();
        generated.put("GetErrorCode", slot(OrtApi.GetErrorCode$offset()));
        generated.put("GetErrorMessage", slot(OrtApi.GetErrorMessage$offset()));
        generated.put("DisableTelemetryEvents", slot(OrtApi.DisableTelemetryEvents$offset()));
        generated.put("CreateSession", slot(OrtApi.CreateSession$offset()));
        generated.put("CreateSessionFromArray", slot(OrtApi.CreateSessionFromArray$offset()));
        generated.put("CreateSessionOptions", slot(OrtApi.CreateSessionOptions$offset()));
        generated.put("SetOptimizedModelFilePath", slot(OrtApi.SetOptimizedModelFilePath$offset()));
        generated.put("EnableProfiling", slot(OrtApi.EnableProfiling$offset()));
        generated.put("SetSessionGraphOptimizationLevel", slot(OrtApi.SetSessionGraphOptimizationLevel$offset()));
        generated.put("CreateTensorWithDataAsOrtValue", slot(OrtApi.CreateTensorWithDataAsOrtValue$offset()));
        generated.put("CreateMemoryInfo", slot(OrtApi.CreateMemoryInfo$offset()));
        generated.put("CreateCpuMemoryInfo", slot(OrtApi.CreateCpuMemoryInfo$offset()));
        generated.put("ReleaseEnv", slot(OrtApi.ReleaseEnv$offset()));
        generated.put("ReleaseStatus", slot(OrtApi.ReleaseStatus$offset()));
        generated.put("ReleaseMemoryInfo", slot(OrtApi.ReleaseMemoryInfo$offset()));
        generated.put("ReleaseSession", slot(OrtApi.ReleaseSession$offset()));
        generated.put("ReleaseValue", slot(OrtApi.ReleaseValue$offset()));
        generated.put("ReleaseSessionOptions", slot(OrtApi.ReleaseSessionOptions$offset()));
        generated.put("DisablePerSessionThreads", slot(OrtApi.DisablePerSessionThreads$offset()));
        generated.put("CreateThreadingOptions", slot(OrtApi.CreateThreadingOptions$offset()));
        generated.put("AddSessionConfigEntry", slot(OrtApi.AddSessionConfigEntry$offset()));
        generated.put("RunWithBinding", slot(OrtApi.RunWithBinding$offset()));
        generated.put("CreateIoBinding", slot(OrtApi.CreateIoBinding$offset()));
        generated.put("ReleaseIoBinding", slot(OrtApi.ReleaseIoBinding$offset()));
        generated.put("BindInput", slot(OrtApi.BindInput$offset()));
        generated.put("BindOutput", slot(OrtApi.BindOutput$offset()));
        generated.put("SetGlobalIntraOpNumThreads", slot(OrtApi.SetGlobalIntraOpNumThreads$offset()));
        generated.put("SetGlobalSpinControl", slot(OrtApi.SetGlobalSpinControl$offset()));
        generated.put("CreateCUDAProviderOptions", slot(OrtApi.CreateCUDAProviderOptions$offset()));
        generated.put("UpdateCUDAProviderOptions", slot(OrtApi.UpdateCUDAProviderOptions$offset()));
        generated.put(
                "SessionOptionsAppendExecutionProvider_CUDA_V2",
                slot(OrtApi.SessionOptionsAppendExecutionProvider_CUDA_V2$offset()));
        generated.put("ReleaseCUDAProviderOptions", slot(OrtApi.ReleaseCUDAProviderOptions$offset()));
        generated.put("UpdateCUDAProviderOptionsWithValue", slot(OrtApi.UpdateCUDAProviderOptionsWithValue$offset()));
        generated.put("Session_GetEpGraphAssignmentInfo", slot(OrtApi.Session_GetEpGraphAssignmentInfo$offset()));
        generated.put("EpAssignedSubgraph_GetEpName", slot(OrtApi.EpAssignedSubgraph_GetEpName$offset()));
        generated.put("EpAssignedSubgraph_GetNodes", slot(OrtApi.EpAssignedSubgraph_GetNodes$offset()));
        generated.put("EpAssignedNode_GetName", slot(OrtApi.EpAssignedNode_GetName$offset()));
        generated.put("EpAssignedNode_GetDomain", slot(OrtApi.EpAssignedNode_GetDomain$offset()));
        generated.put("EpAssignedNode_GetOperatorType", slot(OrtApi.EpAssignedNode_GetOperatorType$offset()));
        assertEquals(new TreeMap<>(MEASURED), generated);
    }

    @Test
    void theTablesAreAsLargeAsInVersion29() {
        assertEquals(29, OnnxRuntime.ORT_API_VERSION());
        assertEquals(425 * 8, OrtApi.sizeof());
        assertEquals(2 * 8, OrtApiBase.sizeof());
    }

    private static int slot(long offset) {
        return Math.toIntExact(offset / 8);
    }
}
