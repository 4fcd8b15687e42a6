package dev.zoetrope.runtime.timeline;

import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.timeline.LineBuilder.Draft;
import dev.zoetrope.runtime.timeline.LineBuilder.Latent;
import dev.zoetrope.runtime.timeline.LineBuilder.Seat;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Plans a {@link Composition}: walks along the time line, lays down what is kept and fills the gaps.
 *
 * <p>A gap behind something goes on with that run, window by window forward: what is there never changes, for the codec
 * is causal. A gap that ends where a kept run begins is made until it reaches that run's first frame, which is in both
 * and shown once. A gap with nothing before it is made backward, in runs of a window each. A shot that goes over into the
 * next is such a gap, too: the next is made on its own, then the way there. Where two clips dissolve into each other, the
 * gap is made both ways, forward and, in runs that are not shown, backward.
 */
final class Composer {
    private final Composition composition;
    private final Windowing windowing;
    private final int temporal;
    private final double fps;
    private final LineBuilder line;
    /** Runs of one latent that are not shown: pictures that lie between the cells. */
    private final List<Draft> guides = new ArrayList<>();
    /** Pictures that a window has taken. */
    private final BitSet placed = new BitSet();
    /** Runs before this one lie behind a cut. */
    private int firstRunInSight;

    Composer(Composition composition, Windowing windowing, int temporal, double fps) {
        this.composition = composition;
        this.windowing = windowing;
        this.temporal = temporal;
        this.fps = fps;
        this.line = new LineBuilder(temporal, fps);
    }

    LinePlan compose(int rows, int columns) {
        int cursor = 0;
        for (int i = 0; i < composition.kept().size(); i++) {
            Composition.Kept clip = composition.kept().get(i);
            List<Draft> runs = line.lay(i, clip.runs(), clip.atFrame());
            runs.getLast().meets = false; // as a loop's did: something else is next
            if (clip.dissolve().isPresent() && !line.runs().isEmpty()) {
                dissolve(cursor, clip, LineBuilder.latentsOf(runs));
            } else {
                fill(
                        cursor,
                        clip.atFrame(),
                        composition.isCut(clip.atFrame()) ? List.of() : LineBuilder.latentsOf(runs));
            }
            line.runs().addAll(runs);
            cursor = clip.endFrame();
        }
        List<Latent> beginning = composition.loop() ? LineBuilder.latentsOf(line.runs()) : List.of();
        if (composition.loop() && beginning.isEmpty()) {
            // Nothing is kept: the first half is made freely, the second leads back to it.
            int half = firstHalf(composition.frames());
            fill(0, half, List.of());
            cursor = half;
            beginning = LineBuilder.latentsOf(line.runs());
        }
        fill(cursor, composition.frames(), beginning);
        int lost = placed.nextClearBit(0);
        if (lost < composition.stills().size()) {
            throw new RequestException("picture: expected on a frame that is to be made, found on frame "
                    + composition.stills().get(lost).frame() + " of a clip that is kept (leave the picture away, or cut"
                    + " the clip there)");
        }
        line.runs().addAll(guides);
        return line.build(rows, columns, 1);
    }

    /** About half of a clip, at the end of a latent. */
    private int firstHalf(int frames) {
        int half = frames / 2;
        int runStart = composition.shots().stream()
                .mapToInt(Composition.Shot::fromFrame)
                .filter(start -> start <= half)
                .max()
                .orElse(0);
        return Math.min(frames, runStart + 1 + temporal * Math.max(0, (half - 1 - runStart) / temporal));
    }

    /** Makes the frames of a gap; {@code following} begins with the latent of the frame that comes after it. */
    private void fill(int from, int to, List<Latent> following) {
        if (composition.isCut(from)) {
            firstRunInSight = line.runs().size();
        }
        int start = from;
        @Nullable Draft crossing = null; // the run of the shot before, where it is to go over into this one
        for (Composition.Shot shot : composition.shots()) {
            if (shot.fromFrame() <= from || shot.fromFrame() >= to) {
                continue;
            }
            int early = shot.cut() ? 0 : crossingFrames();
            if (shot.fromFrame() - start <= early) {
                early = 0; // too short a shot to go over from
            }
            fillShot(start, shot.fromFrame() - early, List.of());
            cross(crossing);
            crossing = early > 0 ? line.runs().getLast() : null;
            firstRunInSight = line.runs().size();
            start = shot.fromFrame();
        }
        fillShot(start, to, following);
        cross(crossing);
        if (composition.isCut(to)) {
            firstRunInSight = line.runs().size();
        }
    }

    /** Frames in which a shot goes over into the next: about a second, such that they end on its first frame. */
    private int crossingFrames() {
        return temporal * Math.max(1, (int) Math.round(fps / temporal)) - 1;
    }

    /** Lets a shot's run go on until it reaches the first frame of the one after it. */
    private void cross(@Nullable Draft before) {
        if (before != null) {
            List<Draft> after = line.runs()
                    .subList(line.runs().indexOf(before) + 1, line.runs().size());
            goOn(before, crossingFrames(), LineBuilder.latentsOf(after), before.latents());
        }
    }

    private void fillShot(int from, int to, List<Latent> following) {
        int frames = to - from;
        if (frames == 0) {
            return;
        }
        boolean first = line.runs().size() == firstRunInSight;
        if (first && !following.isEmpty()) {
            backward(to, frames, following, OptionalInt.empty());
            return;
        }
        Draft run = first ? line.append(from) : line.runs().getLast();
        goOn(
                run,
                frames,
                following,
                LineBuilder.latentsOf(
                        line.runs().subList(firstRunInSight, line.runs().size())));
    }

    /**
     * Adds frames to a run.
     *
     * @param sight latents that windows may look back at, the run's own among them
     */
    private void goOn(Draft run, int frames, List<Latent> following, List<Latent> sight) {
        int known = run.latents().size();
        List<Latent> all = new ArrayList<>(sight);
        int hidden = known == 0 ? 0 : Math.clamp(run.hiddenFrames(), 0, frames); // coded already, only not shown yet
        run.frames += frames;
        run.meets = false; // it goes on instead
        if (hidden == frames) {
            return;
        }
        int coded = frames - hidden + (following.isEmpty() ? 0 : 1);
        int more = known == 0 ? 1 + Math.ceilDiv(coded - 1, temporal) : Math.ceilDiv(coded, temporal);
        for (int i = 0; i < more; i++) {
            all.add(run.add());
        }
        forward(run, all, all.size() - more, following);
    }

    /** Windows over latents from number {@code first} to the last; those before it can be looked back at. */
    private void forward(Draft run, List<Latent> sight, int first, List<Latent> following) {
        List<Windowing.Piece> pieces = following.isEmpty()
                ? windowing.pieces(first, sight.size())
                : windowing.piecesToward(first, sight.size());
        for (Windowing.Piece piece : pieces) {
            List<Seat> seats = LineBuilder.seats(sight, piece, windowing);
            if (piece.end() == sight.size()) {
                lead(seats, run, following);
            }
            LineBuilder.anchor(seats, sight, piece, windowing);
            addWindow(
                    seats,
                    piece.isFarFromStart() ? sight.subList(0, Math.min(piece.first(), windowing.latents())) : List.of(),
                    OptionalInt.empty());
        }
    }

    /** Makes a gap both ways, to be mixed; its length is such that the run before it ends on the clip's first frame. */
    private void dissolve(int from, Composition.Kept clip, List<Latent> following) {
        int runs = line.runs().size();
        Draft run = line.runs().getLast();
        int known = run.latents().size();
        fillShot(from, clip.atFrame(), List.of());
        int mixed = run.latents().size() - known;
        if (mixed == 0) {
            return; // all of it was coded already
        }
        // From the last frame before the gap, so that latents stand on those they are mixed with.
        backward(clip.atFrame(), temporal * mixed, following, clip.dissolve());
        List<Draft> hidden = line.runs().subList(runs, line.runs().size());
        for (Draft leading : hidden) {
            leading.frames = 0;
            leading.meets = false;
        }
        run.meets = run.hiddenFrames() == 1;
        line.dissolve(run, known, hidden.size());
    }

    /**
     * Runs of a window each, the last first, every one up to the first frame of the one after it.
     *
     * @param prompt theirs; empty for the one that holds there
     */
    private void backward(int to, int frames, List<Latent> following, OptionalInt prompt) {
        int place = line.runs().size();
        int end = to;
        int left = frames;
        List<Latent> next = following;
        while (left > 0) {
            int most = temporal * windowing.fresh();
            int shown = Math.ceilDiv(left, Math.ceilDiv(left, most)); // as even as can be, in whole latents
            shown = Math.min(left, Math.ceilDiv(shown, temporal) * temporal);
            Draft run = line.insert(place, end - shown);
            for (int i = 0; i < 1 + Math.ceilDiv(shown, temporal); i++) {
                run.add();
            }
            run.frames = shown;
            List<Seat> seats = new ArrayList<>();
            run.latents().forEach(latent -> seats.add(Seat.made(latent)));
            lead(seats, run, next);
            addWindow(seats, List.of(), prompt);
            next = run.latents();
            end -= shown;
            left -= shown;
        }
    }

    /**
     * Gives a window what follows the run: its first frame, and what comes after if that lies on the run's own grid, as it
     * does when the last frame of the run is the first of the other.
     */
    private void lead(List<Seat> seats, Draft run, List<Latent> following) {
        if (following.isEmpty()) {
            return;
        }
        Latent first = following.getFirst();
        // 0 but for a loop, which goes on a turn later
        double shift = run.shownEnd() - first.run.firstFrame - first.firstFrame();
        seats.add(new Seat(first, TokenRole.EXTRA_REFERENCE, 0, shift));
        if (first.firstFrame() + shift + 1 == run.codedEnd()) {
            run.meets = run.hiddenFrames() == 1;
            following.stream()
                    .skip(1)
                    .limit(windowing.context())
                    .takeWhile(latent -> latent.index > 0)
                    .forEach(latent ->
                            seats.add(new Seat(latent, TokenRole.REFERENCE, windowing.contextSigma(), shift)));
        }
    }

    private void addWindow(List<Seat> seats, List<Latent> like, OptionalInt prompt) {
        double first = Double.POSITIVE_INFINITY;
        double end = 0;
        List<Seat> all = new ArrayList<>();
        for (Seat seat : seats) {
            int still = seat.role() == TokenRole.NOISY ? stillOn(seat.latent()) : -1;
            if (still >= 0) {
                line.give(composition.kept().size() + still, 0, seat.latent(), 1);
                placed.set(still);
            }
            all.add(still < 0 ? seat : Seat.given(seat.latent(), TokenRole.REFERENCE, 0));
            if (seat.role() == TokenRole.NOISY) {
                first = Math.min(first, seat.firstFrame());
                end = Math.max(
                        end, Math.min(seat.endFrame(), shotEnd(seat.latent().run.shownEnd())));
            }
        }
        for (int i = 0; i < composition.stills().size(); i++) {
            int frame = composition.stills().get(i).frame();
            if (!placed.get(i) && frame >= first && frame < end) {
                all.add(Seat.given(
                        aside(i),
                        TokenRole.EXTRA_REFERENCE,
                        1 - composition.stills().get(i).strength()));
                placed.set(i);
            }
        }
        int held = composition.promptAt((first + end) / 2);
        line.window(prompt.orElse(held), all, like, windowing.matching());
    }

    /** Where what is made up to a frame ends at the latest: a run may code more, which others show. */
    private double shotEnd(double frame) {
        double end = composition.frames();
        for (Composition.Kept clip : composition.kept()) {
            end = clip.atFrame() >= frame ? Math.min(end, clip.atFrame()) : end;
        }
        for (Composition.Shot shot : composition.shots()) {
            end = shot.fromFrame() >= frame ? Math.min(end, shot.fromFrame()) : end;
        }
        return end;
    }

    /** The picture that takes the place of a latent of a single frame, or -1. */
    private int stillOn(Latent latent) {
        for (int i = 0; i < composition.stills().size(); i++) {
            Composition.Still still = composition.stills().get(i);
            if (latent.index == 0 && still.frame() == latent.firstFrame() && still.strength() == 1) {
                return i;
            }
        }
        return -1;
    }

    /** A picture's own latent, which guides and is not shown. */
    private Latent aside(int still) {
        Draft run = new LineBuilder(temporal, 1)
                .append(composition.stills().get(still).frame());
        Latent latent = run.add();
        line.give(composition.kept().size() + still, 0, latent, 1);
        guides.add(run);
        return latent;
    }
}
