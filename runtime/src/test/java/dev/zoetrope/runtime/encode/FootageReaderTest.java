package dev.zoetrope.runtime.encode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FootageReaderTest {
    /** Grey levels of the test clips lie this far apart, so that codecs cannot confuse two frames. */
    private static final int LEVEL_STEP = 10;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {".mp4", ".webm", ".mkv", ".gif"})
    void givesEveryFrameOnceAtItsOwnRate(String extension) {
        for (FrameRate rate : List.of(FrameRate.of(12), FrameRate.of(24), FrameRate.parse("24000/1001"))) {
            Path file = greys(extension, 20, rate);
            assertArrayEquals(sequence(20, 1), numbers(file, rate), extension + " at " + rate);
        }
    }

    /** Both sides of every rounding of time stamps: 10 frames a second to half, double, and rates in between. */
    @ParameterizedTest
    @CsvSource({
        "5,0 2 4 6 8",
        "20,0 0 1 1 2 2 3 3 4 4 5 5 6 6 7 7 8 8 9 9",
        "8,0 1 2 3 5 6 7 8",
        "15,0 0 1 2 2 3 4 4 5 6 6 7 8 8 9",
        "1,0"
    })
    void leavesFramesOutAndRepeatsThem(String rate, String expected) {
        for (String extension : List.of(".mp4", ".webm", ".gif")) {
            Path file = greys(extension, 10, FrameRate.of(10));
            assertEquals(expected, text(numbers(file, FrameRate.parse(rate))), extension);
        }
    }

    /** Frames at 0, 0.1, 0.2, 0.8, 0.9 and 1.6 seconds, as a screen recorder writes them. */
    @ParameterizedTest
    @ValueSource(strings = {"mp4", "matroska"})
    void keepsThePaceOfUnevenFrames(String muxer) {
        Path even = greys(".mkv", 6, FrameRate.of(10));
        Path file = folder.resolve("uneven." + (muxer.equals("mp4") ? "mp4" : "mkv"));
        long[] tenths = {0, 1, 2, 8, 9, 16};
        TestMedia.remux(even, file, muxer, stream -> {}, time -> 100 * tenths[(int) Math.round(time / 100.0)]);
        // The last frame is shown for a tenth of a second, or for a 25th where the file does not say.
        assertEquals("0 2 2 2 3 4 4 4 5", text(numbers(file, FrameRate.of(5))));
        try (ClipReader reader = ClipReader.open(file)) {
            assertEquals(6, reader.info().frames());
            assertTrue(reader.info().seconds() > 1.6, reader.info().toString());
        }
    }

    /** A wide picture for a square: the middle is kept, left and right are cut. */
    @Test
    void coversTheSizeAndCutsAtTheCentre() {
        Path file = folder.resolve("bands.mp4");
        try (Arena arena = Arena.ofConfined()) {
            List<Frame> clip = FlatShapes.clip(arena, 120, 40, 1);
            paint(clip.getFirst(), column -> column < 40 ? 0x202020 : column < 80 ? 0x808080 : 0xE0E0E0);
            FlatShapes.write(file, OutputFormat.MP4_H264, clip, FrameRate.of(8), Map.of());
        }
        for (int side : new int[] {16, 40, 100}) {
            try (FootageReader reader = FootageReader.open(file, side, side, FrameRate.of(8))) {
                Frame frame = reader.next().orElseThrow();
                assertEquals(side, frame.widthPx());
                assertEquals(side, frame.heightPx());
                assertTrue(frame.isPadded());
                // The outermost eighth may hold a blurred edge.
                for (int column = side / 8; column < side - side / 8; column++) {
                    assertEquals(0x80, FlatShapes.get(frame, side / 2, column, 1), 4, side + " px, column " + column);
                }
            }
        }
        // Twice as wide as high, a third of the height: all three bands, in their places.
        try (FootageReader reader = FootageReader.open(file, 60, 20, FrameRate.of(8))) {
            Frame frame = reader.next().orElseThrow();
            assertEquals(0x20, FlatShapes.get(frame, 10, 5, 1), 4);
            assertEquals(0x80, FlatShapes.get(frame, 10, 30, 1), 4);
            assertEquals(0xE0, FlatShapes.get(frame, 10, 55, 1), 4);
        }
    }

    /** At the file's own size and rate nothing is changed at all. */
    @Test
    void givesTheSamePixelsAsTheClipReader() {
        Path file = folder.resolve("shapes.mp4");
        try (Arena arena = Arena.ofConfined()) {
            FlatShapes.write(file, OutputFormat.MP4_H264, FlatShapes.clip(arena, 62, 50, 5), FrameRate.of(8), Map.of());
        }
        try (ClipReader clip = ClipReader.open(file);
                FootageReader footage = FootageReader.open(file, 62, 50, FrameRate.of(8))) {
            assertEquals(clip.info(), footage.info());
            for (int index = 0; index < 5; index++) {
                Frame expected = clip.next().orElseThrow();
                Frame found = footage.next().orElseThrow();
                assertEquals(expected.index(), found.index());
                assertEquals(Double.POSITIVE_INFINITY, exact(FlatShapes.rgbPsnr(expected, found)));
            }
            assertTrue(footage.next().isEmpty());
            assertTrue(footage.next().isEmpty());
        }
    }

    /** Above 130 dB the mean squared error is below that of one level in one channel of one pixel. */
    private static double exact(double psnr) {
        return psnr > 130 ? Double.POSITIVE_INFINITY : psnr;
    }

    @Test
    @SuppressWarnings("try") // the early close is what is tested
    void refusesWhatCannotBe() {
        assertThrows(OutputException.class, () -> numbers(folder.resolve("none.mp4"), FrameRate.of(8)));
        Path file = greys(".mp4", 2, FrameRate.of(8));
        RequestException size = assertThrows(RequestException.class, () -> {
            try (FootageReader reader = FootageReader.open(file, 0, 16, FrameRate.of(8))) {
                reader.next();
            }
        });
        assertTrue(size.getMessage().contains("found 0x16"), size.getMessage());
        try (FootageReader reader = FootageReader.open(file, 16, 16, FrameRate.of(8))) {
            reader.close();
            assertThrows(IllegalStateException.class, reader::next);
        }
    }

    /** A clip whose frames are numbered by their brightness. */
    private Path greys(String extension, int frames, FrameRate rate) {
        Path file = folder.resolve("greys" + extension);
        try (Arena arena = Arena.ofConfined()) {
            List<Frame> clip = FlatShapes.clip(arena, 32, 32, frames);
            for (Frame frame : clip) {
                int level = 20 + LEVEL_STEP * (int) frame.index();
                paint(frame, column -> level << 16 | level << 8 | level);
            }
            FlatShapes.write(file, OutputFormat.forPath(file), clip, rate, Map.of());
        }
        return file;
    }

    private static void paint(Frame frame, java.util.function.IntUnaryOperator colourOfColumn) {
        for (int row = 0; row < frame.heightPx(); row++) {
            for (int column = 0; column < frame.widthPx(); column++) {
                FlatShapes.set(frame, row, column, colourOfColumn.applyAsInt(column));
            }
        }
    }

    /** Reads the numbers back, at another size; the reader's own count has to be right. */
    private static int[] numbers(Path file, FrameRate rate) {
        List<Integer> numbers = new ArrayList<>();
        try (FootageReader reader = FootageReader.open(file, 16, 16, rate)) {
            for (Optional<Frame> frame = reader.next(); frame.isPresent(); frame = reader.next()) {
                assertEquals(numbers.size(), frame.get().index());
                int level = frame.get()
                                .pixels()
                                .get(ValueLayout.JAVA_BYTE, 8L * frame.get().strideBytes() + 25)
                        & 0xFF;
                numbers.add(Math.round((level - 20) / (float) LEVEL_STEP));
            }
            assertEquals(numbers.size(), reader.info().frames(), file + " at " + rate);
            assertEquals(rate, reader.info().rate());
        }
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    private static int[] sequence(int count, int step) {
        int[] sequence = new int[count];
        for (int index = 0; index < count; index++) {
            sequence[index] = index * step;
        }
        return sequence;
    }

    private static String text(int[] numbers) {
        StringBuilder text = new StringBuilder();
        for (int number : numbers) {
            text.append(text.isEmpty() ? "" : " ").append(number);
        }
        return text.toString();
    }
}
