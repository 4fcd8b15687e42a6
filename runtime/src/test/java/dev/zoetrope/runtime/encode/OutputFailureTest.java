package dev.zoetrope.runtime.encode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that cannot be written: one line that says why, and nothing left behind. */
class OutputFailureTest {
    @TempDir
    private Path folder;

    @Test
    void namesAMissingFolder() {
        Path file = folder.resolve("missing/clip.mp4");
        OutputException failure = assertThrows(OutputException.class, () -> open(file));
        assertEquals(
                "output " + file + ": expected to write the clip, found: no folder " + file.getParent()
                        + "; nothing was left under that name (create the folder first, or name another one)",
                failure.getMessage());
        assertFalse(Files.exists(file.getParent()));
    }

    @Test
    void refusesAFolderOfThatName() throws IOException {
        Path file = Files.createDirectory(folder.resolve("clip.mp4"));
        OutputException failure = assertThrows(OutputException.class, () -> open(file));
        assertTrue(failure.getMessage().contains("found: a folder of that name"), failure.getMessage());
        assertTrue(Files.isDirectory(file));
    }

    /** Where the tests run as root, only the kernel's own file system refuses to make a file. */
    @Test
    void namesAFolderThatMayNotBeWrittenTo() throws IOException {
        Path locked;
        if ("root".equals(System.getProperty("user.name"))) {
            locked = Path.of("/sys");
            assumeTrue(Files.isDirectory(locked));
        } else {
            locked = Files.createDirectory(folder.resolve("locked"));
            assumeTrue(locked.toFile().setWritable(false));
        }
        Path file = locked.resolve("clip.mp4");
        OutputException failure = assertThrows(OutputException.class, () -> open(file));
        assertTrue(failure.getMessage().contains("a folder that may not be written to"), failure.getMessage());
        assertFalse(failure.getMessage().contains("\n"));
    }

    /**
     * The kernel fails the writes of a child process past 64 KiB a file, as a full disk would (there with another error
     * code). The limit is for every file of the process, so the libraries have to be in their cache before.
     */
    @ParameterizedTest
    @ValueSource(strings = {"clip.mp4", "clip.webm", "clip.mkv", "clip.gif", "clip.webp", "clip-%d.png"})
    void survivesADiskThatIsFull(String name) throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")));
        Ffmpeg.load();
        Path clips = Files.createDirectory(folder.resolve("clips"));
        String text =
                runChild("ulimit -f 64 && exec \"$@\"", System.getProperty("java.class.path"), clips.resolve(name));
        assertTrue(text.startsWith("output " + clips.resolve(name) + ": expected to write the clip, found: "), text);
        assertTrue(text.toLowerCase(Locale.ROOT).contains("file too large"), text);
        try (Stream<Path> left = Files.list(clips)) {
            assertEquals(0, left.count(), text);
        }
    }

    @Test
    void saysWhenTheNativeLibrariesAreMissing() throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")));
        String classifier = "-" + Loader.getPlatform() + ".jar";
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.endsWith(classifier))
                .collect(Collectors.joining(File.pathSeparator));
        String text = runChild("exec \"$@\"", classPath, folder.resolve("clip.mp4"));
        assertTrue(text.startsWith("FFmpeg: expected its native libraries for this platform"), text);
        assertTrue(text.contains(Loader.getPlatform()), text);
    }

    /** Runs {@link WriteNoise} in a process of its own, which has to refuse in one line; gives that line. */
    private String runChild(String script, String classPath, Path target) throws IOException, InterruptedException {
        Path output = folder.resolve("output.txt");
        Process child = new ProcessBuilder(
                        "/bin/bash",
                        "-c",
                        script,
                        "bash",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:-UsePerfData",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        classPath,
                        WriteNoise.class.getName(),
                        target.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertTrue(child.waitFor(2, TimeUnit.MINUTES));
        String text = Files.readString(output, StandardCharsets.UTF_8).strip();
        assertEquals(WriteNoise.REFUSED, child.exitValue(), text);
        assertEquals(1, text.lines().count(), text);
        return text;
    }

    /** Run in the child: noise does not compress, so that every format passes the limit. */
    static final class WriteNoise {
        static final int REFUSED = 3;

        private WriteNoise() {}

        public static void main(String[] arguments) {
            Path target = Path.of(arguments[0]);
            // A single PNG has to pass the limit by itself.
            int side = 256;
            Random random = new Random(1);
            try (Arena arena = Arena.ofConfined();
                    VideoEncoder encoder = VideoEncoder.open(
                            target, OutputFormat.forPath(target), side, side, FrameRate.of(8), Map.of())) {
                MemorySegment pixels = arena.allocate((long) side * side * Frame.PIXEL_BYTES + Frame.PADDING_BYTES);
                for (int index = 0; index < 12; index++) {
                    for (long offset = 0; offset < (long) side * side * Frame.PIXEL_BYTES; offset++) {
                        pixels.set(ValueLayout.JAVA_BYTE, offset, (byte) random.nextInt());
                    }
                    encoder.accept(Frame.packed(pixels, side, side, index));
                }
                encoder.finish();
            } catch (OutputException e) {
                System.out.println(e.getMessage());
                System.exit(REFUSED);
            }
        }
    }

    private static void open(Path file) {
        try (VideoEncoder encoder = VideoEncoder.open(file, OutputFormat.MP4_H264, 16, 16, FrameRate.of(4), Map.of())) {
            fail("opened after " + encoder.frames() + " frames");
        }
    }
}
