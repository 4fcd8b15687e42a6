package dev.zoetrope.runtime.encode;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
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
            assertNoSteadyGrowth(format + " encoders", round -> encode(file, format, clip, round % 2 == 0));
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
        assertNoSteadyGrowth("readers", round -> readFirst(file));
    }

    /**
     * A leak grows in every block of rounds. The allocator's arenas and the Java heap grow in one block or another, when
     * threads of a loaded machine happen to overlap, and then stay: so one quiet block of three is enough.
     */
    private static void assertNoSteadyGrowth(String what, IntConsumer work) throws IOException {
        List<Long> growths = new ArrayList<>();
        while (growths.size() < 3) {
            long before = residentKib();
            for (int round = 0; round < ROUNDS; round++) {
                work.accept(round);
            }
            growths.add(residentKib() - before);
            if (growths.getLast() < SLACK_KIB) {
                return;
            }
        }
        fail(what + ": grew by " + growths + " KiB in blocks of " + ROUNDS);
    }

    private static void encode(Path file, OutputFormat format, List<Frame> clip, boolean finish) {
        try (VideoEncoder encoder = VideoEncoder.open(file, format, 512, 400, FrameRate.of(8), Map.of())) {
            clip.forEach(encoder::accept);
            if (finish) {
                encoder.finish();
            }
        }
    }

    @Test
    void freesSoundAndFootage() throws IOException {
        assumeTrue(Files.isReadable(STATUS));
        Path wav = folder.resolve("tone.wav");
        TestMedia.writeWav(wav, 48_000, 2, 2, sample -> Math.sin(sample / 10.0) / 2);
        Path source = folder.resolve("source.mp4");
        try (Arena arena = Arena.ofConfined()) {
            List<Frame> clip = FlatShapes.clip(arena, 512, 400, 2);
            withSound(source, clip, wav, true);
            IntConsumer work = round -> {
                // Encoded from the file without pictures, copied from the other; half of them abandoned.
                withSound(folder.resolve("encoded.mp4"), clip, wav, round % 2 == 0);
                withSound(folder.resolve("copied.mp4"), clip, source, round % 2 == 0);
                try (FootageReader reader = FootageReader.open(source, 64, 48, FrameRate.of(4))) {
                    assertTrue(reader.next().isPresent());
                }
            };
            for (int round = 0; round < WARM_UP; round++) {
                work.accept(round);
            }
            assertNoSteadyGrowth("sound and footage", work);
        }
    }

    private static void withSound(Path file, List<Frame> clip, Path sound, boolean finish) {
        try (VideoEncoder encoder = VideoEncoder.open(
                file,
                OutputFormat.MP4_H264,
                512,
                400,
                FrameRate.of(8),
                Map.of(),
                List.of(new SoundTrack(sound, 0, 2, 0)))) {
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
