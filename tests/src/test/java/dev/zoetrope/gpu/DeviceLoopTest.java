package dev.zoetrope.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.ClipShape;
import dev.zoetrope.runtime.StepBenchmark;
import dev.zoetrope.runtime.StepMeasurement;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the loop adds to the network. On the stand-in the binding's time is the CPU's, which has fewer calls to make. */
@Tag("gpu")
class DeviceLoopTest {
    private static final List<ClipShape> CLIP = ClipShape.parse("64x64x17");
    /** Enough that what runs in every step is compiled. */
    private static final int WARM = 60;

    @BeforeAll
    static void requireDevice() {
        TestedDevice.require();
    }

    static Stream<Path> models() {
        return TestedDevice.models().stream();
    }

    @ParameterizedTest
    @MethodSource("models")
    void stepsCopyNothingAndTheBindingTakesLessThanAMillisecond(Path folder) {
        try (StepBenchmark benchmark = StepBenchmark.open(TestedDevice.engine().withModelFolder(folder))) {
            StepMeasurement measured = benchmark.steps(CLIP, 7, WARM, 21);
            double binding = measured.medianBindingNanos() / 1e6;
            System.out.printf(
                    "%s: step %.3f ms, loop %.3f ms, binding %.3f ms%n",
                    folder.getFileName(), measured.medianStepNanos() / 1e6, measured.medianLoopNanos() / 1e6, binding);
            assertEquals(0, measured.bytesCopied(), "bytes of latents copied by steps");
            assertTrue(
                    binding <= Limits.BINDING_MILLISECONDS,
                    () -> folder + ": binding took " + binding + " ms of a step, allowed "
                            + Limits.BINDING_MILLISECONDS);
        }
    }
}
