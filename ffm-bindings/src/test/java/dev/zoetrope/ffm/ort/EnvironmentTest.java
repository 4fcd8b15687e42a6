package dev.zoetrope.ffm.ort;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EnvironmentTest {
    private static final EnvironmentOptions QUIET = new EnvironmentOptions(2, false, LogLevel.ERROR);

    @Test
    void tellsWhichLibraryItOpened() throws IOException {
        try (var environment = Environment.open(QUIET)) {
            assertTrue(environment.availableProviders().contains("CPUExecutionProvider"));
            assertTrue(Files.isRegularFile(environment.libraryPath()));
            assertTrue(environment.libraryHash().matches("[0-9a-f]{64}"), environment.libraryHash());
            String named = System.getenv().getOrDefault("ZOETROPE_ORT_LIB", "");
            if (named.isEmpty()) {
                assertEquals("onnxruntime jar", environment.librarySource());
                assertEquals("1.29.0", environment.libraryVersion());
                assertTrue(environment.libraryPath().toString().contains(environment.libraryHash()));
            } else {
                assertEquals("environment variable ZOETROPE_ORT_LIB", environment.librarySource());
                assertTrue(Files.isSameFile(Path.of(named), environment.libraryPath()));
            }
        }
    }

    @Test
    void warnsWhenASecondEnvironmentAsksForOtherOptions() {
        try (var log = new LogCapture();
                var first = Environment.open(QUIET);
                var same = Environment.open(QUIET)) {
            assertEquals(List.of(), log.lines());
            try (var other = Environment.open(QUIET.withIntraOpThreads(1))) {
                assertEquals(1, log.lines().size(), log.lines()::toString);
                String line = log.lines().getFirst();
                assertTrue(line.startsWith("WARNING Environment: asked for"), line);
                assertTrue(line.contains("intraOpThreads=1") && line.contains("intraOpThreads=2"), line);
                assertEquals(first.options(), other.options());
                assertEquals(first.options(), same.options());
            }
        }
    }

    @Test
    void optionsCountAnewAfterTheLastUserIsGone() {
        try (var first = Environment.open(QUIET)) {
            assertEquals(2, first.options().intraOpThreads());
        }
        try (var log = new LogCapture();
                var second = Environment.open(QUIET.withIntraOpThreads(1))) {
            assertEquals(1, second.options().intraOpThreads());
            assertEquals(List.of(), log.lines());
        }
    }

    @Test
    @SuppressWarnings("MustBeClosed") // closed below, after its environment
    void aSessionOutlivesItsEnvironment() {
        Session session;
        try (var environment = Environment.open(QUIET)) {
            session = Session.open(environment, SessionOptions.of("identity"), TinyModel.identity());
        }
        try (session;
                var memory = dev.zoetrope.ffm.memory.NativeMemory.open();
                var binding = session.createBinding()) {
            var input = memory.floats(4);
            var output = memory.floats(4);
            input.set(ValueLayout.JAVA_FLOAT, 0, 5);
            binding.bindInput("x", Tensor.view(input, ElementType.FLOAT32, 1, 4));
            binding.bindOutput("y", Tensor.view(output, ElementType.FLOAT32, 1, 4));
            binding.run();
            assertEquals(5, output.get(ValueLayout.JAVA_FLOAT, 0));
        }
    }

    @Test
    @SuppressWarnings("MustBeClosed") // closed by hand: that is the test
    void closeTwiceIsHarmlessAndUseAfterCloseThrows() {
        var environment = Environment.open(QUIET);
        environment.close();
        environment.close();
        var failure = assertThrows(IllegalStateException.class, environment::availableProviders);
        assertEquals("Environment: expected open, found closed", failure.getMessage());
        assertThrows(
                IllegalStateException.class,
                () -> Session.open(environment, SessionOptions.of("late"), TinyModel.identity()));
    }

    @Test
    void logLinesArriveAtTheSystemLogger() {
        try (var log = new LogCapture()) {
            try (var environment = Environment.open(QUIET.withLogLevel(LogLevel.VERBOSE));
                    var session = Session.open(environment, SessionOptions.of("talkative"), TinyModel.identity())) {
                assertEquals("talkative", session.modelName());
            }
            // The last user's close has emptied the queue.
            assertFalse(log.lines().isEmpty());
            assertTrue(log.lines().stream().anyMatch(line -> line.contains("talkative")), log.lines()::toString);
            assertTrue(
                    log.lines().stream().noneMatch(line -> line.contains("/onnxruntime/core/")), log.lines()::toString);
        }
    }

    @Test
    @SuppressWarnings("MustBeClosed") // all closed in the finally block
    void sessionsShareTheGlobalThreadPool() throws IOException {
        assumeTrue(Files.isDirectory(Path.of("/proc/self/task")), "thread names are read from /proc");
        try (var environment = Environment.open(QUIET.withIntraOpThreads(4))) {
            long before = threads();
            List<Session> sessions = new ArrayList<>();
            try {
                for (int i = 0; i < 8; i++) {
                    sessions.add(Session.open(environment, SessionOptions.of("s" + i), TinyModel.matrixChain(2)));
                }
                // The JVM may start a compiler thread in the meantime; eight sessions of their own would add 24 and
                // more.
                long added = threads() - before;
                assertTrue(added <= 4, "threads added by eight sessions: expected none, found " + added);
            } finally {
                sessions.forEach(Session::close);
            }
        }
    }

    private static long threads() throws IOException {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
            return tasks.count();
        }
    }
}
