package dev.zoetrope.runtime.encode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.frame.Frame;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StillEncoderTest {
    @TempDir
    Path folder;

    /* PNG is without loss. What is lossy loses colour detail at the shapes' edges; of its brightness 40 dB and more is left
     * (46 to 50 measured), where wrong levels or a wrong matrix would leave some 20. */
    @ParameterizedTest
    @CsvSource({
        "PNG, 96, 64, 99",
        "PNG, 63, 41, 99",
        "JPEG, 96, 64, 30",
        "JPEG, 63, 41, 30",
        "WEBP, 96, 64, 30",
        "WEBP, 63, 41, 30"
    })
    void aPictureIsReadBackAsItWas(StillFormat format, int widthPx, int heightPx, double leastPsnr) throws Exception {
        try (Arena arena = Arena.ofConfined()) {
            Frame drawn = FlatShapes.clip(arena, widthPx, heightPx, 1).getFirst();
            byte[] bytes = StillEncoder.encode(drawn, format);
            assertArrayEquals(bytes, StillEncoder.encode(drawn, format), "equal pictures, equal bytes");
            try (ClipReader reader = ClipReader.open(Files.write(folder.resolve("picture"), bytes))) {
                assertEquals(1, reader.info().frames());
                Frame found = reader.next().orElseThrow();
                assertEquals(widthPx, found.widthPx());
                assertEquals(heightPx, found.heightPx());
                double psnr = FlatShapes.lumaPsnr(drawn, found);
                assertTrue(psnr >= leastPsnr, format + ": " + psnr + " dB");
            }
        }
    }

    @Test
    void aStillWebpIsNoAnimation() {
        try (Arena arena = Arena.ofConfined()) {
            byte[] bytes = StillEncoder.encode(FlatShapes.clip(arena, 32, 32, 1).getFirst(), StillFormat.WEBP);
            String head = new String(bytes, 0, 16, java.nio.charset.StandardCharsets.ISO_8859_1);
            assertTrue(head.startsWith("RIFF") && head.endsWith("VP8 "), head);
        }
    }
}
