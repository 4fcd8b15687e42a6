package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avutil.AVCOL_PRI_BT2020;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_PRI_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_JPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_MPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT2020_NCL;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT470BG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_UNSPECIFIED;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_ARIB_STD_B67;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_SMPTE2084;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P10;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.frame.Frame;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.ShortPointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Colours against the equations of the standards. */
class PictureScalerTest {
    /** Rounding of 10-bit YCbCr and of 8-bit RGB. */
    private static final int ROUNDING_LEVELS = 2;

    /**
     * Red, green and blue of full strength as 10-bit YCbCr: Y = Kr R + Kg G + Kb B, Cb = (B - Y) / (2 - 2 Kb), Cr = (R - Y)
     * / (2 - 2 Kr), with Kr and Kb of the tagged standard.
     */
    @ParameterizedTest
    @CsvSource({"709", "601", "2020"})
    void goesByTheTaggedMatrixAndRange(int standard) throws FfmpegException {
        double red = standard == 709 ? 0.2126 : standard == 601 ? 0.299 : 0.2627;
        double blue = standard == 709 ? 0.0722 : standard == 601 ? 0.114 : 0.0593;
        int space = standard == 709 ? AVCOL_SPC_BT709 : standard == 601 ? AVCOL_SPC_BT470BG : AVCOL_SPC_BT2020_NCL;
        for (boolean full : new boolean[] {false, true}) {
            for (int colour : new int[] {0xFF0000, 0x00FF00, 0x0000FF, 0x808080}) {
                int found = shown(picture(colour, red, blue, full, space, AVCOL_TRC_BT709, 1920, 1080));
                assertTrue(
                        TestMedia.distance(colour, found) <= ROUNDING_LEVELS,
                        standard + ": " + Integer.toHexString(colour) + " became " + Integer.toHexString(found));
            }
        }
    }

    /** Without a tag, small pictures are taken for BT.601 and large ones for BT.709. */
    @Test
    void guessesTheMatrixBySize() throws FfmpegException {
        int small = shown(picture(0xFF0000, 0.299, 0.114, false, AVCOL_SPC_UNSPECIFIED, AVCOL_TRC_BT709, 720, 576));
        assertTrue(TestMedia.distance(0xFF0000, small) <= ROUNDING_LEVELS, Integer.toHexString(small));
        int large = shown(picture(0xFF0000, 0.2126, 0.0722, false, AVCOL_SPC_UNSPECIFIED, AVCOL_TRC_BT709, 1280, 720));
        assertTrue(TestMedia.distance(0xFF0000, large) <= ROUNDING_LEVELS, Integer.toHexString(large));
    }

    /**
     * Greys with the level that the standards give: PQ signals of 0, 10, 100, 203 and 1000 cd/m² (SMPTE ST 2084, annex), HLG
     * signals of 50 and 75 %, which a display of 1000 cd/m² shows with 50.7 and 203 cd/m² (BT.2408, table 1), each over 203
     * and by the curve of sRGB. FFmpeg 8.1's own mapping gives 185 for 100 cd/m² and 253 for 203.
     */
    @ParameterizedTest
    @CsvSource({
        "PQ,0,0",
        "PQ,0.2997,63",
        "PQ,0.5081,186",
        "PQ,0.5807,255",
        "PQ,0.7518,255",
        "HLG,0,0",
        "HLG,0.5,137",
        "HLG,0.75,255"
    })
    void bringsHighRangeDown(String light, double signal, int level) throws FfmpegException {
        int transfer = light.equals("PQ") ? AVCOL_TRC_SMPTE2084 : AVCOL_TRC_ARIB_STD_B67;
        AVFrame picture = frame(false, AVCOL_SPC_BT2020_NCL, transfer, 64, 48);
        fill(picture, new double[] {64 + 876 * signal, 512, 512});
        int found = shown(picture);
        // A step of 10-bit PQ is 1.2 levels here.
        assertTrue(TestMedia.distance(level * 0x010101, found) <= 2, Integer.toHexString(found));
    }

    /** A red of BT.709, as a camera with the wider primaries of BT.2020 writes it (BT.2087, matrix M2), is that red. */
    @Test
    void takesWidePrimariesToThoseOfTheWeb() throws FfmpegException {
        // PQ of 203 cd/m² times 0.6274, 0.0691 and 0.0164: 0.5325, 0.3270 and 0.2201
        double[] signal = {0.5325, 0.3270, 0.2201};
        double luma = 0.2627 * signal[0] + 0.6780 * signal[1] + 0.0593 * signal[2];
        AVFrame picture = frame(false, AVCOL_SPC_BT2020_NCL, AVCOL_TRC_SMPTE2084, 64, 48);
        fill(picture, new double[] {
            64 + 876 * luma,
            512 + 896 * (signal[2] - luma) / (2 - 2 * 0.0593),
            512 + 896 * (signal[0] - luma) / (2 - 2 * 0.2627)
        });
        int found = shown(picture);
        // Small amounts of light are steep in sRGB: a rounding of 10-bit colour is a dozen levels of green or blue.
        assertTrue(TestMedia.distance(0xFF0000, found) <= 24, Integer.toHexString(found));
    }

    private static AVFrame picture(
            int colour,
            double redWeight,
            double blueWeight,
            boolean full,
            int space,
            int transfer,
            int width,
            int height) {
        double red = (colour >> 16) / 255.0;
        double green = (colour >> 8 & 0xFF) / 255.0;
        double blue = (colour & 0xFF) / 255.0;
        double luma = redWeight * red + (1 - redWeight - blueWeight) * green + blueWeight * blue;
        double[] values = {luma, (blue - luma) / (2 - 2 * blueWeight), (red - luma) / (2 - 2 * redWeight)};
        AVFrame frame = frame(full, space, transfer, width, height);
        double[] codes = new double[values.length];
        for (int plane = 0; plane < values.length; plane++) {
            double lumaScale = full ? 1023 : 876;
            double chromaScale = full ? 1023 : 896;
            codes[plane] = plane == 0 ? (full ? 0 : 64) + lumaScale * values[0] : 512 + chromaScale * values[plane];
        }
        fill(frame, codes);
        return frame;
    }

    private static AVFrame frame(boolean full, int space, int transfer, int width, int height) {
        Ffmpeg.load();
        AVFrame frame = avutil.av_frame_alloc();
        boolean wide = transfer != AVCOL_TRC_BT709;
        frame.width(width)
                .height(height)
                .format(AV_PIX_FMT_YUV420P10)
                .colorspace(space)
                .color_trc(transfer)
                .color_primaries(wide ? AVCOL_PRI_BT2020 : AVCOL_PRI_BT709)
                .color_range(full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG);
        assertTrue(avutil.av_frame_get_buffer(frame, 0) >= 0);
        return frame;
    }

    private static void fill(AVFrame frame, double[] codes) {
        for (int plane = 0; plane < codes.length; plane++) {
            ShortPointer samples = new ShortPointer(frame.data(plane));
            int rows = plane == 0 ? frame.height() : frame.height() / 2;
            long count = (long) frame.linesize(plane) / Short.BYTES * rows;
            for (long sample = 0; sample < count; sample++) {
                samples.put(sample, (short) Math.min(1023, Math.round(codes[plane])));
            }
        }
    }

    /** The colour in the middle, scaled to a quarter. */
    private static int shown(AVFrame picture) throws FfmpegException {
        int width = picture.width() / 4;
        int height = picture.height() / 4;
        try (FrameReader reader =
                new FrameReader(picture, new FrameReader.Fit(width, height, width, height), Orientation.UPRIGHT)) {
            Frame frame = reader.read(picture, 0);
            return TestMedia.colour(frame, height / 2, width / 2);
        } finally {
            avutil.av_frame_free(picture);
        }
    }
}
