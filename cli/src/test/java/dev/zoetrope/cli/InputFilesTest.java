package dev.zoetrope.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.encode.MeasuredFiles;
import dev.zoetrope.runtime.error.RequestException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputFilesTest {
    private final InputFiles files = new InputFiles(new MeasuredFiles());

    @TempDir
    private Path folder;

    @SuppressWarnings("NullAway.Init") // before each test
    private Path picture;

    @BeforeEach
    void draw() throws IOException {
        picture = folder.resolve("ball.png");
        ImageIO.write(new BufferedImage(24, 16, BufferedImage.TYPE_INT_RGB), "png", picture.toFile());
    }

    @Test
    void whatIsAskedAboutAFileIsReadOnceAndLeftForTheEngine() {
        assertEquals(picture, files.picture("PICTURE", picture));
        assertEquals(24, files.read("FILE", "a picture", picture).widthPx());
        assertTrue(files.madeBy(picture).isEmpty());
        assertThrows(RequestException.class, () -> files.clip("CLIP", picture));
        files.measured().measure(picture);

        assertEquals(1, files.measured().readings());
    }
}
