package dev.zoetrope.server.http;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sizes are read from the first bytes, of every kind that is taken, and nothing else is. */
class PictureHeaderTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"png, 33, 21", "jpg, 33, 21", "png, 1, 1", "jpg, 300, 2"})
    void picturesOfOtherEncodersAreMeasured(String kind, int widthPx, int heightPx) throws IOException {
        Path file = folder.resolve("picture");
        assertTrue(
                ImageIO.write(new BufferedImage(widthPx, heightPx, BufferedImage.TYPE_INT_RGB), kind, file.toFile()));
        long pixels = (long) widthPx * heightPx;
        assertDoesNotThrow(() -> PictureHeader.check("field", file, pixels));
        if (pixels > 1) {
            assertThrows(ApiException.class, () -> PictureHeader.check("field", file, pixels - 1));
        }
    }

    /** By FFmpeg with libwebp: lossy, lossless, and extended with transparency. */
    @ParameterizedTest
    @CsvSource({
        "UklGRiQAAABXRUJQVlA4IBgAAABQAQCdASoEAAYAAgA0JaQABHQAAORAAAA=, 24",
        "UklGRh4AAABXRUJQVlA4TBEAAAAvBIABAAdQwAIWsP+BiOh/AAA=, 35",
        "UklGRk4AAABXRUJQVlA4WAoAAAAQAAAAAwAABQAAQUxQSA8AAAABB1CmiAgABOF/20RE/0MAVlA4IBgAAABQAQCdASoEAAYAAgA0JaQABHQAAORAAAA=, 24"
    })
    void webpPicturesAreMeasured(String base64, long pixels) throws IOException {
        Path file = Files.write(folder.resolve("picture"), Base64.getDecoder().decode(base64));
        assertDoesNotThrow(() -> PictureHeader.check("field", file, pixels));
        assertThrows(ApiException.class, () -> PictureHeader.check("field", file, pixels - 1));
    }

    @Test
    void bytesThatAreNoPictureAreRefusedWhateverTheyAre() throws IOException {
        Random random = new Random(7);
        for (int i = 0; i < 500; i++) {
            byte[] bytes = new byte[random.nextInt(64)];
            random.nextBytes(bytes);
            if (i % 3 == 0 && bytes.length > 3) { // looks like a JPEG at first
                bytes[0] = (byte) 0xFF;
                bytes[1] = (byte) 0xD8;
            }
            Path file = Files.write(folder.resolve("bytes"), bytes);
            String seen = "case " + i;
            assertThrows(ApiException.class, () -> PictureHeader.check("field", file, 0), seen);
        }
    }
}
