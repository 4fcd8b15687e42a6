package dev.zoetrope.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.endtoend.CommandLineProcess;
import dev.zoetrope.endtoend.CommandLineProcess.Result;
import dev.zoetrope.endtoend.WanCopy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** What {@code zoetrope export} writes of a Wan folder, run by Python's ONNX Runtime alone: {@code golden/run_exported_wan.py}. */
@EnabledIfEnvironmentVariable(
        named = ExportedWanTest.PYTHON,
        matches = ".+",
        disabledReason = "names a Python with numpy, onnxruntime, pillow and safetensors")
class ExportedWanTest {
    static final String PYTHON = "ZOETROPE_TEST_ONNX_PYTHON";

    @TempDir
    Path folder;

    @Test
    void plainOnnxRuntimeComputesWhatDiffusersRecorded() throws Exception {
        Path model = WanCopy.golden("a14b-i2v-25");
        Result exported = CommandLineProcess.runHere("export", folder.toString(), "--model", model.toString());
        assertEquals(0, exported.status(), exported.err());
        assertEquals(11, exported.out().lines().count(), exported.out());

        Result result = CommandLineProcess.run(
                Path.of("golden").toAbsolutePath(),
                Map.of(),
                List.of(System.getenv(PYTHON), "run_exported_wan.py", folder.toString(), model.toString()));

        assertEquals(0, result.status(), result.err());
        List<String[]> stages =
                result.out().lines().map(line -> line.split(" ")).toList();
        assertEquals(
                List.of("text_encoder", "transformer", "pipeline", "levels"),
                stages.stream().map(stage -> stage[0].split("/")[0]).distinct().toList());
        for (String[] stage : stages) {
            assertTrue(
                    Double.parseDouble(stage[1]) <= allowed(stage[0]),
                    Stream.of(stage).toList() + " of " + allowed(stage[0]));
        }
    }

    private static double allowed(String stage) {
        return switch (stage.split("/")[0]) {
            case "levels" -> 1; // of 255: both round
            case "pipeline" -> 1e-3; // guidance takes the difference of two answers several times
            default -> Tolerance.GOLDEN;
        };
    }
}
