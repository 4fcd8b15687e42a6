package dev.zoetrope.gpu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.ClipShape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Clips of different sizes packed in one sequence have the velocities that they have alone. What is allowed goes with the noise
 * of the precision: how far one clip alone is from the same on the CPU in float32. On the stand-in that is nothing at all.
 */
@Tag("gpu")
class DevicePackingTest {
    private static final List<ClipShape> MIXED = ClipShape.parse("64x64x17+96x32x5+32x64x9");

    @BeforeAll
    static void requireDevice() {
        TestedDevice.require();
    }

    static Stream<Path> models() {
        return TestedDevice.models().stream();
    }

    @ParameterizedTest
    @MethodSource("models")
    void packedIsSolo(Path folder) {
        TestedDevice.Precision precision = TestedDevice.precisions().getLast();
        List<float[]> exact = new ArrayList<>();
        try (TestedDevice.Opened cpu = TestedDevice.openCpu(folder)) {
            for (int i = 0; i < MIXED.size(); i++) {
                exact.add(Steps.velocities(cpu.model(), List.of(MIXED.get(i)), List.of(i))
                        .getFirst());
            }
        }
        try (TestedDevice.Opened device = TestedDevice.open(folder, precision)) {
            List<float[]> packed = Steps.velocities(device.model(), MIXED, List.of(0, 1, 2));
            for (int i = 0; i < MIXED.size(); i++) {
                float[] alone = Steps.velocities(device.model(), List.of(MIXED.get(i)), List.of(i))
                        .getFirst();
                double noise = Steps.difference(exact.get(i), alone);
                double difference = Steps.difference(alone, packed.get(i));
                String said = String.format(
                        Locale.ROOT,
                        "%s, clip %s of three in %s: packed differs from solo by %.2e, solo from float32 by %.2e",
                        folder.getFileName(),
                        MIXED.get(i),
                        precision,
                        difference,
                        noise);
                System.out.println(said);
                assertTrue(difference <= Limits.PACKED_OVER_NOISE * noise, said);
            }
        }
    }
}
