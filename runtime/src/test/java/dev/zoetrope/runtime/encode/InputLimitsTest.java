package dev.zoetrope.runtime.encode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.frame.FrameRate;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InputLimitsTest {
    /** What a clip of 64x48, 10 frames at 5 a second just keeps to. */
    private static final InputLimits EXACT = new InputLimits(1, 64 * 48, 10, 2.0);

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"clip.mp4", "clip.webm", "clip.gif", "clip.mkv"})
    void aClipIsRefusedAboveEachLimitAndReadBelow(String name) {
        Path file = folder.resolve(name);
        write(file, OutputFormat.forPath(file), 10);
        assertEquals(10, MeasuredClip.of(file, EXACT).info().frames());
        for (InputLimits less : new InputLimits[] {
            new InputLimits(1, 64 * 48 - 1, 10, 2),
            new InputLimits(1, 64 * 48, 9, 2),
            new InputLimits(1, 64 * 48, 10, 1.8)
        }) {
            OutputException refused = assertThrows(OutputException.class, () -> MeasuredClip.of(file, less));
            assertTrue(String.valueOf(refused.getMessage()).contains(" at most "), refused.getMessage());
        }
    }

    @Test
    void aPictureHasALimitOfItsOwn() {
        Path file = folder.resolve("picture.png");
        write(file, OutputFormat.PNG_SEQUENCE, 1);
        assertTrue(MeasuredClip.of(file, new InputLimits(64 * 48, 1, 1, 1)).isPicture());
        assertThrows(OutputException.class, () -> MeasuredClip.of(file, new InputLimits(64 * 48 - 1, 1, 1, 1)));
    }

    @Test
    void whatTheStreamSaysCountsMoreThanWhatTheContainerSays() throws IOException {
        Path file = folder.resolve("clip.mp4");
        write(file, OutputFormat.MP4_H264, 10);
        byte[] bytes = Files.readAllBytes(file);
        // ISO/IEC 14496-12, VisualSampleEntry: width and height come 24 bytes after its type.
        int entry = new String(bytes, StandardCharsets.ISO_8859_1).lastIndexOf("avc1") + 4 + 24;
        ByteBuffer size = ByteBuffer.wrap(bytes, entry, 4);
        assertEquals(64, size.getShort());
        assertEquals(48, size.getShort());
        ByteBuffer.wrap(bytes, entry, 4).putShort((short) 16).putShort((short) 16);
        Files.write(file, bytes);
        assertThrows(OutputException.class, () -> MeasuredClip.of(file, new InputLimits(1, 16 * 16, 10, 2)));
    }

    private static void write(Path file, OutputFormat format, int frames) {
        try (Arena arena = Arena.ofConfined()) {
            FlatShapes.write(file, format, FlatShapes.clip(arena, 64, 48, frames), FrameRate.of(5), Map.of());
        }
    }
}
