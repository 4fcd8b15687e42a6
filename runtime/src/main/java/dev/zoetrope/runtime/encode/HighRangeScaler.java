package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_ARIB_STD_B67;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB48;

import dev.zoetrope.runtime.frame.Frame;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/**
 * Pictures with a high dynamic range, as phones take them, brought down to sRGB: white paper (203 cd/m², ITU-R BT.2408) is
 * white, what is darker keeps its light, what is brighter or more colourful than sRGB is cut off.
 *
 * <p>swscale could do this too, but takes seconds for each clip to fill its tables; both agree within two levels on greys.
 */
final class HighRangeScaler implements PictureScaler {
    /* Road of a pixel: 16-bit R'G'B' -> light (PQ: of the display; HLG: of the scene, then the display's by BT.2100, table
     * 5) -> from the primaries of BT.2020 to those of BT.709 (BT.2087, the inverse of its matrix M2) -> sRGB. */

    private static final double WHITE_NITS = 203;
    private static final double HLG_PEAK_NITS = 1000;
    private static final double HLG_GAMMA = 1.2;
    private static final double PQ_PEAK_NITS = 10_000;
    private static final int CODES = 1 << 16;

    /** So fine that the steepest part of sRGB, at black, moves by less than a quarter of a level. */
    private static final int LIGHT_STEPS = 1 << 14;

    private static final int SAMPLE_BYTES = 2;
    private static final int PIXEL_BYTES = 3 * SAMPLE_BYTES;
    private static final int ROW_ALIGNMENT_BYTES = 64;

    private final int widthPx;
    private final int heightPx;
    private final boolean sceneLight;
    private final float[] light = new float[CODES];
    private final byte[] levels = new byte[LIGHT_STEPS + 1];
    private final PictureScaler.OfStandardRange scaler;
    private final Arena arena = Arena.ofShared();
    private final int strideBytes;
    private final MemorySegment wide;

    @SuppressWarnings("MustBeClosed") // close() frees the arena
    HighRangeScaler(AVFrame example, int widthPx, int heightPx) {
        this.widthPx = widthPx;
        this.heightPx = heightPx;
        this.sceneLight = example.color_trc() == AVCOL_TRC_ARIB_STD_B67;
        this.scaler = new PictureScaler.OfStandardRange(example, widthPx, heightPx, AV_PIX_FMT_RGB48);
        this.strideBytes = Math.ceilDiv(widthPx * PIXEL_BYTES, ROW_ALIGNMENT_BYTES) * ROW_ALIGNMENT_BYTES;
        this.wide = arena.allocate((long) strideBytes * heightPx + Frame.PADDING_BYTES, ROW_ALIGNMENT_BYTES);
        for (int code = 0; code < CODES; code++) {
            double signal = code / (double) (CODES - 1);
            light[code] = (float) (sceneLight ? sceneLight(signal) : displayNits(signal) / WHITE_NITS);
        }
        for (int step = 0; step <= LIGHT_STEPS; step++) {
            levels[step] = (byte) Math.round(255 * standardSignal(step / (double) LIGHT_STEPS));
        }
    }

    /** The light of a PQ signal (SMPTE ST 2084, equation 4.1) in cd/m². */
    private static double displayNits(double signal) {
        double power = Math.pow(signal, 1 / (2523 / 4096.0 * 128));
        double ratio = Math.max(power - 3424 / 4096.0, 0) / (2413 / 4096.0 * 32 - 2392 / 4096.0 * 32 * power);
        return PQ_PEAK_NITS * Math.pow(ratio, 1 / (2610 / 16384.0));
    }

    /** The scene's light of an HLG signal, from 0 to 1 (BT.2100, table 5, inverse OETF). */
    private static double sceneLight(double signal) {
        double a = 0.17883277;
        double b = 1 - 4 * a;
        double c = 0.5 - a * Math.log(4 * a);
        return signal <= 0.5 ? signal * signal / 3 : (Math.exp((signal - c) / a) + b) / 12;
    }

    /** IEC 61966-2-1. */
    private static double standardSignal(double light) {
        return light <= 0.0031308 ? 12.92 * light : 1.055 * Math.pow(light, 1 / 2.4) - 0.055;
    }

    @Override
    public void scale(AVFrame picture, MemorySegment pixels, int targetStrideBytes) throws FfmpegException {
        scaler.scale(picture, wide, strideBytes);
        for (int row = 0; row < heightPx; row++) {
            long source = (long) row * strideBytes;
            long target = (long) row * targetStrideBytes;
            for (int column = 0; column < widthPx; column++) {
                map(source, pixels, target);
                source += PIXEL_BYTES;
                target += Frame.PIXEL_BYTES;
            }
        }
    }

    private void map(long source, MemorySegment pixels, long target) {
        float red = light(source);
        float green = light(source + SAMPLE_BYTES);
        float blue = light(source + 2 * SAMPLE_BYTES);
        if (sceneLight) {
            double luminance = 0.2627 * red + 0.6780 * green + 0.0593 * blue;
            float gain = (float) (HLG_PEAK_NITS / WHITE_NITS * Math.pow(luminance, HLG_GAMMA - 1));
            red *= gain;
            green *= gain;
            blue *= gain;
        }
        put(pixels, target, 1.6605f * red - 0.5876f * green - 0.0728f * blue);
        put(pixels, target + 1, -0.1246f * red + 1.1329f * green - 0.0083f * blue);
        put(pixels, target + 2, -0.0182f * red - 0.1006f * green + 1.1187f * blue);
    }

    private float light(long offset) {
        return light[wide.get(ValueLayout.JAVA_SHORT, offset) & (CODES - 1)];
    }

    private void put(MemorySegment pixels, long offset, float value) {
        int step = Math.round(Math.clamp(value, 0f, 1f) * LIGHT_STEPS);
        pixels.set(ValueLayout.JAVA_BYTE, offset, levels[step]);
    }

    @Override
    public void close() {
        scaler.close();
        arena.close();
    }
}
