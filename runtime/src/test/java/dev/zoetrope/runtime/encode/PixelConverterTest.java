package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_BGRA;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.zoetrope.runtime.frame.Frame;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avutil;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PixelConverterTest {
    @BeforeAll
    static void load() {
        Ffmpeg.load();
    }

    /** Two slices, the last from a padded copy, give the bytes of one conversion in place. */
    @ParameterizedTest
    @CsvSource({"2, 2", "62, 50", "72, 64", "318, 200", "64, 64", "130, 66", "4, 6"})
    void convertsAnUnpaddedFrameTheSame(int width, int height) throws FfmpegException {
        for (int format : new int[] {AV_PIX_FMT_YUV420P, AV_PIX_FMT_BGRA, AV_PIX_FMT_RGB24}) {
            assertSame(width, height, format);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "33, 17", "1, 8", "7, 3"})
    void convertsOddSizes(int width, int height) throws FfmpegException {
        assertSame(width, height, AV_PIX_FMT_BGRA);
        assertSame(width, height, AV_PIX_FMT_RGB24);
    }

    private static void assertSame(int width, int height, int format) throws FfmpegException {
        try (Arena arena = Arena.ofConfined()) {
            long bytes = (long) width * height * Frame.PIXEL_BYTES;
            MemorySegment exact = arena.allocate(bytes);
            MemorySegment padded = arena.allocate(bytes + Frame.PADDING_BYTES);
            Random random = new Random(width * 1000L + height);
            for (long offset = 0; offset < bytes; offset++) {
                exact.set(ValueLayout.JAVA_BYTE, offset, (byte) random.nextInt());
            }
            MemorySegment.copy(exact, 0, padded, 0, bytes);
            assertArrayEquals(
                    convert(Frame.packed(padded, width, height, 0), format),
                    convert(Frame.packed(exact, width, height, 0), format),
                    () -> width + "x" + height + " to format " + format);
        }
    }

    /**
     * Plain colours by the equations of BT.709 with limited range: Y = 16 + 219 (0.2126 R + 0.7152 G + 0.0722 B), and
     * so on, rounded. BT.601 would give red 81 instead of 63. One level of slack for swscale's fixed-point matrix.
     */
    @ParameterizedTest
    @CsvSource({
        "FF0000, 63, 102, 240",
        "00FF00, 173, 42, 26",
        "0000FF, 32, 240, 118",
        "FFFFFF, 235, 128, 128",
        "000000, 16, 128, 128",
        "808080, 126, 128, 128"
    })
    void usesTheMatrixItSays(String colour, int luma, int blueDifference, int redDifference) throws FfmpegException {
        try (Arena arena = Arena.ofConfined()) {
            Frame frame = FlatShapes.clip(arena, 16, 16, 1).getFirst();
            for (int row = 0; row < 16; row++) {
                for (int column = 0; column < 16; column++) {
                    FlatShapes.set(frame, row, column, Integer.parseInt(colour, 16));
                }
            }
            byte[] planes = convert(frame, AV_PIX_FMT_YUV420P);
            assertEquals(luma, planes[8 * 16 + 8] & 0xFF, 1);
            assertEquals(blueDifference, planes[256 + 4 * 8 + 4] & 0xFF, 1);
            assertEquals(redDifference, planes[256 + 64 + 4 * 8 + 4] & 0xFF, 1);
        }
    }

    @Test
    void keepsRgbAsItIs() throws FfmpegException {
        try (Arena arena = Arena.ofConfined()) {
            Frame frame = FlatShapes.clip(arena, 31, 9, 1).getFirst();
            byte[] expected =
                    frame.pixels().asSlice(0, 31L * 9 * Frame.PIXEL_BYTES).toArray(ValueLayout.JAVA_BYTE);
            assertArrayEquals(expected, convert(frame, AV_PIX_FMT_RGB24));
        }
    }

    /** The pixels of every plane, without the gaps between rows. */
    private static byte[] convert(Frame frame, int format) throws FfmpegException {
        AVFrame target = avutil.av_frame_alloc();
        target.width(frame.widthPx()).height(frame.heightPx()).format(format);
        Ffmpeg.check(avutil.av_frame_get_buffer(target, 0), "allocating a frame");
        try (PixelConverter converter = new PixelConverter(frame.widthPx(), frame.heightPx(), format)) {
            converter.convert(frame, target);
            ByteArrayOutputStream pixels = new ByteArrayOutputStream();
            boolean planar = format == AV_PIX_FMT_YUV420P;
            for (int plane = 0; plane < (planar ? 3 : 1); plane++) {
                int shift = plane > 0 ? 1 : 0;
                int pixelBytes = planar ? 1 : format == AV_PIX_FMT_BGRA ? 4 : 3;
                int rowBytes = (frame.widthPx() >> shift) * pixelBytes;
                for (int row = 0; row < frame.heightPx() >> shift; row++) {
                    byte[] bytes = new byte[rowBytes];
                    target.data(plane)
                            .position((long) row * target.linesize(plane))
                            .get(bytes);
                    pixels.writeBytes(bytes);
                }
            }
            return pixels.toByteArray();
        } finally {
            avutil.av_frame_free(target);
        }
    }
}
