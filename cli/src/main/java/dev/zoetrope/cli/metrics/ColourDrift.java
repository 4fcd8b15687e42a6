package dev.zoetrope.cli.metrics;

import boofcv.alg.color.ColorLab;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameSink;
import java.util.ArrayList;
import java.util.List;

/**
 * Follows the colours of a clip: mean and standard deviation of every second in CIE Lab (white D65), and how far each is
 * from the first second's. Holds six sums a second.
 */
public final class ColourDrift implements FrameSink {
    /** Pixels looked at in a frame, about; more of a large frame would change no mean that can be seen. */
    private static final int SAMPLED_PIXELS = 65_536;

    private static final int CHANNELS = 3;

    private final double framesPerSecond;
    private final List<Sums> seconds = new ArrayList<>();
    private final double[] lab = new double[CHANNELS];
    private long frames;

    /** A point of the Lab space, or a spread along its axes. */
    public record Lab(double lightness, double greenRed, double blueYellow) {
        /** The straight distance, CIE 1976. */
        public double distance(Lab other) {
            return Math.hypot(
                    Math.hypot(lightness - other.lightness, greenRed - other.greenRed), blueYellow - other.blueYellow);
        }
    }

    /**
     * The colours of one second.
     *
     * @param mean mean colour of all pixels of this second
     * @param deviation standard deviation of lightness and the two colour axes
     * @param meanDistance distance of the mean to the first second's
     * @param deviationDistance distance of the deviation to the first second's
     */
    public record Second(Lab mean, Lab deviation, double meanDistance, double deviationDistance) {}

    /** Every second, from the first one, whose distances are 0. */
    public record Report(List<Second> seconds) {
        public Report {
            seconds = List.copyOf(seconds);
        }

        /** How far the mean colour of the last second is from the first one's. */
        public double last() {
            return seconds.getLast().meanDistance();
        }

        public double largest() {
            return seconds.stream().mapToDouble(Second::meanDistance).max().orElseThrow();
        }

        /** The same of the deviations: contrast and colourfulness. */
        public double lastDeviation() {
            return seconds.getLast().deviationDistance();
        }

        public double largestDeviation() {
            return seconds.stream().mapToDouble(Second::deviationDistance).max().orElseThrow();
        }
    }

    /** Sums over the pixels of one second. */
    private static final class Sums {
        private final double[] sum = new double[CHANNELS];
        private final double[] squares = new double[CHANNELS];
        private long pixels;
        private long frames;

        void add(double[] lab) {
            for (int channel = 0; channel < CHANNELS; channel++) {
                sum[channel] += lab[channel];
                squares[channel] += lab[channel] * lab[channel];
            }
            pixels++;
        }

        Sums plus(Sums other) {
            Sums both = new Sums();
            for (int channel = 0; channel < CHANNELS; channel++) {
                both.sum[channel] = sum[channel] + other.sum[channel];
                both.squares[channel] = squares[channel] + other.squares[channel];
            }
            both.pixels = pixels + other.pixels;
            both.frames = frames + other.frames;
            return both;
        }

        Lab mean() {
            return new Lab(sum[0] / pixels, sum[1] / pixels, sum[2] / pixels);
        }

        Lab deviation() {
            return new Lab(deviation(0), deviation(1), deviation(2));
        }

        private double deviation(int channel) {
            double mean = sum[channel] / pixels;
            return Math.sqrt(Math.max(0, squares[channel] / pixels - mean * mean));
        }
    }

    public ColourDrift(double framesPerSecond) {
        this.framesPerSecond = framesPerSecond;
    }

    @Override
    public void accept(Frame frame) {
        Picture picture = Picture.of(frame);
        int second = (int) Math.floor(frames / framesPerSecond);
        while (seconds.size() <= second) {
            seconds.add(new Sums());
        }
        add(picture, seconds.get(second));
        frames++;
    }

    private void add(Picture picture, Sums sums) {
        int step = Math.max(1, (int) Math.sqrt((double) picture.pixels() / SAMPLED_PIXELS));
        for (int y = 0; y < picture.heightPx(); y += step) {
            for (int x = 0; x < picture.widthPx(); x += step) {
                int red = (y * picture.widthPx() + x) * Frame.PIXEL_BYTES;
                ColorLab.rgbToLab(picture.sample(red), picture.sample(red + 1), picture.sample(red + 2), lab);
                sums.add(lab);
            }
        }
        sums.frames++;
    }

    /** What was found so far; a rest shorter than half a second counts with the second before it. */
    public Report report() {
        if (frames == 0) {
            throw new IllegalStateException("colour drift: expected frames, found none");
        }
        // Below one frame a second, some seconds have no frame.
        List<Sums> whole =
                new ArrayList<>(seconds.stream().filter(sums -> sums.frames > 0).toList());
        if (whole.size() > 1 && whole.getLast().frames < framesPerSecond / 2) {
            Sums rest = whole.removeLast();
            whole.add(whole.removeLast().plus(rest));
        }
        Lab firstMean = whole.getFirst().mean();
        Lab firstDeviation = whole.getFirst().deviation();
        return new Report(whole.stream()
                .map(sums -> new Second(
                        sums.mean(),
                        sums.deviation(),
                        sums.mean().distance(firstMean),
                        sums.deviation().distance(firstDeviation)))
                .toList());
    }

    @Override
    public void close() {
        // Nothing native is held.
    }
}
