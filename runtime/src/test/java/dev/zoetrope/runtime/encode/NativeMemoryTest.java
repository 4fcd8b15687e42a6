package dev.zoetrope.runtime.encode;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is opened is freed: the process stays as large as it was. */
class NativeMemoryTest {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final int WARM_UP = 40;
    private static final int ROUNDS = 200;

    /**
     * One picture of the size used here takes 0.6 MB in RGB and 0.3 MB in the encoder; 200 leaked ones 60 MB and more.
     * The Java heap grows by itself meanwhile, by less than half of that.
     */
    private static final long SLACK_KIB = 24 * 1024;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(
            value = OutputFormat.class,
            names = {"MP4_H264", "WEBM_VP9", "GIF", "WEBP", "PNG_SEQUENCE"})
    void freesFinishedAndAbandonedEncoders(OutputFormat format) throws IOException {
        assumeTrue(Files.isReadable(STATUS));
        Path file = folder.resolve("clip" + format.extension());
        try (Arena arena = Arena.ofConfined()) {
            List<Frame> clip = FlatShapes.clip(arena, 512, 400, 1);
            for (int round = 0; round < WARM_UP; round++) {
                encode(file, format, clip, round % 2 == 0);
            }
            long before = residentKib();
            for (int round = 0; round < ROUNDS; round++) {
                encode(file, format, clip, round % 2 == 0);
            }
            long growth = residentKib() - before;
            assertTrue(growth < SLACK_KIB, format + ": grew by " + growth + " KiB in " + ROUNDS + " encoders");
        }
    }

    @Test
    void freesReaders() throws IOException {
        assumeTrue(Files.isReadable(STATUS));
        Path file = folder.resolve("clip.mp4");
        try (Arena arena = Arena.ofConfined()) {
            FlatShapes.write(
                    file, OutputFormat.MP4_H264, FlatShapes.clip(arena, 512, 400, 2), FrameRate.of(8), Map.of());
        }
        for (int round = 0; round < WARM_UP; round++) {
            readFirst(file);
        }
        long before = residentKib();
        for (int round = 0; round < ROUNDS; round++) {
            readFirst(file);
        }
        long growth = residentKib() - before;
        assertTrue(growth < SLACK_KIB, "grew by " + growth + " KiB in " + ROUNDS + " readers");
    }

    private static void encode(Path file, OutputFormat format, List<Frame> clip, boolean finish) {
        try (VideoEncoder encoder = VideoEncoder.open(file, format, 512, 400, FrameRate.of(8), Map.of())) {
            clip.forEach(encoder::accept);
            if (finish) {
                encoder.finish();
            }
        }
    }

    private static void readFirst(Path file) {
        try (ClipReader reader = ClipReader.open(file)) {
            assertTrue(reader.next().isPresent());
        }
    }

    private static long residentKib() throws IOException {
        System.gc(); // so that the heap does not hide a leak or look like one
        return Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
