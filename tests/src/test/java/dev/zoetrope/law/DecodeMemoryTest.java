package dev.zoetrope.law;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.encode.ClipReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Decoding is a stream: memory does not grow with the length of the clip. */
class DecodeMemoryTest {
    /**
     * Of a peak without the latents, which a clip keeps (24 MiB more for 60 s than for 5 s at 256x256). Frames that were kept
     * would be 83 MiB as bytes and 330 MiB as the codec's numbers, of about 350.
     */
    private static final double MOST = 1.10;

    @TempDir
    Path folder;

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "the peak is read from /proc/self/status")
    void aMinuteTakesNoMoreMemoryThanFiveSeconds() throws Exception {
        long fiveSeconds = peakKibibytes(5);
        long aMinute = peakKibibytes(60);
        System.out.printf(
                "decode at 256x256 without the latents: peak %d KiB for 5 s, %d KiB for 60 s%n", fiveSeconds, aMinute);
        assertTrue(fiveSeconds > 50_000, () -> "a JVM with a model takes more than " + fiveSeconds + " KiB");
        assertTrue(
                aMinute <= MOST * fiveSeconds,
                () -> "peak of 60 s: expected at most " + MOST + " times the " + fiveSeconds + " KiB of 5 s, found "
                        + aMinute);
    }

    /**
     * The whole heap is touched at the start: how much of it is in use when the collector first runs says nothing about
     * decoding, and it cannot grow past its limit.
     */
    private long peakKibibytes(int seconds) throws IOException, InterruptedException {
        Path clip = folder.resolve(seconds + ".mp4");
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xms128m",
                        "-Xmx128m",
                        "-XX:+AlwaysPreTouch",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DecodeMemoryChild.class.getName(),
                        Path.of(System.getProperty("zoetrope.root"), "onnx-graphs/models/flipbook")
                                .toString(),
                        Integer.toString(seconds),
                        clip.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(child.waitFor(1, TimeUnit.MINUTES), "the child ends when its output does");
        assertEquals(0, child.exitValue(), output);
        try (ClipReader reader = ClipReader.open(clip)) {
            assertEquals(8 * seconds + 1, reader.info().frames(), "frames of the whole length were written");
        }
        return Long.parseLong(List.of(output.strip().split("\n")).getLast());
    }
}
