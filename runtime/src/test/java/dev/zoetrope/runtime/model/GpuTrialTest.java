package dev.zoetrope.runtime.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.zoetrope.ffm.ort.Environment;
import dev.zoetrope.ffm.ort.EnvironmentOptions;
import dev.zoetrope.ffm.ort.LogLevel;
import dev.zoetrope.ffm.ort.Provider;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.runtime.error.ModelException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The trials' graphs and comparison, on the CPU. */
class GpuTrialTest {
    private static final EnvironmentOptions QUIET = new EnvironmentOptions(1, false, LogLevel.ERROR);

    @ParameterizedTest
    @EnumSource(GpuTrial.class)
    void theSameProviderAndTypeGiveTheSameResult(GpuTrial trial) {
        try (Environment environment = Environment.open(QUIET)) {
            GpuTrial.Outcome outcome = trial.run(environment, new Provider.Cpu(), ElementType.FLOAT);
            assertEquals(0, outcome.error());
            assertTrue(outcome.milliseconds() > 0);
            assertTrue(outcome.nodesOnCpu() > 0, "every node is on the CPU here");
        }
    }

    /** The product alone: for the others the CPU has no kernel of 16 bits, and ONNX Runtime takes the casts out again. */
    @Test
    void sixteenBitsAreSeenAndAreWithinTheTolerance() {
        try (Environment environment = Environment.open(QUIET)) {
            double error = GpuTrial.MATRIX_PRODUCT
                    .run(environment, new Provider.Cpu(), ElementType.FLOAT16)
                    .error();
            // Half a unit in the last place of fp16 is 2.4e-4 to 4.9e-4 of a number: less would be no 16 bits.
            assertTrue(error > 1e-4 && error < GpuTrial.TOLERANCE, () -> "error " + error);
        }
    }

    @Test
    void withoutCudaItSaysWhatHelps() {
        assumeFalse(NativeReport.read().providers().contains("CUDAExecutionProvider"), "needs a library without CUDA");
        assertEquals(0, GpuTrial.libraries().size());
        var failure = assertThrows(ModelException.class, GpuTrial.MATRIX_PRODUCT::run);
        assertTrue(
                String.valueOf(failure.getMessage())
                        .endsWith("use the onnxruntime_gpu jar, or set ZOETROPE_ORT_LIB to a library built with this"
                                + " provider"),
                failure::toString);
    }
}
