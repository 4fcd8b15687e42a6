package dev.zoetrope.gpu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.ClipShape;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A step of the transformer and a decode of every model, on the device in each precision against the CPU in float32. On the stand-in
 * both sides are the CPU in float32, and the difference is 0.
 */
@Tag("gpu")
class DeviceParityTest {
    private static final ClipShape SMALL = ClipShape.parse("64x96x17").getFirst();
    /** Of the folders that are given: large models, for which the CPU still ends in seconds. */
    private static final ClipShape GIVEN = ClipShape.parse("256x256x9").getFirst();

    /** Of a large model they take longest. */
    private static final Map<Path, float[]> CPU_STEPS = new HashMap<>();

    private static final Map<Path, float[]> CPU_FRAMES = new HashMap<>();

    @BeforeAll
    static void requireDevice() {
        TestedDevice.require();
    }

    static Stream<Arguments> modelsInEachPrecision() {
        return TestedDevice.models().stream()
                .flatMap(model -> TestedDevice.precisions().stream().map(precision -> Arguments.of(model, precision)));
    }

    @ParameterizedTest
    @MethodSource("modelsInEachPrecision")
    void aStepIsTheCpus(Path folder, TestedDevice.Precision precision) {
        float[] expected = CPU_STEPS.computeIfAbsent(folder, _ -> {
            try (TestedDevice.Opened cpu = TestedDevice.openCpu(folder)) {
                return step(cpu, folder);
            }
        });
        try (TestedDevice.Opened device = TestedDevice.open(folder, precision)) {
            assertNear(
                    "step of " + folder.getFileName() + " in " + precision, expected, step(device, folder), precision);
        }
    }

    @ParameterizedTest
    @MethodSource("modelsInEachPrecision")
    void decodedFramesAreTheCpus(Path folder, TestedDevice.Precision precision) {
        float[] expected = CPU_FRAMES.computeIfAbsent(folder, _ -> {
            try (TestedDevice.Opened cpu = TestedDevice.openCpu(folder)) {
                return frames(cpu, folder);
            }
        });
        try (TestedDevice.Opened device = TestedDevice.open(folder, precision)) {
            assertNear(
                    "frames of " + folder.getFileName() + " in " + precision,
                    expected,
                    frames(device, folder),
                    precision);
        }
    }

    private static float[] step(TestedDevice.Opened opened, Path folder) {
        return Steps.velocities(opened.model(), List.of(shape(folder)), List.of(1))
                .getFirst();
    }

    private static float[] frames(TestedDevice.Opened opened, Path folder) {
        return Steps.levels(Steps.frames(opened.model(), shape(folder)));
    }

    private static ClipShape shape(Path folder) {
        return TestedDevice.given().contains(folder) ? GIVEN : SMALL;
    }

    private static void assertNear(String what, float[] expected, float[] found, TestedDevice.Precision precision) {
        double difference = Steps.difference(expected, found);
        String said = String.format(Locale.ROOT, "%s: rms of the difference %.2e of the CPU's", what, difference);
        System.out.println(said);
        assertTrue(difference <= precision.limit(), () -> said + ", allowed " + precision.limit());
    }
}
