package dev.zoetrope.failure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.zoetrope.endtoend.CommandLineProcess;
import dev.zoetrope.endtoend.CommandLineProcess.Result;
import dev.zoetrope.law.TinyModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How the process of a command ends: its real exit status, what is on its streams, what is left on the disk. */
class ProcessEndTest {
    private static final String MODEL = TinyModel.folder().toString();
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(2);

    @TempDir
    Path folder;

    @Test
    void aMissingLibraryIsNamedWithTheVariableThatNamedIt() throws Exception {
        Path library = folder.resolve("libnowhere.so");
        Result result =
                CommandLineProcess.run(folder, Map.of("ZOETROPE_ORT_LIB", library.toString()), render("--steps", "1"));

        assertEquals(1, result.status(), result.err());
        assertTrue(result.err().contains(library.toString()), result.err());
        assertTrue(result.err().contains("ZOETROPE_ORT_LIB"), result.err());
        assertOneLineAndNothingLeft(result);
    }

    @Test
    void aLibraryThatIsNoneIsRefused() throws Exception {
        Path library = Files.writeString(folder.resolve("libtext.so"), "not a library");
        Result result =
                CommandLineProcess.run(folder, Map.of("ZOETROPE_ORT_LIB", library.toString()), render("--steps", "1"));

        assertEquals(1, result.status(), result.err());
        assertTrue(result.err().contains("libtext.so"), result.err());
        Files.delete(library);
        assertEquals("", result.out());
        // The JVM itself warns of a file without ELF header before the loader refuses it.
        String last = result.err().lines().toList().getLast();
        assertTrue(last.startsWith("zoetrope: environment variable ZOETROPE_ORT_LIB"), result.err());
        assertEquals(List.of(), filesIn(folder));
    }

    @Test
    void doctorSaysThatTheLibraryIsMissingAndFails() throws Exception {
        Result result = CommandLineProcess.run(
                folder,
                Map.of("ZOETROPE_ORT_LIB", "/nowhere/libonnxruntime.so"),
                CommandLineProcess.java(List.of(), "doctor", "--model", MODEL));

        assertEquals(1, result.status(), result.out() + result.err());
        assertTrue(result.out().contains("fail  onnxruntime  "), result.out());
        assertTrue(result.out().contains("/nowhere/libonnxruntime.so"), result.out());
        assertTrue(result.out().contains("ok    video"), "the other things are looked at all the same");
        assertEquals("", result.err());
    }

    /**
     * The disk is full when a write fails half-way; a limit on the size of files fails it the same way, without rights to
     * mount a small disk.
     */
    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aDiskThatFillsUpLeavesNothing() throws Exception {
        // Unpacked libraries go into caches, which the limit would hit too: the first render fills them.
        Result whole = CommandLineProcess.run(folder, Map.of(), render("--size", "128x128", "--steps", "1"));
        assertEquals(0, whole.status(), whole.err());
        long bytes = Files.size(folder.resolve("clip.mp4"));
        assertTrue(bytes > 32_768, "the clip is larger than the limit: " + bytes);
        Files.delete(folder.resolve("clip.mp4"));

        List<String> limited = new ArrayList<>(List.of("sh", "-c", "ulimit -f 16; exec \"$@\"", "sh"));
        limited.addAll(CommandLineProcess.java(
                // The JVM's own counters are a file of 32 KiB.
                List.of("-XX:-UsePerfData"), arguments("--size", "128x128", "--steps", "1")));
        Result result = CommandLineProcess.run(folder, Map.of(), limited);

        assertEquals(1, result.status(), result.err());
        assertTrue(result.err().contains("clip.mp4"), result.err());
        assertOneLineAndNothingLeft(result);
    }

    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143"})
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aSignalEndsTheRenderBetweenTwoSteps(String signal, int status) throws Exception {
        Path checkpoint = folder.resolve("state.ckpt");
        Process process = CommandLineProcess.start(
                folder,
                Map.of(),
                withDefaultSignals(render(
                        "--size",
                        "64x64",
                        "--steps",
                        "1000",
                        "--checkpoint",
                        checkpoint.toString(),
                        "--checkpoint-every",
                        "0")));
        awaitFile(process, checkpoint); // the first step is done
        signal(process, signal);
        Result result = CommandLineProcess.finish(process);

        assertEquals(status, result.status(), result.err());
        assertTrue(result.err().contains("cancelled after step"), result.err());
        Files.delete(checkpoint); // it stays, so that the render can go on
        assertOneLineAndNothingLeft(result);
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aSignalWhileFramesAreWrittenLeavesNoPartOfTheFile() throws Exception {
        Process process = CommandLineProcess.start(
                folder,
                Map.of(),
                withDefaultSignals(render("--size", "16x16", "--frames", "4000", "--steps", "1", "--guidance", "1")));
        awaitPart(process);
        signal(process, "INT");
        Result result = CommandLineProcess.finish(process);

        assertEquals(130, result.status(), result.err());
        assertOneLineAndNothingLeft(result);
    }

    @Test
    void helpLoadsNoNativeLibrary() throws Exception {
        Result result = CommandLineProcess.run(
                folder, Map.of(), CommandLineProcess.java(List.of("-Xlog:class+load"), "render", "--help"));

        assertEquals(0, result.status(), result.err());
        assertTrue(result.out().contains("dev.zoetrope.cli.RenderCommand "), "classes are logged");
        for (String loaded : List.of("dev.zoetrope.ffm.", "org.bytedeco.", "ai.djl.", "me.tongfei.")) {
            assertFalse(result.out().contains(loaded), loaded);
        }
    }

    @Test
    void aPromptThatTheLocaleBrokeIsRefusedWithTheCure() throws Exception {
        Result result = CommandLineProcess.run(
                folder,
                Map.of("LC_ALL", "C"),
                List.of(
                        "sh",
                        "-c",
                        "exec " + String.join(" ", quoted(CommandLineProcess.java(List.of(), "render")))
                                + " \"$(printf 'ball \\360\\237\\232\\200')\" --seed 1"));
        assumeTrue(!result.err().isEmpty() || result.status() != 0, "this system's C locale is UTF-8");

        assertEquals(2, result.status(), result.err());
        assertTrue(result.err().contains("set LC_ALL=C.UTF-8"), result.err());
        assertOneLineAndNothingLeft(result);
    }

    private static List<String> quoted(List<String> words) {
        return words.stream().map(word -> "'" + word + "'").toList();
    }

    /** A shell starts background children with SIGINT ignored, and so may the runner of these tests. */
    private static List<String> withDefaultSignals(List<String> command) {
        List<String> reset = new ArrayList<>(List.of("env", "--default-signal=INT"));
        reset.addAll(command);
        return reset;
    }

    private static List<String> render(String... options) {
        return CommandLineProcess.java(List.of(), arguments(options));
    }

    private static String[] arguments(String... options) {
        List<String> arguments =
                new ArrayList<>(List.of("render", "a ball", "--model", MODEL, "--seed", "1", "-o", "clip.mp4"));
        arguments.addAll(List.of(options));
        return arguments.toArray(String[]::new);
    }

    private static void signal(Process process, String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start();
        assertEquals(0, kill.waitFor(), "kill -" + name);
    }

    private static void awaitFile(Process process, Path file) throws Exception {
        long start = System.nanoTime();
        while (process.isAlive() && System.nanoTime() - start < LONGEST_NANOS) {
            if (Files.exists(file)) {
                return;
            }
            Thread.sleep(10);
        }
        throw new AssertionError("expected " + file + ", found none: " + errorsOf(process));
    }

    private void awaitPart(Process process) throws Exception {
        long start = System.nanoTime();
        while (process.isAlive() && System.nanoTime() - start < LONGEST_NANOS) {
            if (filesIn(folder).stream().anyMatch(name -> name.endsWith(".part") && name.contains("clip.mp4"))) {
                return;
            }
            Thread.sleep(10);
        }
        throw new AssertionError("expected an unfinished file, found none: " + errorsOf(process));
    }

    private static String errorsOf(Process process) throws IOException {
        try (BufferedReader reader = process.errorReader(StandardCharsets.UTF_8)) {
            return process.isAlive() ? "still running" : String.valueOf(reader.readLine());
        } finally {
            process.destroyForcibly();
        }
    }

    private void assertOneLineAndNothingLeft(Result result) throws IOException {
        assertEquals("", result.out());
        assertEquals(1, result.err().lines().count(), result.err());
        assertTrue(result.err().startsWith("zoetrope: "), result.err());
        assertEquals(List.of(), filesIn(folder), "nothing is left, under the asked name or another");
    }

    private static List<String> filesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
