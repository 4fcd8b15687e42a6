package dev.zoetrope.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.ffm.cuda.Cuda;
import dev.zoetrope.ffm.ort.Binding;
import dev.zoetrope.ffm.ort.CudaOptions;
import dev.zoetrope.ffm.ort.ElementType;
import dev.zoetrope.ffm.ort.Environment;
import dev.zoetrope.ffm.ort.EnvironmentOptions;
import dev.zoetrope.ffm.ort.LogLevel;
import dev.zoetrope.ffm.ort.NodePlacement;
import dev.zoetrope.ffm.ort.Provider;
import dev.zoetrope.ffm.ort.Session;
import dev.zoetrope.ffm.ort.SessionOptions;
import dev.zoetrope.ffm.ort.Tensor;
import dev.zoetrope.graph.ir.GraphBuilder;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.op.Operators;
import dev.zoetrope.graph.write.OnnxWriter;
import dev.zoetrope.runtime.model.GpuTrial;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Memory that Java and the GPU share, streams, events and recorded runs, over one matrix product. On the stand-in memory is
 * host memory and there is neither stream nor event: that shows the product and its check alone.
 */
@Tag("gpu")
class DeviceBindingTest {
    private static final int SIDE = 64;
    private static final long BYTES = (long) SIDE * SIDE * Float.BYTES;

    /** Products of 64 numbers in float32, TF32 off: a few units in the last place of sums of about 8. */
    private static final double TOLERANCE = 1e-4;

    @BeforeAll
    static void requireDevice() {
        TestedDevice.require();
    }

    @Test
    void theGpuReadsAndWritesMappedMemoryInPlaceAndAnEventTellsWhenItHas() {
        if (!TestedDevice.isCuda()) {
            onTheStandIn();
            return;
        }
        try (var environment = environment();
                var context = Cuda.open().openContext(0);
                var stream = context.createStream();
                var event = context.createEvent();
                var mapped = context.allocateMapped(3 * BYTES);
                var device = context.allocateDevice(BYTES);
                var session = open(environment, CudaOptions.defaults().withStream(stream));
                var binding = session.createBinding()) {
            MemorySegment a = mapped.segment().asSlice(0, BYTES);
            MemorySegment b = mapped.segment().asSlice(BYTES, BYTES);
            MemorySegment product = mapped.segment().asSlice(2 * BYTES, BYTES);
            binding.bindInput("a", Tensor.viewMapped(mapped, a, ElementType.FLOAT32, SIDE, SIDE));
            binding.bindInput("b", Tensor.viewDevice(device, 0, ElementType.FLOAT32, SIDE, SIDE));
            binding.bindOutput("product", Tensor.viewMapped(mapped, product, ElementType.FLOAT32, SIDE, SIDE));
            binding.setRunEntry(Binding.LEAVE_UNSYNCHRONIZED, "1");
            for (int run = 0; run < 3; run++) {
                fill(a, run);
                fill(b, run + 10);
                device.copyFrom(b, stream);
                binding.run();
                event.record(stream);
                event.synchronize();
                assertTrue(event.isDone());
                requireProduct(a, b, product, "run " + run);
            }
            assertEquals(
                    0,
                    session.nodePlacement().stream()
                            .filter(NodePlacement::isOnCpu)
                            .count(),
                    () -> session.nodePlacement().toString());
        }
    }

    @Test
    void aRecordedRunIsReplayedOnNewNumbers() {
        assumeTrue(TestedDevice.isCuda(), "only a GPU records runs");
        try (var environment = environment();
                var context = Cuda.open().openContext(0);
                var mapped = context.allocateMapped(3 * BYTES);
                var session = open(environment, CudaOptions.defaults().withCudaGraph(true));
                var binding = session.createBinding()) {
            MemorySegment a = mapped.segment().asSlice(0, BYTES);
            MemorySegment b = mapped.segment().asSlice(BYTES, BYTES);
            MemorySegment product = mapped.segment().asSlice(2 * BYTES, BYTES);
            binding.bindInput("a", Tensor.viewMapped(mapped, a, ElementType.FLOAT32, SIDE, SIDE));
            binding.bindInput("b", Tensor.viewMapped(mapped, b, ElementType.FLOAT32, SIDE, SIDE));
            binding.bindOutput("product", Tensor.viewMapped(mapped, product, ElementType.FLOAT32, SIDE, SIDE));
            binding.setRunEntry(Binding.GRAPH_ID, "1");
            for (int run = 0; run < 4; run++) {
                fill(a, run);
                fill(b, run + 10);
                binding.run();
                requireProduct(a, b, product, "run " + run);
            }
        }
    }

    /** What {@code zoetrope doctor --gpu} prints. */
    @ParameterizedTest
    @EnumSource(GpuTrial.class)
    void anOperatorGivesWhatTheCpuGives(GpuTrial trial) {
        assumeTrue(TestedDevice.isCuda(), "compares a GPU with the CPU");
        GpuTrial.Outcome outcome = trial.run();
        System.out.printf(
                "%s: differs by %.1e, %.3f ms with copies%n", trial.label(), outcome.error(), outcome.milliseconds());
        assertTrue(outcome.error() <= GpuTrial.TOLERANCE, outcome::toString);
        assertEquals(0, outcome.nodesOnCpu(), outcome::toString);
    }

    private static void onTheStandIn() {
        try (var environment = environment();
                var arena = Arena.ofShared();
                var session =
                        Session.open(environment, SessionOptions.of("product").withNodePlacement(), productGraph());
                var binding = session.createBinding()) {
            MemorySegment a = arena.allocate(BYTES, 64);
            MemorySegment b = arena.allocate(BYTES, 64);
            MemorySegment product = arena.allocate(BYTES, 64);
            binding.bindInput("a", Tensor.view(a, ElementType.FLOAT32, SIDE, SIDE));
            binding.bindInput("b", Tensor.view(b, ElementType.FLOAT32, SIDE, SIDE));
            binding.bindOutput("product", Tensor.view(product, ElementType.FLOAT32, SIDE, SIDE));
            for (int run = 0; run < 3; run++) {
                fill(a, run);
                fill(b, run + 10);
                binding.run();
                requireProduct(a, b, product, "run " + run);
            }
        }
    }

    @MustBeClosed
    private static Environment environment() {
        return Environment.open(new EnvironmentOptions(1, false, LogLevel.ERROR));
    }

    @MustBeClosed
    private static Session open(Environment environment, CudaOptions options) {
        SessionOptions session = SessionOptions.of("product")
                .withProvider(new Provider.Cuda(0, options))
                .withNodePlacement();
        return Session.open(environment, session, productGraph());
    }

    private static byte[] productGraph() {
        GraphBuilder graph = GraphBuilder.create("product");
        var type = dev.zoetrope.graph.ir.ElementType.FLOAT;
        Shape shape = Shape.of(SIDE, SIDE);
        Operators op = Operators.of(graph, type);
        graph.output("product", op.matrixProduct(graph.input("a", type, shape), graph.input("b", type, shape)));
        return OnnxWriter.write(graph.build());
    }

    private static void fill(MemorySegment matrix, int seed) {
        var random = new Random(seed);
        for (long i = 0; i < SIDE * SIDE; i++) {
            matrix.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
        }
    }

    private static void requireProduct(MemorySegment a, MemorySegment b, MemorySegment product, String where) {
        for (int row = 0; row < SIDE; row++) {
            for (int column = 0; column < SIDE; column++) {
                double expected = 0;
                for (int i = 0; i < SIDE; i++) {
                    expected += (double) at(a, row, i) * at(b, i, column);
                }
                assertEquals(
                        expected, at(product, row, column), TOLERANCE, where + ", row " + row + ", column " + column);
            }
        }
    }

    private static float at(MemorySegment matrix, int row, int column) {
        return matrix.getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * SIDE + column);
    }
}
