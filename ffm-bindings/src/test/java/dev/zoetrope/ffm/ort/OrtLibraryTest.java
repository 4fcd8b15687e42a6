package dev.zoetrope.ffm.ort;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.zoetrope.ffm.library.LibraryLocation;
import dev.zoetrope.ffm.library.NativeLibraryException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class OrtLibraryTest {
    private static final LibraryLocation SOMEWHERE =
            new LibraryLocation(Path.of("libonnxruntime.so"), "environment variable ZOETROPE_ORT_LIB", "");

    @Test
    void refusesOldVersionsBeforeAskingThemForTheirTable() {
        for (String old : List.of("1.28.0", "1.9.1", "0.31.0", "", "unknown")) {
            var failure = assertThrows(NativeLibraryException.class, () -> OrtLibrary.requireVersion(old, SOMEWHERE));
            assertEquals(
                    "environment variable ZOETROPE_ORT_LIB (libonnxruntime.so): expected ONNX Runtime 1.29 or newer, found `"
                            + old + "`; use the jar com.microsoft.onnxruntime:onnxruntime:1.29.0, or point"
                            + " ZOETROPE_ORT_LIB to a newer library",
                    failure.getMessage());
        }
        for (String good : List.of("1.29.0", "1.31.1", "1.32.0-rc1", "2.0.0")) {
            OrtLibrary.requireVersion(good, SOMEWHERE);
        }
    }

    @Test
    void refusesALibraryThatIsNotOnnxRuntime() {
        Path foreign = anyLibrary();
        var location = new LibraryLocation(foreign, "environment variable ZOETROPE_ORT_LIB", "");
        var failure = assertThrows(NativeLibraryException.class, () -> OrtLibrary.open(location));
        assertEquals(
                "environment variable ZOETROPE_ORT_LIB (" + foreign
                        + "): expected a library that exports OrtGetApiBase,"
                        + " found none of that name; it is not the library that was asked for",
                failure.getMessage());
    }

    @Test
    void aSettingThatNamesAnotherLibraryFailsInAFreshProcess() throws Exception {
        Path foreign = anyLibrary();
        var builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OpeningProcess.class.getName())
                .redirectErrorStream(true);
        builder.environment().put("ZOETROPE_ORT_LIB", foreign.toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertNotEquals(0, process.waitFor());
        assertTrue(output.contains("environment variable ZOETROPE_ORT_LIB (" + foreign + ")"), output);
        assertTrue(output.contains("expected a library that exports OrtGetApiBase"), output);
    }

    /** A shared library that every JDK has. */
    private static Path anyLibrary() {
        Path library = Path.of(System.getProperty("java.home"), "lib", System.mapLibraryName("verify"));
        assumeTrue(Files.isRegularFile(library), "needs the JDK's libverify");
        return library;
    }

    @Test
    void trimsBuildPathsFromNativeTexts() {
        assertEquals(
                "Non-zero status code returned while running MatMul node. Status Message: left != right",
                OrtException.trim("Non-zero status code returned while running MatMul node. Status Message:"
                        + " /onnxruntime_src/onnxruntime/core/providers/cpu/math/matmul_helper.h:142 left != right\n"));
        assertEquals(
                "Load failed: no such thing",
                OrtException.trim(
                        "D:\\a\\_work\\1\\s\\onnxruntime\\core\\session\\utils.cc:90: Load failed: no such thing"));
        assertEquals(
                "the output has shape {1,2} but the computed shape is {1,4}",
                OrtException.trim("/onnxruntime_src/onnxruntime/core/framework/op_kernel.cc:79 virtual OrtValue*"
                        + " onnxruntime::OpKernelContext::OutputMLValue(int, const onnxruntime::TensorShape&)"
                        + " [ONNXRuntimeError] : 2 : INVALID_ARGUMENT : the output has shape {1,2} but the computed shape"
                        + " is {1,4}"));
        assertEquals(
                "External initializer: w is too short",
                OrtException.trim("tensorprotoutils.cc:1753 External initializer: w is too short"));
        assertEquals(
                "Failed to parse provider option \"device_id\": CUDA failure 35: CUDA driver version is insufficient for"
                        + " CUDA runtime version",
                OrtException.trim("/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_execution_provider_info.cc:52"
                        + " static onnxruntime::CUDAExecutionProviderInfo"
                        + " onnxruntime::CUDAExecutionProviderInfo::FromProviderOptions(const"
                        + " onnxruntime::ProviderOptions&) [ONNXRuntimeError] : 1 : FAIL : Failed to parse provider"
                        + " option \"device_id\": CUDA failure 35: CUDA driver version is insufficient for CUDA runtime"
                        + " version ; GPU=-1 ; hostname=here ;"
                        + " file=/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_execution_provider_info.cc ;"
                        + " line=70 ; expr=cudaGetDeviceCount(&num_devices);"));
        // Paths of the user's are the point of a message.
        assertEquals("File /data/model.onnx failed", OrtException.trim("File /data/model.onnx failed"));
    }

    @Test
    void knowsCodesOfLaterVersionsAsOther() {
        assertEquals(ErrorCode.OK, ErrorCode.ofNativeCode(0));
        assertEquals(ErrorCode.INVALID_PROTOBUF, ErrorCode.ofNativeCode(7));
        assertEquals(ErrorCode.DEVICE_RESET, ErrorCode.ofNativeCode(15));
        assertEquals(ErrorCode.OTHER, ErrorCode.ofNativeCode(99));
    }
}
