package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGBA;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ420P;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.LongUnaryOperator;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of cameras, phones and other programs. */
class InputFormatsTest {
    private static final int RED = 0xE01010;
    private static final int GREEN = 0x10C020;
    private static final int BLUE = 0x1020D0;
    private static final int YELLOW = 0xE0E010;

    /** Upper left, upper right, lower left, lower right of what is stored. */
    private static final int[] STORED = {RED, GREEN, BLUE, YELLOW};

    /** Flat colours far from edges: rounding of 8-bit YCbCr and a fine quantiser, which differ by far less than colours. */
    private static final int COLOUR_LEVELS = 12;

    @TempDir
    private Path folder;

    /** Exif 2.32, 4.6.4: which stored corner is seen upper left, upper right, lower left and lower right. */
    @ParameterizedTest
    @CsvSource({"1,0123", "2,1032", "3,3210", "4,2301", "5,0213", "6,2031", "7,3120", "8,1302"})
    void turnsPhotographsUpright(int orientation, String seen) throws IOException {
        byte[] jpeg = TestMedia.picture(
                "mjpeg",
                AV_PIX_FMT_YUVJ420P,
                80,
                48,
                (row, column) -> 0xFF000000 | STORED[(row < 24 ? 0 : 2) + (column < 40 ? 0 : 1)]);
        Path file = folder.resolve("photograph.jpg");
        Files.write(file, TestMedia.withExifOrientation(jpeg, orientation));
        assertSeen(file, seen, orientation >= 5);
    }

    /** What a phone writes into an MP4: a turn, for the front camera also a mirror. */
    @ParameterizedTest
    @CsvSource({"0,false,0123", "90,false,2031", "180,false,3210", "270,false,1302", "0,true,1032", "180,true,2301"})
    void turnsClipsUpright(double clockwiseDegrees, boolean mirrored, String seen) {
        Path plain = folder.resolve("plain.mp4");
        Path turned = folder.resolve("turned.mp4");
        try (Arena arena = Arena.ofConfined()) {
            FlatShapes.write(plain, OutputFormat.MP4_H264, corners(arena, 80, 48, 3), FrameRate.of(8), Map.of());
        }
        TestMedia.remux(plain, turned, "mp4", TestMedia.held(clockwiseDegrees, mirrored), LongUnaryOperator.identity());
        assertSeen(turned, seen, clockwiseDegrees % 180 != 0);
        assertEquals(3, frames(turned));
    }

    private static void assertSeen(Path file, String seen, boolean portrait) {
        int[] expected = seen.chars().map(stored -> STORED[stored - '0']).toArray();
        try (ClipReader reader = ClipReader.open(file)) {
            assertEquals(portrait ? 48 : 80, reader.info().widthPx());
            assertEquals(portrait ? 80 : 48, reader.info().heightPx());
            assertCorners(expected, reader.next().orElseThrow());
        }
        // The same, in the size that a model wants.
        try (FootageReader reader = FootageReader.open(file, portrait ? 24 : 40, portrait ? 40 : 24, FrameRate.of(8))) {
            assertCorners(expected, reader.next().orElseThrow());
        }
    }

    private static void assertCorners(int[] expected, Frame frame) {
        int[] found = TestMedia.corners(frame);
        for (int corner = 0; corner < found.length; corner++) {
            assertTrue(
                    TestMedia.distance(expected[corner], found[corner]) <= COLOUR_LEVELS,
                    "expected " + hex(expected) + ", found " + hex(found));
        }
    }

    private static String hex(int[] colours) {
        return Arrays.toString(
                Arrays.stream(colours).mapToObj(Integer::toHexString).toArray());
    }

    private static List<Frame> corners(Arena arena, int widthPx, int heightPx, int frames) {
        List<Frame> clip = FlatShapes.clip(arena, widthPx, heightPx, frames);
        for (Frame frame : clip) {
            for (int row = 0; row < heightPx; row++) {
                for (int column = 0; column < widthPx; column++) {
                    int corner = (row < heightPx / 2 ? 0 : 2) + (column < widthPx / 2 ? 0 : 1);
                    FlatShapes.set(frame, row, column, STORED[corner]);
                }
            }
        }
        return clip;
    }

    /** A quarter clear, a quarter half clear: over white. What lies under the clear part does not show. */
    @ParameterizedTest
    @ValueSource(strings = {"png", "webp"})
    void laysTransparentPicturesOverWhite(String extension) throws IOException {
        boolean png = extension.equals("png");
        byte[] bytes = TestMedia.picture(
                png ? "png" : "libwebp",
                png ? AV_PIX_FMT_RGBA : org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_BGRA,
                64,
                48,
                (row, column) -> column < 16 ? 0x00FF0000 : column < 32 ? 0x80000000 : 0xFF0000FF);
        Path file = Files.write(folder.resolve("clear." + extension), bytes);
        try (ClipReader reader = ClipReader.open(file)) {
            assertEquals(1, reader.info().frames());
            Frame frame = reader.next().orElseThrow();
            // Measured: exact for PNG; lossy WebP moves a level or two.
            assertTrue(TestMedia.distance(0xFFFFFF, TestMedia.colour(frame, 20, 4)) <= 3);
            assertTrue(TestMedia.distance(0x7F7F7F, TestMedia.colour(frame, 20, 24)) <= 3);
            assertTrue(TestMedia.distance(0x0000FF, TestMedia.colour(frame, 20, 50)) <= 3);
            assertTrue(reader.next().isEmpty());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bmp", "ppm", "tiff", "jpg", "webp", "png"})
    void readsPicturesAsClipsOfOneFrame(String extension) throws IOException {
        String encoder = switch (extension) {
            case "jpg" -> "mjpeg";
            case "webp" -> "libwebp";
            default -> extension;
        };
        int format = switch (extension) {
            case "jpg" -> AV_PIX_FMT_YUVJ420P;
            case "webp" -> AV_PIX_FMT_YUV420P;
            case "bmp" -> org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_BGR24;
            default -> org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
        };
        byte[] bytes = TestMedia.picture(
                encoder,
                format,
                80,
                48,
                (row, column) -> 0xFF000000 | STORED[(row < 24 ? 0 : 2) + (column < 40 ? 0 : 1)]);
        Path file = Files.write(folder.resolve("still." + extension), bytes);
        try (ClipReader reader = ClipReader.open(file)) {
            assertEquals(1, reader.info().frames());
            assertEquals(80, reader.info().widthPx());
            assertCorners(STORED, reader.next().orElseThrow());
            assertTrue(reader.next().isEmpty());
        }
        // However high the rate, a picture is one frame.
        try (FootageReader reader = FootageReader.open(file, 20, 12, FrameRate.of(240))) {
            assertEquals(1, reader.info().frames());
            assertCorners(STORED, reader.next().orElseThrow());
            assertTrue(reader.next().isEmpty());
        }
    }

    /** Photographs of phones carry a second, smaller picture behind the first. */
    @Test
    void readsTheFirstOfTwoPicturesInAFile() throws IOException {
        byte[] large = TestMedia.picture("mjpeg", AV_PIX_FMT_YUVJ420P, 80, 48, (row, column) -> 0xFF000000 | RED);
        byte[] small = TestMedia.picture("mjpeg", AV_PIX_FMT_YUVJ420P, 16, 16, (row, column) -> 0xFF000000 | BLUE);
        byte[] both = Arrays.copyOf(large, large.length + small.length);
        System.arraycopy(small, 0, both, large.length, small.length);
        Path file = Files.write(folder.resolve("two.jpg"), both);
        assertEquals(1, frames(file));
    }

    /** Containers of other programs; raw streams carry neither times nor a rate. */
    @ParameterizedTest
    @CsvSource({
        "mov,MP4_H264,mov",
        "avi,WEBM_VP9,avi",
        "ts,MP4_H264,mpegts",
        "flv,MP4_H264,flv",
        "nut,MP4_H264,nut",
        "h264,MP4_H264,h264",
        "ivf,WEBM_VP9,ivf",
        "3gp,MP4_H264,3gp"
    })
    void readsOtherContainers(String extension, OutputFormat source, String muxer) {
        Path made = folder.resolve("made" + source.extension());
        Path file = folder.resolve("other." + extension);
        try (Arena arena = Arena.ofConfined()) {
            FlatShapes.write(made, source, corners(arena, 80, 48, 25), FrameRate.of(25), Map.of());
        }
        TestMedia.remux(made, file, muxer, stream -> {}, LongUnaryOperator.identity());
        try (ClipReader reader = ClipReader.open(file)) {
            assertEquals(25, reader.info().frames());
            assertEquals(FrameRate.of(25), reader.info().rate());
            // Half a frame: MPEG-TS and raw streams do not say how long the last frame is shown.
            assertEquals(1.0, reader.info().seconds(), 0.02);
            assertCorners(STORED, reader.next().orElseThrow());
        }
        assertEquals(25, frames(file));
    }

    /** AVIF is MP4's relative for pictures. */
    @Test
    void readsAvif() {
        Path made = folder.resolve("made.mkv");
        Path file = folder.resolve("still.avif");
        try (Arena arena = Arena.ofConfined()) {
            FlatShapes.write(made, OutputFormat.MKV_AV1, corners(arena, 80, 48, 1), FrameRate.of(25), Map.of());
        }
        TestMedia.remux(made, file, "avif", stream -> {}, LongUnaryOperator.identity());
        try (ClipReader reader = ClipReader.open(file)) {
            assertEquals(1, reader.info().frames());
            assertCorners(STORED, reader.next().orElseThrow());
            assertTrue(reader.next().isEmpty());
        }
    }

    /** An edit list that leaves out the beginning, as phones write it when a clip is trimmed: no frame is missing. */
    @Test
    void leavesOutWhatAnEditListLeavesOut() {
        Path made = folder.resolve("made.mp4");
        Path file = folder.resolve("trimmed.mp4");
        try (Arena arena = Arena.ofConfined()) {
            FlatShapes.write(made, OutputFormat.MP4_H264, corners(arena, 80, 48, 25), FrameRate.of(25), Map.of());
        }
        // 25 frames a second in a clock of 12800 ticks: ten frames before time 0.
        TestMedia.remux(made, file, "mp4", stream -> {}, time -> time - 10 * 512);
        assertEquals(15, frames(file));
        try (FootageReader reader = FootageReader.open(file, 40, 24, FrameRate.of(5))) {
            assertEquals(3, reader.info().frames());
        }
    }

    /** Pixels of old video are not square: 4:3 stored at 64x48 with pixels twice as wide is seen at 128x48. */
    @ParameterizedTest
    @CsvSource({"2,1,128,48", "1,2,64,96"})
    void makesPixelsSquare(int numerator, int denominator, int widthPx, int heightPx) {
        Path made = folder.resolve("made.mp4");
        Path file = folder.resolve("wide.mkv");
        try (Arena arena = Arena.ofConfined()) {
            FlatShapes.write(made, OutputFormat.MP4_H264, corners(arena, 64, 48, 2), FrameRate.of(25), Map.of());
        }
        TestMedia.remux(
                made,
                file,
                "matroska",
                stream -> {
                    try (AVRational aspect = PictureEncoder.rational(numerator, denominator)) {
                        stream.sample_aspect_ratio(aspect);
                        stream.codecpar().sample_aspect_ratio(aspect);
                    }
                },
                LongUnaryOperator.identity());
        try (ClipReader reader = ClipReader.open(file)) {
            assertEquals(widthPx, reader.info().widthPx());
            assertEquals(heightPx, reader.info().heightPx());
            assertCorners(STORED, reader.next().orElseThrow());
        }
    }

    private static long frames(Path file) {
        long frames = 0;
        try (ClipReader reader = ClipReader.open(file)) {
            while (reader.next().isPresent()) {
                frames++;
            }
            assertEquals(frames, reader.info().frames());
        }
        return frames;
    }
}
