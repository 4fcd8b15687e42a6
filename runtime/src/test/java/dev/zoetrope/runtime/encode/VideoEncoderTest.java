package dev.zoetrope.runtime.encode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class VideoEncoderTest {
    private static final String COMMENT = "{\"prompt\":\"a red ball; b = \\\\ \u00e9 \ud83d\ude00\",\"seed\":7}";
    private static final Map<String, String> TAGS = Map.of("title", "a red ball", "comment", COMMENT);

    /**
     * Brightness in dB. Colour is left out, for half of its samples are not stored (4:2:0) and at 64x48 that alone costs
     * more than the codecs do. Measured here: 45 and more; 40 leaves room for another version of an encoder.
     */
    private static final double LUMA_DB = 40;

    /** GIF has 256 colours for five and loses only by dithering: measured 49. */
    private static final double PALETTE_DB = 40;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(
            value = OutputFormat.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"WEBP", "PNG_SEQUENCE", "MP4_H264_NVENC", "MKV_H264_NVENC"})
    void writesWhatReadsBackTheSame(OutputFormat format) {
        Path file = folder.resolve("clip" + format.extension());
        try (Arena arena = Arena.ofConfined()) {
            List<Frame> clip = FlatShapes.clip(arena, 64, 48, 30);
            FlatShapes.write(file, format, clip, FrameRate.of(10), TAGS);
            try (ClipReader reader = ClipReader.open(file)) {
                ClipInfo info = reader.info();
                assertEquals(64, info.widthPx());
                assertEquals(48, info.heightPx());
                assertEquals(30, info.frames());
                assertEquals(FrameRate.of(10), info.rate());
                assertEquals(3.0, info.seconds(), 1e-9);
                assertEquals(format.codec().label(), info.codec());
                assertEquals(COMMENT, info.metadata().get("comment"));
                if (format != OutputFormat.GIF) {
                    assertEquals("a red ball", info.metadata().get("title"));
                }
                for (Frame expected : clip) {
                    Frame found = reader.next().orElseThrow();
                    assertEquals(expected.index(), found.index());
                    if (format == OutputFormat.GIF) {
                        assertTrue(FlatShapes.rgbPsnr(expected, found) > PALETTE_DB, () -> "frame " + found.index());
                    }
                    double luma = FlatShapes.lumaPsnr(expected, found);
                    assertTrue(luma > LUMA_DB, () -> "frame " + found.index() + ": " + luma + " dB");
                }
                assertTrue(reader.next().isEmpty());
            }
        }
        assertEquals(List.of(file), files());
    }

    @Test
    void writesPngWithoutLoss() {
        Path pattern = folder.resolve("clip-%03d.png");
        try (Arena arena = Arena.ofConfined()) {
            List<Frame> clip = FlatShapes.clip(arena, 33, 17, 3);
            FlatShapes.write(pattern, OutputFormat.forPath(pattern), clip, FrameRate.of(10), TAGS);
            for (int index = 0; index < 3; index++) {
                try (ClipReader reader = ClipReader.open(folder.resolve("clip-00" + index + ".png"))) {
                    assertEquals(COMMENT, reader.metadata().get("comment"));
                    assertEquals("a red ball", reader.metadata().get("title"));
                    Frame found = reader.next().orElseThrow();
                    assertEquals(33, found.widthPx());
                    assertEquals(Double.POSITIVE_INFINITY, exact(FlatShapes.rgbPsnr(clip.get(index), found)));
                }
            }
        }
        assertEquals(3, files().size());
    }

    /** Above 130 dB the mean squared error is below that of one level in one channel of one pixel. */
    private static double exact(double psnr) {
        return psnr > 130 ? Double.POSITIVE_INFINITY : psnr;
    }

    @Test
    void writesPngIntoAFolderOrAsAStill() {
        try (Arena arena = Arena.ofConfined()) {
            List<Frame> clip = FlatShapes.clip(arena, 16, 16, 2);
            FlatShapes.write(folder, OutputFormat.forPath(folder), clip, FrameRate.of(10), Map.of());
            Path still = folder.resolve("still.png");
            FlatShapes.write(still, OutputFormat.forPath(still), clip.subList(0, 1), FrameRate.of(10), Map.of());
            assertEquals(List.of(folder.resolve("00000.png"), folder.resolve("00001.png"), still), files());
            Path one = folder.resolve("one.png");
            RequestException failure = assertThrows(
                    RequestException.class,
                    () -> FlatShapes.write(one, OutputFormat.PNG_SEQUENCE, clip, FrameRate.of(10), Map.of()));
            assertTrue(failure.getMessage().contains("one-%05d.png"), failure.getMessage());
            assertFalse(Files.exists(one));
            assertThrows(
                    RequestException.class, () -> OutputFormat.PNG_SEQUENCE.check(one, 16, 16, 2, FrameRate.of(10)));
        }
    }

    /** FFmpeg cannot read an animated WebP: its chunks are counted instead (an ANMF chunk for each frame). */
    @Test
    void writesAnimatedWebp() throws IOException {
        Path file = folder.resolve("clip.webp");
        try (Arena arena = Arena.ofConfined()) {
            FlatShapes.write(file, OutputFormat.WEBP, FlatShapes.clip(arena, 33, 17, 5), FrameRate.of(10), Map.of());
        }
        String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertTrue(bytes.startsWith("RIFF"));
        assertEquals("WEBPVP8X", bytes.substring(8, 16));
        assertEquals(5, bytes.split("ANMF", -1).length - 1);
        // Canvas size minus one, 24 bits each, little endian (WebP container specification, VP8X chunk).
        assertEquals(33, bytes.charAt(24) + 1);
        assertEquals(17, bytes.charAt(27) + 1);
        OutputException failure = assertThrows(OutputException.class, () -> {
            try (ClipReader reader = ClipReader.open(file)) {
                fail("opened as " + reader.info());
            }
        });
        assertTrue(failure.getMessage().contains("animated WebP"), failure.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"4", "8", "12.5", "23.976", "24", "30", "50", "1/2", "60"})
    void keepsTheFrameRateExactly(String text) {
        FrameRate rate = FrameRate.parse(text);
        try (Arena arena = Arena.ofConfined()) {
            List<Frame> clip = FlatShapes.clip(arena, 16, 16, 9);
            for (OutputFormat format : List.of(OutputFormat.MP4_H264, OutputFormat.WEBM_VP9, OutputFormat.MKV_H264)) {
                Path file = folder.resolve("clip" + format.extension());
                FlatShapes.write(file, format, clip, rate, Map.of());
                try (ClipReader reader = ClipReader.open(file)) {
                    assertEquals(rate, reader.info().rate(), format + " at " + text);
                    assertEquals(9, reader.info().frames());
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = OutputFormat.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"PNG_SEQUENCE", "MP4_H264_NVENC", "MKV_H264_NVENC"})
    void writesEqualClipsAsEqualBytes(OutputFormat format) throws IOException {
        Path first = folder.resolve("first" + format.extension());
        Path second = folder.resolve("second" + format.extension());
        try (Arena arena = Arena.ofConfined()) {
            List<Frame> clip = FlatShapes.clip(arena, 64, 48, 12);
            FlatShapes.write(first, format, clip, FrameRate.of(12), TAGS);
            FlatShapes.write(second, format, clip, FrameRate.of(12), TAGS);
        }
        assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
    }

    /** A crop is read through its stride: the bytes are those of the same picture in memory of its own. */
    @ParameterizedTest
    @EnumSource(
            value = OutputFormat.class,
            names = {"MP4_H264", "GIF", "WEBP"})
    void readsACropInPlace(OutputFormat format) throws IOException {
        Path cropped = folder.resolve("cropped" + format.extension());
        Path own = folder.resolve("own" + format.extension());
        try (Arena arena = Arena.ofConfined()) {
            List<Frame> clip = FlatShapes.clip(arena, 80, 64, 3);
            List<Frame> crops = clip.stream().map(frame -> frame.crop(62, 50)).toList();
            List<Frame> copies = crops.stream().map(frame -> copy(arena, frame)).toList();
            FlatShapes.write(cropped, format, crops, FrameRate.of(12), Map.of());
            FlatShapes.write(own, format, copies, FrameRate.of(12), Map.of());
        }
        assertArrayEquals(Files.readAllBytes(own), Files.readAllBytes(cropped));
    }

    private static Frame copy(Arena arena, Frame frame) {
        Frame copy = Frame.packed(
                arena.allocate((long) frame.widthPx() * frame.heightPx() * Frame.PIXEL_BYTES),
                frame.widthPx(),
                frame.heightPx(),
                frame.index());
        for (int row = 0; row < frame.heightPx(); row++) {
            for (int column = 0; column < frame.widthPx(); column++) {
                int colour = FlatShapes.get(frame, row, column, 0) << 16
                        | FlatShapes.get(frame, row, column, 1) << 8
                        | FlatShapes.get(frame, row, column, 2);
                FlatShapes.set(copy, row, column, colour);
            }
        }
        return copy;
    }

    /** The index of a finished MP4 stands before the pictures, so that it plays while it is still being loaded. */
    @Test
    void putsTheIndexOfAnMp4First() throws IOException {
        Path file = folder.resolve("clip.mp4");
        try (Arena arena = Arena.ofConfined()) {
            FlatShapes.write(file, OutputFormat.MP4_H264, FlatShapes.clip(arena, 64, 48, 5), FrameRate.of(5), TAGS);
        }
        String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertTrue(bytes.indexOf("moov") > 0 && bytes.indexOf("moov") < bytes.indexOf("mdat"));
        // The colour box: BT.709 primaries, transfer and matrix (1, 1, 1), limited range (0), ISO/IEC 23091-2.
        int colour = bytes.indexOf("colrnclx") + 8;
        assertEquals("\0\1\0\1\0\1\0", bytes.substring(colour, colour + 7));
    }

    @Test
    void replacesAFileOnlyWhenTheNewOneIsWhole() throws IOException {
        Path file = folder.resolve("clip.mp4");
        Files.writeString(file, "old");
        try (Arena arena = Arena.ofConfined()) {
            List<Frame> clip = FlatShapes.clip(arena, 16, 16, 4);
            try (VideoEncoder encoder =
                    VideoEncoder.open(file, OutputFormat.MP4_H264, 16, 16, FrameRate.of(4), Map.of())) {
                clip.forEach(encoder::accept);
                assertEquals("old", Files.readString(file));
                assertEquals(4, encoder.frames());
            }
            assertEquals("old", Files.readString(file));
            assertEquals(List.of(file), files());
            FlatShapes.write(file, OutputFormat.MP4_H264, clip, FrameRate.of(4), Map.of());
        }
        assertTrue(Files.size(file) > 100);
        assertEquals(List.of(file), files());
    }

    @Test
    void takesNamesThatLookLikeSomethingElse() {
        try (Arena arena = Arena.ofConfined()) {
            List<Frame> clip = FlatShapes.clip(arena, 16, 16, 2);
            for (String name : List.of("http:x.mp4", "a b'\"%d.mp4", "-y.mp4", "x".repeat(200) + ".mp4")) {
                Path file = folder.resolve(name);
                FlatShapes.write(file, OutputFormat.forPath(file), clip, FrameRate.of(4), Map.of());
                try (ClipReader reader = ClipReader.open(file)) {
                    assertEquals(2, reader.info().frames(), name);
                }
            }
        }
    }

    @Test
    void keepsUnusualTags() {
        Path file = folder.resolve("clip.mp4");
        Map<String, String> tags = Map.of("comment", "x".repeat(100_000), "zoetrope_version", "1.2.3");
        try (Arena arena = Arena.ofConfined()) {
            FlatShapes.write(file, OutputFormat.MP4_H264, FlatShapes.clip(arena, 16, 16, 2), FrameRate.of(4), tags);
        }
        try (ClipReader reader = ClipReader.open(file)) {
            assertEquals("1.2.3", reader.metadata().get("zoetrope_version"));
            assertEquals(100_000, reader.metadata().get("comment").length());
        }
    }

    @Test
    void refusesFramesOfAnotherSizeAndUseOutOfOrder() {
        Path file = folder.resolve("clip.mp4");
        try (Arena arena = Arena.ofConfined()) {
            Frame small = FlatShapes.clip(arena, 16, 16, 1).getFirst();
            Frame large = FlatShapes.clip(arena, 32, 16, 1).getFirst();
            VideoEncoder closed;
            try (VideoEncoder encoder =
                    VideoEncoder.open(file, OutputFormat.MP4_H264, 16, 16, FrameRate.of(4), Map.of())) {
                closed = encoder;
                assertThrows(IllegalArgumentException.class, () -> encoder.accept(large));
                OutputException empty = assertThrows(OutputException.class, encoder::finish);
                assertTrue(empty.getMessage().contains("expected at least one frame"), empty.getMessage());
                encoder.accept(small);
                encoder.finish();
                assertThrows(IllegalStateException.class, () -> encoder.accept(small));
                assertThrows(IllegalStateException.class, encoder::finish);
            }
            assertThrows(IllegalStateException.class, () -> closed.accept(small));
            closed.close();
        }
        assertEquals(List.of(file), files());
    }

    private List<Path> files() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
