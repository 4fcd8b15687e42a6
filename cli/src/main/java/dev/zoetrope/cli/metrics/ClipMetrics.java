package dev.zoetrope.cli.metrics;

import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameSink;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Measures one clip while its frames go by. What is optional is asked for before the first frame; {@link #report()} is
 * asked for after the last one. Memory does not grow with the clip: a few frames and some numbers a frame are held. Used by
 * one thread at a time.
 *
 * <pre>{@code
 * ClipMetrics metrics = ClipMetrics.create(clip.fps()).joins(List.of(17, 33));
 * clip.decodeTo(metrics);
 * double seam = metrics.report().seams().orElseThrow().medianRatio();
 * }</pre>
 */
public final class ClipMetrics implements FrameSink {
    private final double framesPerSecond;
    private final FrameDifferences differences;
    private final ColourDrift colour;
    private final CameraMotion camera;
    private final Map<Long, Picture> expected = new TreeMap<>();
    private final Map<Long, Fidelity> pictures = new TreeMap<>();
    private List<Integer> joins = List.of();
    private Optional<Against> against = Optional.empty();
    private Optional<KeptRegion> region = Optional.empty();
    private final FrameComparison withOther = new FrameComparison("clip to compare with");
    private final FrameComparison withOtherInRegion = new FrameComparison("clip to compare with");
    private int widthPx;
    private int heightPx;
    private long frames;

    /** Frames to compare with, and the frame of this clip at which their first one stands; below 0, before it. */
    private record Against(FrameSource frames, long offset) {}

    private ClipMetrics(double framesPerSecond) {
        if (!(framesPerSecond > 0 && framesPerSecond < Double.POSITIVE_INFINITY)) {
            throw new RequestException("frame rate: expected frames per second above 0, found " + framesPerSecond);
        }
        this.framesPerSecond = framesPerSecond;
        this.differences = new FrameDifferences(framesPerSecond);
        this.colour = new ColourDrift(framesPerSecond);
        this.camera = new CameraMotion(framesPerSecond);
    }

    /** Measures a clip of so many frames per second. */
    public static ClipMetrics create(double framesPerSecond) {
        return new ClipMetrics(framesPerSecond);
    }

    /** Looks at joins; for each, the number of the first frame after it. */
    public ClipMetrics joins(List<Integer> firstFrames) {
        joins = List.copyOf(firstFrames);
        return this;
    }

    /** Compares one frame with a picture. */
    public ClipMetrics picture(long frame, Picture picture) {
        if (frame < 0) {
            throw new RequestException("picture: expected the number of a frame, from 0, found " + frame);
        }
        expected.put(frame, picture);
        return this;
    }

    /**
     * Compares frame by frame with another clip.
     *
     * @param other its frames, read in step with this clip
     * @param offset the frame of this clip at which the other's first frame stands; below 0, so many are skipped
     */
    public ClipMetrics against(FrameSource other, long offset) {
        against = Optional.of(new Against(other, offset));
        return this;
    }

    /**
     * Looks at the boundary of a part of the picture that was kept, and with {@link #against} at that part.
     *
     * @param mask white where the picture is kept
     * @param featherPx width of the cross-over outside the white part, 0 for a sharp boundary
     */
    public ClipMetrics kept(Picture mask, int featherPx) {
        region = Optional.of(new KeptRegion(mask, featherPx));
        return this;
    }

    @Override
    public void accept(Frame frame) {
        if (frames == 0) {
            widthPx = frame.widthPx();
            heightPx = frame.heightPx();
            against.ifPresent(other -> skip(other.frames(), -other.offset()));
        }
        differences.accept(frame);
        colour.accept(frame);
        camera.accept(frame);
        Picture picture = Picture.of(frame);
        Picture wanted = expected.get(frames);
        if (wanted != null) {
            FrameComparison comparison = new FrameComparison("picture for frame " + frames);
            comparison.add(frames, picture, wanted);
            pictures.put(frames, comparison.result().orElseThrow());
        }
        region.ifPresent(kept -> kept.add(frames, picture));
        against.filter(other -> frames >= other.offset())
                .flatMap(other -> other.frames().next())
                .ifPresent(other -> compare(picture, Picture.of(other)));
        frames++;
    }

    private static void skip(FrameSource source, long count) {
        boolean more = true;
        for (long i = 0; i < count && more; i++) {
            more = source.next().isPresent();
        }
    }

    private void compare(Picture mine, Picture theirs) {
        withOther.add(frames, mine, theirs);
        region.ifPresent(kept -> withOtherInRegion.add(frames, mine, theirs, Optional.of(kept.kept())));
    }

    /** What was found. */
    public ClipReport report() {
        if (frames == 0) {
            throw new RequestException("clip: expected at least one frame, found none");
        }
        List<Long> missing = new ArrayList<>(expected.keySet());
        missing.removeAll(pictures.keySet());
        if (!missing.isEmpty()) {
            throw new RequestException(
                    "picture: expected the number of a frame, 0 to " + (frames - 1) + ", found " + missing.getFirst());
        }
        if (against.isPresent() && withOther.result().isEmpty()) {
            throw new RequestException(
                    "offset: expected at least one frame in common with the other clip, found none with "
                            + against.get().offset() + " (this clip has frames 0 to " + (frames - 1) + ")");
        }
        Optional<DifferenceSeries> series = differences.series();
        if (!joins.isEmpty() && series.isEmpty()) {
            throw new RequestException("joins: expected a clip of at least two frames, found one frame");
        }
        return new ClipReport(
                widthPx,
                heightPx,
                frames,
                framesPerSecond,
                series.map(ClipReport.Changes::of),
                joins.isEmpty() ? Optional.empty() : series.map(all -> all.seams(joins)),
                colour.report(),
                camera.report(),
                pictures,
                withOther.result(),
                region.flatMap(this::regionReport));
    }

    private Optional<ClipReport.Region> regionReport(KeptRegion kept) {
        return kept.result()
                .map(boundary -> new ClipReport.Region(
                        boundary.ratio(), boundary.worstRatio(), boundary.worstFrame(), withOtherInRegion.result()));
    }

    @Override
    public void close() {
        differences.close();
        colour.close();
        camera.close();
    }
}
