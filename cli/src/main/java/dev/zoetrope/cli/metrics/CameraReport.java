package dev.zoetrope.cli.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How the camera moves, in its own terms: when it pans right, the picture moves left.
 *
 * @param panPxPerSecond to the right where positive
 * @param tiltPxPerSecond downwards where positive
 * @param zoomPerSecond growth of the picture in one second: above 1 is in, below 1 out
 * @param measuredShare share of the pairs of frames in which a motion was found; the others had too few corners
 * @param words such as {@code pan left}; several when motions are mixed, {@link Word#STATIC} alone when there is none,
 *     {@link Word#UNKNOWN} alone when less than half could be measured
 */
public record CameraReport(
        double panPxPerSecond, double tiltPxPerSecond, double zoomPerSecond, double measuredShare, List<Word> words) {
    /** A pan or tilt is named from this share of the frame's shorter side a second. */
    public static final double NAMED_SHIFT = 0.03;

    /** A zoom is named from this growth a second, or its inverse. */
    public static final double NAMED_ZOOM = 1.05;

    /** What prompts call it. */
    public enum Word {
        PAN_LEFT,
        PAN_RIGHT,
        TILT_UP,
        TILT_DOWN,
        ZOOM_IN,
        ZOOM_OUT,
        STATIC,
        UNKNOWN;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    public CameraReport {
        words = List.copyOf(words);
    }

    /**
     * The median over all spans of a second: a single pair would be 0 or 1 px for a slow pan that is drawn in whole pixels.
     */
    static CameraReport of(List<Optional<CameraMotion.Step>> steps, double framesPerSecond, int shorterSidePx) {
        int span = Math.clamp(Math.round(framesPerSecond), 1, Math.max(1, steps.size()));
        List<CameraMotion.Step> seconds = new ArrayList<>();
        for (int start = 0; start + span <= steps.size(); start++) {
            mean(steps.subList(start, start + span)).ifPresent(seconds::add);
        }
        long measured = steps.stream().filter(Optional::isPresent).count();
        double share = steps.isEmpty() ? 0 : (double) measured / steps.size();
        if (share < 0.5 || seconds.isEmpty()) {
            return new CameraReport(0, 0, 1, share, List.of(Word.UNKNOWN));
        }
        double right =
                median(seconds.stream().mapToDouble(CameraMotion.Step::rightPx).toArray()) * framesPerSecond;
        double down =
                median(seconds.stream().mapToDouble(CameraMotion.Step::downPx).toArray()) * framesPerSecond;
        double growth = Math.exp(median(seconds.stream()
                        .mapToDouble(CameraMotion.Step::logGrowth)
                        .toArray())
                * framesPerSecond);
        return new CameraReport(0 - right, 0 - down, growth, share, name(-right, -down, growth, shorterSidePx));
    }

    private static double median(double[] values) {
        return Statistics.median(values);
    }

    /** Of what was measured in a span; nothing if less than half was. */
    private static Optional<CameraMotion.Step> mean(List<Optional<CameraMotion.Step>> span) {
        List<CameraMotion.Step> measured =
                span.stream().flatMap(Optional::stream).toList();
        if (measured.isEmpty() || 2 * measured.size() < span.size()) {
            return Optional.empty();
        }
        double right = 0;
        double down = 0;
        double growth = 0;
        for (CameraMotion.Step step : measured) {
            right += step.rightPx();
            down += step.downPx();
            growth += step.logGrowth();
        }
        int count = measured.size();
        return Optional.of(new CameraMotion.Step(right / count, down / count, growth / count));
    }

    private static List<Word> name(double pan, double tilt, double zoom, int shorterSidePx) {
        double least = NAMED_SHIFT * shorterSidePx;
        List<Word> words = new ArrayList<>();
        if (Math.abs(pan) >= least) {
            words.add(pan > 0 ? Word.PAN_RIGHT : Word.PAN_LEFT);
        }
        if (Math.abs(tilt) >= least) {
            words.add(tilt > 0 ? Word.TILT_DOWN : Word.TILT_UP);
        }
        if (zoom >= NAMED_ZOOM || zoom <= 1 / NAMED_ZOOM) {
            words.add(zoom > 1 ? Word.ZOOM_IN : Word.ZOOM_OUT);
        }
        return words.isEmpty() ? List.of(Word.STATIC) : words;
    }
}
