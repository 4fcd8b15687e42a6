package dev.zoetrope.cli.metrics;

import boofcv.abst.feature.detect.interest.ConfigPointDetector;
import boofcv.abst.feature.detect.interest.PointDetectorTypes;
import boofcv.abst.tracker.PointTrack;
import boofcv.abst.tracker.PointTracker;
import boofcv.alg.geo.robust.DistanceScaleTranslateRotate2DSq;
import boofcv.alg.geo.robust.GenerateScaleTranslateRotate2D;
import boofcv.alg.geo.robust.ModelManagerScaleTranslateRotate2D;
import boofcv.alg.tracker.klt.ConfigPKlt;
import boofcv.factory.tracker.FactoryPointTracker;
import boofcv.struct.geo.AssociatedPair;
import boofcv.struct.geo.ScaleTranslateRotate2D;
import boofcv.struct.image.GrayF32;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameSink;
import georegression.struct.point.Point2D_F64;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ddogleg.fitting.modelset.ransac.Ransac;

/**
 * Measures how the camera moves. Corners are followed from each frame to the next, and the similarity (shift, rotation,
 * scale) that most of them agree on is taken for the camera: what moves by itself is outvoted.
 *
 * <p>Limitations: where the background has no corners, or they are fewer than those of the things before it, nothing can be
 * said ({@link CameraReport#measuredShare()} is low) or the thing is taken for the world.
 */
/* Corners: Shi and Tomasi, Good Features to Track, CVPR 1994. Following: pyramidal Lucas-Kanade. Vote: RANSAC, Fischler and
 * Bolles 1981. All three are BoofCV's. Sparse, because dense flow fills plain areas with the motion of what is beside them. */
public final class CameraMotion implements FrameSink {
    /** On shorter sides the tracker's windows do not fit. */
    public static final int SMALLEST_SIDE_PX = 32;

    private static final int CORNERS = 300;
    private static final int CORNER_RADIUS_PX = 2;

    /** Shi-Tomasi's smaller eigenvalue, in squared grey levels of the gradient: below it a corner is noise. */
    private static final float LEAST_CORNER = 20f;

    private static final int RANSAC_ROUNDS = 200;
    private static final long RANSAC_SEED = 1;

    /** A corner agrees with the camera when it is not further from where that puts it. */
    private static final double AGREE_PX = 0.5;

    private static final int LEAST_CORNERS = 6;

    /** Corners that agree must span this share of the width or of the height: else they belong to a thing, not the world. */
    private static final double LEAST_SPAN = 0.5;

    private final double framesPerSecond;
    private final List<Optional<Step>> steps = new ArrayList<>();
    private final Ransac<ScaleTranslateRotate2D, AssociatedPair> vote;
    private Optional<PointTracker<GrayF32>> tracker = Optional.empty();
    private Optional<Picture> latest = Optional.empty();

    /** The motion of the picture between two frames: of its centre in pixels, and the logarithm of its growth. */
    record Step(double rightPx, double downPx, double logGrowth) {
        static final Step NONE = new Step(0, 0, 0);
    }

    public CameraMotion(double framesPerSecond) {
        this.framesPerSecond = framesPerSecond;
        this.vote = new Ransac<>(
                RANSAC_SEED,
                RANSAC_ROUNDS,
                AGREE_PX * AGREE_PX,
                new ModelManagerScaleTranslateRotate2D(),
                AssociatedPair.class);
        vote.setModel(GenerateScaleTranslateRotate2D::new, DistanceScaleTranslateRotate2DSq::new);
    }

    @Override
    public void accept(Frame frame) {
        Picture picture = Picture.of(frame);
        boolean fits = Math.min(picture.widthPx(), picture.heightPx()) >= SMALLEST_SIDE_PX;
        if (fits && tracker.isEmpty()) {
            tracker = Optional.of(createTracker());
        }
        Optional<Step> step = tracker.flatMap(follower -> follow(follower, picture));
        if (latest.isPresent()) {
            // Without any change nothing moves, whether there are corners or not.
            boolean same = FrameDifferences.meanDifference(latest.get(), picture) == 0;
            steps.add(same ? Optional.of(Step.NONE) : step);
        }
        latest = Optional.of(picture);
    }

    private static PointTracker<GrayF32> createTracker() {
        ConfigPointDetector corners = new ConfigPointDetector();
        corners.type = PointDetectorTypes.SHI_TOMASI;
        corners.general.maxFeatures = CORNERS;
        corners.general.radius = CORNER_RADIUS_PX;
        corners.general.threshold = LEAST_CORNER;
        return FactoryPointTracker.klt(ConfigPKlt.levels(3), corners, GrayF32.class, GrayF32.class);
    }

    /** Follows the corners of the frame before into this one, then looks for new ones. */
    private Optional<Step> follow(PointTracker<GrayF32> follower, Picture picture) {
        follower.process(grey(picture));
        double centreX = (picture.widthPx() - 1) / 2.0;
        double centreY = (picture.heightPx() - 1) / 2.0;
        List<AssociatedPair> pairs = new ArrayList<>();
        for (PointTrack track : follower.getActiveTracks(new ArrayList<>())) {
            Point2D_F64 before = track.getCookie();
            // About the centre: there the shift does not depend on how well rotation and scale are known.
            pairs.add(new AssociatedPair(
                    before.x - centreX, before.y - centreY, track.pixel.x - centreX, track.pixel.y - centreY));
        }
        follower.spawnTracks();
        for (PointTrack track : follower.getActiveTracks(new ArrayList<>())) {
            track.setCookie(track.pixel.copy());
        }
        return agree(pairs, picture);
    }

    private Optional<Step> agree(List<AssociatedPair> pairs, Picture picture) {
        if (pairs.size() < LEAST_CORNERS || !vote.process(pairs)) {
            return Optional.empty();
        }
        List<AssociatedPair> agreeing = vote.getMatchSet();
        if (agreeing.size() < LEAST_CORNERS || !spans(agreeing, picture)) {
            return Optional.empty();
        }
        ScaleTranslateRotate2D motion = new ScaleTranslateRotate2D();
        if (!new GenerateScaleTranslateRotate2D().generate(agreeing, motion)) {
            return Optional.empty();
        }
        return Optional.of(new Step(motion.transX, motion.transY, Math.log(motion.scale)));
    }

    private static boolean spans(List<AssociatedPair> pairs, Picture picture) {
        var x = pairs.stream().mapToDouble(pair -> pair.p1.x).summaryStatistics();
        var y = pairs.stream().mapToDouble(pair -> pair.p1.y).summaryStatistics();
        return x.getMax() - x.getMin() >= LEAST_SPAN * picture.widthPx()
                || y.getMax() - y.getMin() >= LEAST_SPAN * picture.heightPx();
    }

    private static GrayF32 grey(Picture picture) {
        GrayF32 grey = new GrayF32(picture.widthPx(), picture.heightPx());
        for (int pixel = 0; pixel < picture.pixels(); pixel++) {
            grey.data[pixel] = picture.luma(pixel);
        }
        return grey;
    }

    /** What was found so far. */
    public CameraReport report() {
        int shorterSidePx = latest.map(picture -> Math.min(picture.widthPx(), picture.heightPx()))
                .orElse(SMALLEST_SIDE_PX);
        return CameraReport.of(steps, framesPerSecond, shorterSidePx);
    }

    @Override
    public void close() {
        tracker = Optional.empty();
        latest = Optional.empty();
    }
}
