package dev.zoetrope.runtime.encode;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.zoetrope.runtime.Diagnostics;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.FrameRate;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class OutputFormatTest {
    private static final FrameRate RATE = FrameRate.of(8);

    @ParameterizedTest
    @CsvSource({
        "x.mp4, MP4_H264",
        "X.MP4, MP4_H264",
        "a/b.webm, WEBM_VP9",
        "x.tar.mkv, MKV_H264",
        "x.gif, GIF",
        "x.webp, WEBP",
        "x-%05d.png, PNG_SEQUENCE"
    })
    void followsTheExtension(String name, OutputFormat expected) {
        assertEquals(expected, OutputFormat.forPath(Path.of(name)));
    }

    @Test
    void takesAFolderForPictures(@TempDir Path folder) {
        assertEquals(OutputFormat.PNG_SEQUENCE, OutputFormat.forPath(folder));
    }

    @Test
    void listsWhatItKnows() {
        assertEquals(
                "output format of clip.avi: expected a name that ends in .mp4, .webm, .mkv, .gif, .webp, .png, found"
                        + " 'clip.avi'",
                assertThrows(RequestException.class, () -> OutputFormat.forPath(Path.of("clip.avi")))
                        .getMessage());
        assertThrows(RequestException.class, () -> OutputFormat.forPath(Path.of("clip")));
        assertEquals(
                "video codec for .mp4: expected h264, av1, vp9, h264-nvenc, found 'hevc'",
                assertThrows(RequestException.class, () -> OutputFormat.forPath(Path.of("x.mp4"), "hevc"))
                        .getMessage());
    }

    @Test
    void namesTheSmallestFrameThatH264Takes() {
        RequestException refused = assertThrows(
                RequestException.class, () -> OutputFormat.MP4_H264.check(Path.of("x.mp4"), 8, 32, 1, FrameRate.of(8)));
        assertEquals(
                "size for .mp4 (h264): expected at least 16x16, found 8x32 (nearest that works: 16x32; .webm, .gif, .webp and"
                        + " .png take smaller ones)",
                refused.getMessage());
        OutputFormat.WEBM_VP9.check(Path.of("x.webm"), 8, 32, 1, FrameRate.of(8));
    }

    @Test
    void takesACodecByName() {
        assertEquals(OutputFormat.MP4_AV1, OutputFormat.forPath(Path.of("x.mp4"), "AV1"));
        assertEquals(OutputFormat.WEBM_AV1, OutputFormat.forPath(Path.of("x.webm"), "av1"));
        assertEquals(OutputFormat.MKV_VP9, OutputFormat.forPath(Path.of("x.mkv"), "vp9"));
    }

    @Test
    void refusesTheEncoderOfAGpuThatIsNotThere() {
        assumeTrue(Diagnostics.gpus().devices().isEmpty(), "needs a machine without a GPU");
        OutputFormat format = OutputFormat.forPath(Path.of("x.mp4"), "h264-nvenc");
        RequestException refused =
                assertThrows(RequestException.class, () -> format.check(Path.of("x.mp4"), 256, 256, 8, RATE));
        assertEquals(
                "video codec h264-nvenc: expected an NVIDIA GPU whose driver encodes video, found: Cannot load libcuda.so.1"
                        + " (nearest that works: h264)",
                refused.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"63, 48, 62x48", "64, 47, 64x46", "1, 1, 2x2", "3, 5, 2x4"})
    void namesTheNearestEvenSize(int width, int height, String nearest) {
        String message = assertThrows(
                        RequestException.class,
                        () -> OutputFormat.MP4_H264.check(Path.of("x.mp4"), width, height, 1, RATE))
                .getMessage();
        assertEquals(
                "size for .mp4 (h264): expected an even width and height, found " + width + "x" + height
                        + " (nearest that works: " + nearest + "; .gif, .webp and .png take odd sizes)",
                message);
    }

    @ParameterizedTest
    @EnumSource(
            value = OutputFormat.class,
            names = {"GIF", "WEBP", "PNG_SEQUENCE"})
    void takesOddSizesWithoutSubsampling(OutputFormat format) {
        assertFalse(format.requiresEvenSize());
        assertDoesNotThrow(() -> format.check(Path.of("x%d.png"), 63, 47, 9, RATE));
    }

    @Test
    void limitsTheFrameRateOfGif() {
        assertThrows(RequestException.class, () -> OutputFormat.GIF.check(Path.of("x.gif"), 8, 8, 9, FrameRate.of(60)));
        assertDoesNotThrow(() -> OutputFormat.GIF.check(Path.of("x.gif"), 8, 8, 9, FrameRate.of(50)));
    }
}
