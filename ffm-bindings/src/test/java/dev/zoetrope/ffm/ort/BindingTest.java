package dev.zoetrope.ffm.ort;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.ffm.memory.NativeHeap;
import dev.zoetrope.ffm.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BindingTest {
    private static final EnvironmentOptions QUIET = new EnvironmentOptions(2, false, LogLevel.FATAL);

    private Environment environment;
    private NativeMemory memory;

    @BeforeEach
    @SuppressWarnings("MustBeClosed") // closed after each test
    void open() {
        environment = Environment.open(QUIET);
        memory = NativeMemory.open();
    }

    @AfterEach
    void close() {
        memory.close();
        environment.close();
    }

    @Test
    void readsAndWritesTheBoundMemoryItself() {
        try (var session = Session.open(environment, SessionOptions.of("add"), TinyModel.add());
                var binding = session.createBinding()) {
            MemorySegment left = floats(1, 2, 3);
            MemorySegment right = floats(10, 20, 30);
            MemorySegment total = memory.floats(3);
            binding.bindInput("left", Tensor.view(left, ElementType.FLOAT32, 3));
            binding.bindInput("right", Tensor.view(right, ElementType.FLOAT32, 3));
            binding.bindOutput("total", Tensor.view(total, ElementType.FLOAT32, 3));
            assertEquals(
                    Map.of("left", left.address(), "right", right.address(), "total", total.address()),
                    binding.boundAddresses());
            binding.run();
            assertArrayEquals(new float[] {11, 22, 33}, total.toArray(ValueLayout.JAVA_FLOAT));
            assertTrue(binding.runNanos() > 0);

            left.setAtIndex(ValueLayout.JAVA_FLOAT, 1, 200);
            binding.run();
            assertArrayEquals(new float[] {11, 220, 33}, total.toArray(ValueLayout.JAVA_FLOAT));
        }
    }

    @Test
    void givesBackWhatItWorkedWithAndRunsAgain() {
        var options = SessionOptions.of("add").withShrinkingArena();
        try (var session = Session.open(environment, options, TinyModel.add());
                var binding = session.createBinding()) {
            MemorySegment total = memory.floats(64);
            binding.bindInput("left", Tensor.view(filled(64, 2), ElementType.FLOAT32, 64));
            binding.bindInput("right", Tensor.view(filled(64, 3), ElementType.FLOAT32, 64));
            binding.bindOutput("total", Tensor.view(total, ElementType.FLOAT32, 64));
            binding.run();
            NativeHeap.giveBack();
            total.fill((byte) 0);
            binding.run();
            assertEquals(5, total.getAtIndex(ValueLayout.JAVA_FLOAT, 63));
        }
    }

    @Test
    void rebindsForAnotherLength() {
        try (var session = Session.open(environment, SessionOptions.of("add"), TinyModel.add());
                var binding = session.createBinding()) {
            for (int length : new int[] {5, 1, 0, 64}) {
                MemorySegment total = memory.floats(length);
                binding.bindInput("left", Tensor.view(filled(length, 2), ElementType.FLOAT32, length));
                binding.bindInput("right", Tensor.view(filled(length, 3), ElementType.FLOAT32, length));
                binding.bindOutput("total", Tensor.view(total, ElementType.FLOAT32, length));
                binding.run();
                for (int i = 0; i < length; i++) {
                    assertEquals(5, total.getAtIndex(ValueLayout.JAVA_FLOAT, i));
                }
            }
        }
    }

    @Test
    void bindsReadOnlyInputsButNotOutputs() {
        try (var session = Session.open(environment, SessionOptions.of("identity"), TinyModel.identity());
                var binding = session.createBinding()) {
            MemorySegment output = memory.floats(4);
            binding.bindInput("x", Tensor.view(floats(1, 2, 3, 4).asReadOnly(), ElementType.FLOAT32, 1, 4));
            var failure = assertThrows(
                    IllegalArgumentException.class,
                    () -> binding.bindOutput("y", Tensor.view(output.asReadOnly(), ElementType.FLOAT32, 1, 4)));
            assertEquals(
                    "output `y` of model identity: expected memory that can be written, found a read-only segment",
                    failure.getMessage());
            binding.bindOutput("y", Tensor.view(output, ElementType.FLOAT32, 1, 4));
            binding.run();
            assertArrayEquals(new float[] {1, 2, 3, 4}, output.toArray(ValueLayout.JAVA_FLOAT));
        }
    }

    @Test
    void namesWhatWasExpectedAndFound() {
        try (var session = Session.open(environment, SessionOptions.of("identity"), TinyModel.identity());
                var binding = session.createBinding()) {
            MemorySegment room = memory.bytes(64);
            assertRefused(
                    "input `z` of model identity: expected one of [x], found no such input",
                    () -> binding.bindInput("z", Tensor.view(room, ElementType.FLOAT32, 1, 4)));
            assertRefused(
                    "input `x` of model identity: expected FLOAT32 [rows, 4], found INT64 [1, 4]",
                    () -> binding.bindInput("x", Tensor.view(room, ElementType.INT64, 1, 4)));
            assertRefused(
                    "input `x` of model identity: expected FLOAT32 [rows, 4], found FLOAT32 [1, 5]",
                    () -> binding.bindInput("x", Tensor.view(room, ElementType.FLOAT32, 1, 5)));
            assertRefused(
                    "output `y` of model identity: expected FLOAT32 [rows, 4], found FLOAT32 [4]",
                    () -> binding.bindOutput("y", Tensor.view(room, ElementType.FLOAT32, 4)));
            assertRefused(
                    "tensor memory: expected 80 bytes for FLOAT32 [5, 4], found 64",
                    () -> Tensor.view(room, ElementType.FLOAT32, 5, 4));
            assertRefused(
                    "tensor shape: expected lengths of 0 or more, found [-1, 4]",
                    () -> Tensor.view(room, ElementType.FLOAT32, -1, 4));
            assertRefused(
                    "tensor memory: expected a native (off-heap) segment, found one on the heap;"
                            + " allocate it from an Arena",
                    () -> Tensor.view(MemorySegment.ofArray(new float[4]), ElementType.FLOAT32, 1, 4));
        }
    }

    @Test
    void refusesToRunIncomplete() {
        try (var session = Session.open(environment, SessionOptions.of("add"), TinyModel.add());
                var binding = session.createBinding()) {
            binding.bindInput("left", Tensor.view(memory.floats(3), ElementType.FLOAT32, 3));
            var missing = assertThrows(IllegalStateException.class, binding::run);
            assertEquals(
                    "input `right` of model add: expected FLOAT32 [length], found nothing bound", missing.getMessage());

            binding.bindInput("right", Tensor.view(memory.floats(4), ElementType.FLOAT32, 4));
            var outputs = assertThrows(IllegalStateException.class, binding::run);
            assertEquals(
                    "run of model add: expected at least one bound output of [total], found none",
                    outputs.getMessage());

            binding.bindOutput("total", Tensor.view(memory.floats(3), ElementType.FLOAT32, 3));
            assertRefused(
                    "input `right` of model add: expected `length` = 3 as in `left`, found 4 in FLOAT32 [4]"
                            + " (FLOAT32 [length])",
                    binding::run);

            binding.clearInputs();
            assertThrows(IllegalStateException.class, binding::run);
        }
    }

    @Test
    void namesTheModelWhenTheLibraryRefusesShapesAtRunTime() {
        try (var session = Session.open(environment, SessionOptions.of("loose"), TinyModel.looseProduct());
                var binding = session.createBinding()) {
            binding.bindInput("a", Tensor.view(memory.floats(6), ElementType.FLOAT32, 2, 3));
            binding.bindInput("b", Tensor.view(memory.floats(8), ElementType.FLOAT32, 4, 2));
            binding.bindOutput("y", Tensor.view(memory.floats(4), ElementType.FLOAT32, 2, 2));
            var inner = assertThrows(OrtException.class, binding::run);
            assertEquals("RunWithBinding", inner.call());
            assertTrue(inner.getMessage().startsWith("RunWithBinding (model loose): "), inner.getMessage());
            assertFalse(inner.getMessage().contains("onnxruntime_src"), inner.getMessage());

            binding.bindInput("b", Tensor.view(memory.floats(6), ElementType.FLOAT32, 3, 2));
            binding.bindOutput("y", Tensor.view(memory.floats(6), ElementType.FLOAT32, 3, 2));
            var outer = assertThrows(OrtException.class, binding::run);
            assertTrue(
                    outer.getMessage().contains("{2,2}") && outer.getMessage().contains("{3,2}"), outer.getMessage());

            // A refused run leaves the binding usable.
            binding.bindOutput("y", Tensor.view(memory.floats(4), ElementType.FLOAT32, 2, 2));
            binding.run();
        }
    }

    @Test
    void saysWhatWasLoggedOnlyOnceAndOnlyWhereItBelongs() {
        environment.close();
        try (var log = new LogCapture();
                var talking = Environment.open(QUIET.withLogLevel(LogLevel.ERROR));
                var session = Session.open(talking, SessionOptions.of("loose"), TinyModel.looseProduct());
                var binding = session.createBinding()) {
            binding.bindInput("a", Tensor.view(memory.floats(6), ElementType.FLOAT32, 2, 3));
            binding.bindInput("b", Tensor.view(memory.floats(8), ElementType.FLOAT32, 4, 2));
            binding.bindOutput("y", Tensor.view(memory.floats(4), ElementType.FLOAT32, 2, 2));
            var failure = assertThrows(OrtException.class, binding::run);
            String sign = "running MatMul node";
            assertEquals(
                    failure.getMessage().indexOf(sign), failure.getMessage().lastIndexOf(sign), failure.getMessage());
            var other = assertThrows(OrtException.class, () -> {
                try (var garbage = Session.open(talking, SessionOptions.of("garbage"), new byte[] {1, 2, 3})) {
                    throw new AssertionError("expected a refusal, found a session of " + garbage.modelName());
                }
            });
            assertFalse(other.getMessage().contains(sign), other.getMessage());
            NativeLog.flush();
            assertTrue(log.lines().stream().anyMatch(line -> line.contains(sign)), log.lines()::toString);
        }
    }

    @Test
    void refusesVirtualThreads() throws InterruptedException {
        try (var session = Session.open(environment, SessionOptions.of("add"), TinyModel.add());
                var binding = session.createBinding();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var failure = assertThrows(
                    ExecutionException.class, () -> threads.submit(binding::run).get());
            assertTrue(failure.getCause() instanceof IllegalStateException, failure::toString);
            assertTrue(failure.getCause().getMessage().contains("expected a platform thread, found a virtual one"));
        }
    }

    @Test
    void keepsAnAutomaticArenaReachable() {
        try (var session = Session.open(environment, SessionOptions.of("identity"), TinyModel.identity());
                var binding = session.createBinding()) {
            MemorySegment output = memory.floats(4);
            bindAutomatic(binding);
            binding.bindOutput("y", Tensor.view(output, ElementType.FLOAT32, 1, 4));
            for (int i = 0; i < 5; i++) {
                System.gc();
                binding.run();
                assertArrayEquals(new float[] {7, 7, 7, 7}, output.toArray(ValueLayout.JAVA_FLOAT));
            }
        }
    }

    private static void bindAutomatic(Binding binding) {
        MemorySegment input = java.lang.foreign.Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, 7, 7, 7, 7);
        binding.bindInput("x", Tensor.view(input, ElementType.FLOAT32, 1, 4));
    }

    private static void assertRefused(String message, org.junit.jupiter.api.function.Executable action) {
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, action).getMessage());
    }

    private MemorySegment floats(float... values) {
        MemorySegment segment = memory.floats(values.length);
        MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_FLOAT, 0, values.length);
        return segment;
    }

    private MemorySegment filled(int length, float value) {
        MemorySegment segment = memory.floats(length);
        for (int i = 0; i < length; i++) {
            segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
        }
        return segment;
    }
}
