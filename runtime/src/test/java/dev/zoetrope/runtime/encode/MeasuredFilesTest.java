package dev.zoetrope.runtime.encode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.frame.FrameRate;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MeasuredFilesTest {
    private final MeasuredFiles files = new MeasuredFiles();

    @TempDir
    private Path folder;

    @Test
    void aFileIsReadThroughOnceHoweverOftenItIsAskedFor() {
        Path file = clip("a.mp4", 5, 8);
        MeasuredClip first = files.measure(file);

        assertSame(first, files.measure(file));
        assertSame(first, files.measure(Path.of(file.toString())));
        assertEquals(1, files.readings());
        assertEquals(5, first.info().frames());
        assertFalse(first.isPicture());
    }

    @Test
    void aFileThatWasChangedOrReplacedIsReadThroughAgain() throws IOException {
        Path file = clip("a.mp4", 5, 8);
        MeasuredClip before = files.measure(file);
        String digest = before.digest();

        Files.move(clip("b.mp4", 7, 8), file, StandardCopyOption.REPLACE_EXISTING);
        MeasuredClip replaced = files.measure(file);
        assertEquals(7, replaced.info().frames());
        assertNotEquals(digest, replaced.digest());
        assertEquals(5, before.info().frames(), "what was measured stays as it was");

        Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
        files.measure(file);
        assertEquals(3, files.readings(), "another time may mean other bytes");

        Files.delete(file);
        assertThrows(OutputException.class, () -> files.measure(file));
    }

    @Test
    void theDigestIsThatOfTheBytes() throws IOException {
        // FIPS 180-2, appendix B.1.
        Path abc = Files.writeString(folder.resolve("abc"), "abc", StandardCharsets.US_ASCII);
        assertEquals("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", MeasuredClip.digestOf(abc));
    }

    /** Containers with fine and coarse clocks; what is counted beforehand is what a reader gives. */
    @ParameterizedTest
    @ValueSource(strings = {"a.mp4", "a.mkv", "a.gif", "a.webm"})
    void framesAtAnyRateAreKnownWithoutReadingAgain(String name) {
        Path file = clip(name, 11, 10);
        MeasuredClip measured = files.measure(file);
        for (String rate : new String[] {"1", "3", "5", "8", "10", "12", "16", "24000/1001", "60"}) {
            FrameRate asked = FrameRate.parse(rate);
            try (FootageReader reader = FootageReader.open(file, 16, 16, asked);
                    FootageReader known = FootageReader.open(measured, 16, 16, asked)) {
                assertEquals(count(reader), measured.frames(asked), name + " at " + rate);
                assertEquals(count(known), measured.frames(asked), name + " at " + rate + ", measured before");
            }
        }
    }

    @Test
    void aPictureIsOneFrameAtAnyRate() {
        MeasuredClip picture = files.measure(clip("a.png", 1, 8));

        assertTrue(picture.isPicture());
        assertEquals(1, picture.frames(FrameRate.of(60)));
    }

    private static long count(FootageReader reader) {
        long frames = 0;
        while (reader.next().isPresent()) {
            frames++;
        }
        return frames;
    }

    private Path clip(String name, int frames, int fps) {
        Path file = folder.resolve(name);
        try (Arena arena = Arena.ofConfined()) {
            FlatShapes.write(
                    file,
                    OutputFormat.forPath(file),
                    FlatShapes.clip(arena, 32, 32, frames),
                    FrameRate.of(fps),
                    Map.of());
        }
        return file;
    }
}
