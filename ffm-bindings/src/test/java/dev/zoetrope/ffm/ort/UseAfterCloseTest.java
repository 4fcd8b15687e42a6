package dev.zoetrope.ffm.ort;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.ffm.cuda.FakeCuda;
import dev.zoetrope.ffm.memory.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What would be a crash of the process in C is an exception here: memory and sessions closed too early. */
@Timeout(120)
@SuppressWarnings("MustBeClosed") // closes by hand, early and on other threads: that is what it tests
class UseAfterCloseTest {
    private static final EnvironmentOptions QUIET = new EnvironmentOptions(1, false, LogLevel.FATAL);

    /** 400 products of 512 x 512 take seconds on one thread; nobody waits for their end here. */
    private static final int PRODUCTS = 400;

    private static final int WIDTH = 512;

    private Environment environment;
    private ExecutorService executor;

    @BeforeEach
    void open() {
        environment = Environment.open(QUIET);
        executor = Executors.newFixedThreadPool(2);
    }

    @AfterEach
    void close() {
        executor.close();
        environment.close();
    }

    @Test
    void aClosedSharedArenaUnderABindingThrows() {
        try (var session = Session.open(environment, SessionOptions.of("identity"), TinyModel.identity());
                var binding = session.createBinding()) {
            try (Arena arena = Arena.ofShared()) {
                bindIdentity(binding, arena);
                binding.run();
            }
            var failure = assertThrows(IllegalStateException.class, binding::run);
            assertEquals(
                    "input `x` of model identity: expected memory of an open arena, found the arena closed; bind memory"
                            + " that lives, or close the arena after the binding",
                    failure.getMessage());
        }
    }

    @Test
    void aClosedConfinedArenaUnderABindingThrowsOnEveryThread() throws Exception {
        try (var session = Session.open(environment, SessionOptions.of("identity"), TinyModel.identity());
                var binding = session.createBinding()) {
            try (Arena arena = Arena.ofConfined()) {
                bindIdentity(binding, arena);
                binding.run();
                executor.submit(binding::run).get();
            }
            assertThrows(IllegalStateException.class, binding::run);
            var elsewhere = assertThrows(
                    ExecutionException.class,
                    () -> executor.submit(binding::run).get());
            assertInstanceOf(IllegalStateException.class, elsewhere.getCause());
        }
    }

    @Test
    void memoryOfAClosedArenaCannotBeBound() {
        try (var session = Session.open(environment, SessionOptions.of("identity"), TinyModel.identity());
                var binding = session.createBinding()) {
            Tensor tensor;
            try (Arena arena = Arena.ofConfined()) {
                tensor = Tensor.view(arena.allocate(16, 64), ElementType.FLOAT32, 1, 4);
            }
            assertThrows(IllegalStateException.class, () -> binding.bindInput("x", tensor));
        }
    }

    @Test
    void anArenaCannotBeClosedUnderARunningKernel() throws Exception {
        NativeMemory memory = NativeMemory.open();
        try (var session = Session.open(environment, SessionOptions.of("chain"), TinyModel.matrixChain(PRODUCTS));
                var binding = session.createBinding()) {
            bindChain(binding, memory);
            Future<?> run = start(binding);
            var failure = assertThrows(IllegalStateException.class, memory::close);
            assertTrue(String.valueOf(failure.getMessage()).contains("acquired"), failure::toString);
            binding.cancel();
            assertThrows(ExecutionException.class, run::get);
            memory.close();
            assertThrows(IllegalStateException.class, binding::run);
        }
    }

    @Test
    void moreArenasThanRegistersAreKeptOpenToo() throws Exception {
        int weights = 5;
        List<Arena> arenas = new ArrayList<>();
        try (var session = Session.open(
                        environment, SessionOptions.of("chain"), TinyModel.matrixChain(PRODUCTS, weights));
                var binding = session.createBinding()) {
            binding.bindInput("x", square(allocate(arenas)));
            for (int i = 0; i < weights; i++) {
                binding.bindInput("w" + i, square(allocate(arenas)));
            }
            binding.bindOutput("y", square(allocate(arenas)));
            Future<?> run = start(binding);
            for (Arena arena : arenas) {
                assertThrows(IllegalStateException.class, arena::close);
            }
            binding.cancel();
            assertThrows(ExecutionException.class, run::get);
        } finally {
            arenas.forEach(Arena::close);
        }
    }

    private static MemorySegment allocate(List<Arena> arenas) {
        Arena arena = Arena.ofShared();
        arenas.add(arena);
        return arena.allocate(4L * WIDTH * WIDTH, 64);
    }

    @Test
    void moreArenasThanCanBeKeptOpenAreRefused() {
        int inputs = 17;
        List<Arena> arenas = new ArrayList<>();
        try (var session = Session.open(environment, SessionOptions.of("sum"), TinyModel.sum(inputs));
                var binding = session.createBinding()) {
            for (int i = 0; i < inputs; i++) {
                Arena arena = Arena.ofShared();
                arenas.add(arena);
                binding.bindInput("x" + i, Tensor.view(arena.allocate(16, 64), ElementType.FLOAT32, 4));
            }
            MemorySegment total = Arena.global().allocate(16, 64);
            binding.bindOutput("total", Tensor.view(total, ElementType.FLOAT32, 4));
            var failure = assertThrows(IllegalArgumentException.class, binding::run);
            assertEquals(
                    "binding of model sum: expected memory of at most 16 arenas, found 18; allocate buffers that live"
                            + " together from one arena",
                    failure.getMessage());
        } finally {
            arenas.forEach(Arena::close);
        }
    }

    @Test
    void mappedMemoryCannotBeFreedUnderARunningKernel() throws Exception {
        try (var session = Session.open(environment, SessionOptions.of("chain"), TinyModel.matrixChain(PRODUCTS));
                var context = FakeCuda.withDevices(1).open().openContext(0);
                var mapped = context.allocateMapped(3L * WIDTH * WIDTH * Float.BYTES);
                var binding = session.createBinding()) {
            mapped.segment().fill((byte) 0);
            long bytes = (long) WIDTH * WIDTH * Float.BYTES;
            binding.bindInput("x", square(mapped.segment().asSlice(0, bytes)));
            binding.bindInput("w", square(mapped.segment().asSlice(bytes, bytes)));
            binding.bindOutput("y", square(mapped.segment().asSlice(2 * bytes, bytes)));
            Future<?> run = start(binding);
            assertThrows(IllegalStateException.class, mapped::close);
            binding.cancel();
            assertThrows(ExecutionException.class, run::get);
        }
    }

    @Test
    @SuppressWarnings("try") // closes early: that is the test
    void memoryOfAGpuThatWasFreedUnderABindingThrows() {
        try (var session = Session.open(environment, SessionOptions.of("identity"), TinyModel.identity());
                var context = FakeCuda.withDevices(1).open().openContext(0);
                var device = context.allocateDevice(16);
                var arena = Arena.ofConfined();
                var binding = session.createBinding()) {
            bindIdentity(binding, arena);
            // Without a GPU this binding could not run, but what must be refused is refused before that.
            binding.bindOutput("y", Tensor.viewDevice(device, 0, ElementType.FLOAT32, 1, 4));
            device.close();
            var failure = assertThrows(IllegalStateException.class, binding::run);
            assertEquals(
                    "output `y` of model identity: expected memory of an open arena, found the arena closed; bind memory"
                            + " that lives, or close the arena after the binding",
                    failure.getMessage());
        }
    }

    @Test
    void cancelEndsARunAndTheNextOneWorks() throws Exception {
        try (NativeMemory memory = NativeMemory.open();
                var session = Session.open(environment, SessionOptions.of("chain"), TinyModel.matrixChain(PRODUCTS));
                var binding = session.createBinding()) {
            binding.cancel();
            bindChain(binding, memory);
            Future<?> run = start(binding);
            binding.cancel();
            var failure = assertThrows(ExecutionException.class, run::get);
            assertInstanceOf(CancellationException.class, failure.getCause());
            assertEquals("run of model chain: cancelled", failure.getCause().getMessage());

            // The flag of the cancelled run must not end the next one.
            int few = 4;
            binding.bindInput("x", Tensor.view(memory.floats(few), ElementType.FLOAT32, 2, 2));
            binding.bindInput("w", Tensor.view(memory.floats(few), ElementType.FLOAT32, 2, 2));
            binding.bindOutput("y", Tensor.view(memory.floats(few), ElementType.FLOAT32, 2, 2));
            binding.run();
        }
    }

    @Test
    void closingASessionStopsItsRuns() throws Exception {
        try (NativeMemory memory = NativeMemory.open()) {
            var session = Session.open(environment, SessionOptions.of("chain"), TinyModel.matrixChain(PRODUCTS));
            var binding = session.createBinding();
            bindChain(binding, memory);
            Future<?> run = start(binding);
            long start = System.nanoTime();
            session.close();
            long waited = System.nanoTime() - start;
            var failure = assertThrows(ExecutionException.class, run::get);
            assertInstanceOf(IllegalStateException.class, failure.getCause());
            assertTrue(failure.getCause().getMessage().contains("closed"), failure::toString);
            // One product takes tens of milliseconds, all of them many seconds.
            assertTrue(waited < TimeUnit.SECONDS.toNanos(5), "close waited " + waited / 1_000_000 + " ms");
            assertClosed(binding);
            binding.close();
        }
    }

    @Test
    void closingABindingStopsItsRun() throws Exception {
        try (NativeMemory memory = NativeMemory.open();
                var session = Session.open(environment, SessionOptions.of("chain"), TinyModel.matrixChain(PRODUCTS))) {
            var binding = session.createBinding();
            bindChain(binding, memory);
            Future<?> run = start(binding);
            binding.close();
            assertThrows(ExecutionException.class, run::get);
            assertFalse(binding.isRunning());
            assertClosed(binding);
        }
    }

    @Test
    void closingFromManyThreadsClosesOnce() throws Exception {
        for (int round = 0; round < 50; round++) {
            var session = Session.open(environment, SessionOptions.of("identity"), TinyModel.identity());
            try (Arena arena = Arena.ofShared()) {
                var binding = session.createBinding();
                bindIdentity(binding, arena);
                Future<?> one = executor.submit(session::close);
                Future<?> other = executor.submit(binding::close);
                assertStopsOrRuns(binding);
                one.get();
                other.get();
                assertClosed(binding);
            }
        }
    }

    private static void assertStopsOrRuns(Binding binding) {
        for (int i = 0; i < 20; i++) {
            try {
                binding.run();
            } catch (IllegalStateException e) {
                assertTrue(String.valueOf(e.getMessage()).contains("closed"), e::toString);
                return;
            }
        }
    }

    private static void assertClosed(Binding binding) {
        assertThrows(IllegalStateException.class, binding::run);
        assertThrows(IllegalStateException.class, binding::clearInputs);
        assertThrows(IllegalStateException.class, binding::clearOutputs);
        assertThrows(IllegalStateException.class, () -> binding.setRunEntry("key", "value"));
        MemorySegment segment = Arena.ofAuto().allocate(16, 64);
        Tensor tensor = Tensor.view(segment, ElementType.FLOAT32, 1, 4);
        assertThrows(IllegalStateException.class, () -> binding.bindInput("x", tensor));
        assertThrows(IllegalStateException.class, () -> binding.bindOutput("y", tensor));
        binding.cancel();
    }

    private Future<?> start(Binding binding) throws InterruptedException {
        Future<?> run = executor.submit(binding::run);
        while (!binding.isRunning() && !run.isDone()) {
            Thread.sleep(1);
        }
        // Long enough to be inside the first kernels, far from the end.
        Thread.sleep(50);
        assertTrue(binding.isRunning(), "the run was over before it could be disturbed");
        return run;
    }

    private static void bindIdentity(Binding binding, Arena arena) {
        MemorySegment input = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3, 4);
        binding.bindInput("x", Tensor.view(input, ElementType.FLOAT32, 1, 4));
        binding.bindOutput("y", Tensor.view(arena.allocate(16, 64), ElementType.FLOAT32, 1, 4));
    }

    private static void bindChain(Binding binding, NativeMemory memory) {
        long elements = (long) WIDTH * WIDTH;
        binding.bindInput("x", square(memory.floats(elements)));
        binding.bindInput("w", square(memory.floats(elements)));
        binding.bindOutput("y", square(memory.floats(elements)));
    }

    private static Tensor square(MemorySegment segment) {
        return Tensor.view(segment, ElementType.FLOAT32, WIDTH, WIDTH);
    }
}
