package dev.zoetrope.runtime.timeline;

import dev.zoetrope.runtime.timeline.LineBuilder.Draft;
import dev.zoetrope.runtime.timeline.LineBuilder.Latent;
import dev.zoetrope.runtime.timeline.LineBuilder.Seat;
import java.util.ArrayList;
import java.util.List;

/**
 * Plans clips from the coarse to the fine: key frames first, latents of a single frame that lie far apart; then passes that
 * put more between them. Passes that double the rate insert single frames; where the frames between two key frames fill
 * a latent of several, one last pass makes those, a run for each gap, which ends on the next key frame.
 *
 * <p>Windows of one pass do not read each other, so they can be packed side by side.
 */
public final class Refinement {
    /** Gaps that are filled together; the model is trained on four. */
    private static final int GAPS = 4;

    private final int temporal;
    private final LineBuilder line;
    private List<Latent> keys = new ArrayList<>();

    private Refinement(int temporal, double fps) {
        this.temporal = temporal;
        this.line = new LineBuilder(temporal, fps);
    }

    /**
     * A clip from its prompt alone.
     *
     * @param grid size and length
     * @param stride frames between two key frames: the codec's temporal factor times a power of two
     * @param windowing how many key frames are made together, and how many are looked back at
     */
    public static LinePlan ofKeyFrames(LatentGrid grid, double fps, int stride, Windowing windowing) {
        int temporal = grid.temporal();
        if (stride < temporal || Integer.bitCount(stride / temporal) != 1 || stride % temporal != 0) {
            throw new IllegalArgumentException(
                    "frames between key frames: expected " + temporal + " times a power of two, found " + stride);
        }
        Refinement plan = new Refinement(temporal, fps);
        int count = 1 + Math.ceilDiv(grid.frames() - 1, stride);
        for (int i = 0; i < count; i++) {
            plan.keys.add(plan.line.append((double) i * stride).add());
        }
        plan.makeKeys(windowing);
        for (int distance = stride; distance > temporal; distance /= 2) {
            plan.insertBetween();
        }
        plan.fillGaps();
        plan.show(grid.frames());
        return plan.line.build(grid.rows(), grid.columns(), 1);
    }

    /**
     * More frames between those of a clip. Input 0 of the plan is the clip, every frame a latent.
     *
     * @param grid size, and the length of the result in frames
     * @param sourceFrames frames of the clip
     * @param sourceFps its rate, at most {@code fps}
     * @param fps the rate of the result
     */
    public static LinePlan ofInterpolation(LatentGrid grid, int sourceFrames, double sourceFps, double fps) {
        Refinement plan = new Refinement(grid.temporal(), fps);
        double distance = fps / sourceFps;
        for (int i = 0; i < sourceFrames; i++) {
            Latent key = plan.line.append(onFrame(i * distance)).add();
            plan.line.give(0, i, key, 1);
            plan.keys.add(key);
        }
        double factor = onFrame(distance);
        while (factor % 2 == 0 && factor != grid.temporal()) {
            plan.insertBetween();
            factor /= 2;
        }
        if (factor == grid.temporal()) {
            plan.fillGaps();
        } else if (factor != 1) {
            plan.insertFrames(grid.frames());
        }
        plan.show(grid.frames());
        return plan.line.build(grid.rows(), grid.columns(), 1);
    }

    /** A whole number where only rounding keeps it from being one. */
    private static double onFrame(double frames) {
        return Math.abs(frames - Math.rint(frames)) < 1e-6 ? Math.rint(frames) : frames;
    }

    private void makeKeys(Windowing windowing) {
        for (Windowing.Piece piece : windowing.pieces(0, keys.size())) {
            List<Seat> seats = LineBuilder.seats(keys, piece, windowing);
            LineBuilder.anchor(seats, keys, piece, windowing);
            line.window(0, seats);
        }
    }

    /** Inserts a single frame into the middle of every gap. */
    private void insertBetween() {
        List<Latent> made = new ArrayList<>();
        for (int i = 0; i + 1 < keys.size(); i++) {
            double from = keys.get(i).firstFrame();
            made.add(insert(from + 0.5 * (keys.get(i + 1).firstFrame() - from)));
        }
        windowsOver(made);
    }

    /** Inserts a single frame wherever one is to be shown and there is none. */
    private void insertFrames(int frames) {
        List<Latent> made = new ArrayList<>();
        double end = keys.getLast().firstFrame();
        for (int frame = 0; frame < frames && frame < end; frame++) {
            int at = frame;
            if (keys.stream().noneMatch(key -> key.firstFrame() == at)) {
                made.add(insert(frame));
            }
        }
        windowsOver(made);
    }

    private Latent insert(double frame) {
        int place = 0;
        while (place < line.runs().size() && line.runs().get(place).startFrame <= frame) {
            place++;
        }
        return line.insert(place, frame).add();
    }

    /** Windows of some gaps each: key frames are given, what lies between them is made. */
    private void windowsOver(List<Latent> made) {
        for (int first = 0; first + 1 < keys.size(); first += GAPS) {
            List<Latent> around = keys.subList(first, Math.min(keys.size(), first + GAPS + 1));
            double from = around.getFirst().firstFrame();
            double to = around.getLast().firstFrame();
            List<Seat> seats = new ArrayList<>();
            around.forEach(key -> seats.add(Seat.given(key, TokenRole.REFERENCE, 0)));
            made.stream()
                    .filter(latent -> latent.firstFrame() > from && latent.firstFrame() < to)
                    .forEach(latent -> seats.add(Seat.made(latent)));
            seats.sort((a, b) -> Double.compare(a.firstFrame(), b.firstFrame()));
            line.window(0, seats);
        }
        List<Latent> all = new ArrayList<>(keys);
        all.addAll(made);
        all.sort((a, b) -> Double.compare(a.firstFrame(), b.firstFrame()));
        keys = all;
    }

    /** A latent of several frames from every key frame to the next. */
    private void fillGaps() {
        List<Latent> behind = new ArrayList<>();
        for (Latent key : keys.subList(0, keys.size() - 1)) {
            behind.add(key.run.add());
        }
        for (int first = 0; first < behind.size(); first += GAPS) {
            int end = Math.min(behind.size(), first + GAPS);
            List<Seat> seats = new ArrayList<>();
            for (int i = first; i < end; i++) {
                seats.add(Seat.given(keys.get(i), TokenRole.REFERENCE, 0));
                seats.add(Seat.made(behind.get(i)));
            }
            seats.add(Seat.given(keys.get(end), TokenRole.REFERENCE, 0));
            line.window(0, seats);
        }
    }

    /** Shows every run up to the next one; runs that stand between two frames are not shown. */
    private void show(int frames) {
        int shown = 0;
        for (Draft run : line.runs()) {
            if (run.startFrame != Math.rint(run.startFrame)) {
                continue;
            }
            boolean leads = run.latents().size() > 1; // to the next key frame
            run.frames = Math.min(1 + temporal * (run.latents().size() - 1) - (leads ? 1 : 0), frames - shown);
            run.meets = leads && run.hiddenFrames() == 1;
            shown += run.frames;
        }
    }
}
