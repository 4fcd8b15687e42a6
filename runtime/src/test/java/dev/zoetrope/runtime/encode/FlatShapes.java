package dev.zoetrope.runtime.encode;

import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Test pictures like those of the shipped model: a disc and a square in plain colours on a plain background. */
final class FlatShapes {
    private FlatShapes() {}

    /** Frames of their own memory, padded. */
    static List<Frame> clip(Arena arena, int widthPx, int heightPx, int frames) {
        List<Frame> clip = new ArrayList<>();
        for (int index = 0; index < frames; index++) {
            int stride = widthPx * Frame.PIXEL_BYTES;
            MemorySegment pixels = arena.allocate((long) stride * heightPx + Frame.PADDING_BYTES);
            Frame frame = Frame.packed(pixels, widthPx, heightPx, index);
            draw(frame, index);
            clip.add(frame);
        }
        return clip;
    }

    static void draw(Frame frame, int index) {
        int width = frame.widthPx();
        int height = frame.heightPx();
        double centre = (index * 3.0) % width;
        for (int row = 0; row < height; row++) {
            for (int column = 0; column < width; column++) {
                boolean disc = Math.hypot(column - centre, row - height / 2.0) < height / 5.0;
                boolean square = column > width * 5 / 8 && column < width * 7 / 8 && row < height / 3;
                int colour = disc ? 0xE61E1E : square ? 0xF0D020 : row > height / 2 ? 0x1E64A0 : 0x283C78;
                set(frame, row, column, colour);
            }
        }
    }

    static void set(Frame frame, int row, int column, int colour) {
        long offset = (long) row * frame.strideBytes() + (long) column * Frame.PIXEL_BYTES;
        frame.pixels().set(ValueLayout.JAVA_BYTE, offset, (byte) (colour >> 16));
        frame.pixels().set(ValueLayout.JAVA_BYTE, offset + 1, (byte) (colour >> 8));
        frame.pixels().set(ValueLayout.JAVA_BYTE, offset + 2, (byte) colour);
    }

    static int get(Frame frame, int row, int column, int channel) {
        long offset = (long) row * frame.strideBytes() + (long) column * Frame.PIXEL_BYTES + channel;
        return frame.pixels().get(ValueLayout.JAVA_BYTE, offset) & 0xFF;
    }

    /** Peak signal to noise ratio of the brightness, in dB; BT.709 weights. */
    static double lumaPsnr(Frame expected, Frame found) {
        double sum = 0;
        for (int row = 0; row < expected.heightPx(); row++) {
            for (int column = 0; column < expected.widthPx(); column++) {
                double difference = luma(expected, row, column) - luma(found, row, column);
                sum += difference * difference;
            }
        }
        double mean = sum / ((double) expected.heightPx() * expected.widthPx());
        return 10 * Math.log10(255.0 * 255.0 / Math.max(mean, 1e-9));
    }

    /** Peak signal to noise ratio over the three channels, in dB. */
    static double rgbPsnr(Frame expected, Frame found) {
        double sum = 0;
        for (int row = 0; row < expected.heightPx(); row++) {
            for (int column = 0; column < expected.widthPx(); column++) {
                for (int channel = 0; channel < Frame.PIXEL_BYTES; channel++) {
                    double difference = get(expected, row, column, channel) - get(found, row, column, channel);
                    sum += difference * difference;
                }
            }
        }
        double mean = sum / ((double) expected.heightPx() * expected.widthPx() * Frame.PIXEL_BYTES);
        return 10 * Math.log10(255.0 * 255.0 / Math.max(mean, 1e-9));
    }

    private static double luma(Frame frame, int row, int column) {
        return 0.2126 * get(frame, row, column, 0)
                + 0.7152 * get(frame, row, column, 1)
                + 0.0722 * get(frame, row, column, 2);
    }

    static void write(Path target, OutputFormat format, List<Frame> clip, FrameRate rate, Map<String, String> tags) {
        try (VideoEncoder encoder = VideoEncoder.open(
                target, format, clip.getFirst().widthPx(), clip.getFirst().heightPx(), rate, tags)) {
            clip.forEach(encoder::accept);
            encoder.finish();
        }
    }
}
