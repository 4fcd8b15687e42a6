package dev.zoetrope.cli.metrics;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What was measured in one clip; {@code docs/metrics.md} defines each figure.
 *
 * @param changes what follows from the differences between frames; nothing for a single frame
 * @param seams the joins, if any were named
 * @param pictures by frame number, how near the frame comes to the picture given for it
 * @param against how near the clip comes to another, if one was given
 * @param region the boundary of the kept part, if a mask was given
 */
public record ClipReport(
        int widthPx,
        int heightPx,
        long frames,
        double framesPerSecond,
        Optional<Changes> changes,
        Optional<DifferenceSeries.Seams> seams,
        ColourDrift.Report colour,
        CameraReport camera,
        Map<Long, Fidelity> pictures,
        Optional<Fidelity> against,
        Optional<Region> region) {
    /** What the differences between frames say. */
    public record Changes(
            DifferenceSeries.Flicker flicker,
            DifferenceSeries.Motion motion,
            DifferenceSeries.Jumps jumps,
            DifferenceSeries.Closure closure) {
        static Changes of(DifferenceSeries series) {
            return new Changes(series.flicker(), series.motion(), series.jumps(), series.closure());
        }
    }

    /**
     * The boundary of a kept part.
     *
     * @param seamRatio mean step between neighbouring pixels across the boundary, or the ring of its feather where it is largest, over the mean step a little beside it
     * @param worstSeamRatio the same of the worst frame alone
     * @param worstFrame number of that frame
     * @param kept how near the kept part comes to the other clip, if one was given
     */
    public record Region(double seamRatio, double worstSeamRatio, long worstFrame, Optional<Fidelity> kept) {}

    public ClipReport {
        pictures = Collections.unmodifiableMap(new TreeMap<>(pictures));
    }
}
