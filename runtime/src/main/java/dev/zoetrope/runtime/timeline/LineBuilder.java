package dev.zoetrope.runtime.timeline;

import java.util.ArrayList;
import java.util.List;

/**
 * Puts a plan together: runs in the order in which they are shown, and windows over their latents, which get their slots
 * when everything is there.
 */
final class LineBuilder {
    /** A run that may still grow. */
    static final class Draft {
        /** The frame of the time line at which its first coded frame stands, shown or not. */
        final double startFrame;

        private final int temporal;
        private final List<Latent> latents = new ArrayList<>();
        int firstFrame;
        int frames;
        /** Whether it ends on the first frame of what is shown next, see {@link RunSpan#meets}. */
        boolean meets;

        private Draft(double startFrame, int temporal) {
            this.startFrame = startFrame;
            this.temporal = temporal;
        }

        Latent add() {
            Latent latent = new Latent(this, latents.size());
            latents.add(latent);
            return latent;
        }

        List<Latent> latents() {
            return latents;
        }

        Latent first() {
            return latents.getFirst();
        }

        /** Frames that are coded behind the last one shown. */
        int hiddenFrames() {
            return 1 + temporal * (latents.size() - 1) - firstFrame - frames;
        }

        /** The frame of the time line after the last one shown, where the next run is shown. */
        double shownEnd() {
            return startFrame + firstFrame + frames;
        }

        /** The frame of the time line after its last coded one. */
        double codedEnd() {
            return startFrame + 1 + (double) temporal * (latents.size() - 1);
        }
    }

    /** One latent of a draft. */
    static final class Latent {
        final Draft run;
        final int index;
        private int slot = -1;

        private Latent(Draft run, int index) {
            this.run = run;
            this.index = index;
        }

        double firstFrame() {
            return index == 0 ? run.startFrame : run.startFrame + 1 + (double) run.temporal * (index - 1);
        }

        int span() {
            return index == 0 ? 1 : run.temporal;
        }
    }

    /**
     * A latent in a window.
     *
     * @param shiftFrames how much later it stands there than in its own run: a loop's beginning stands behind its end
     */
    record Seat(Latent latent, TokenRole role, double heldSigma, double shiftFrames) {
        static Seat made(Latent latent) {
            return new Seat(latent, TokenRole.NOISY, 0, 0);
        }

        static Seat given(Latent latent, TokenRole role, double heldSigma) {
            return new Seat(latent, role, heldSigma, 0);
        }

        double firstFrame() {
            return latent.firstFrame() + shiftFrames;
        }

        double endFrame() {
            return firstFrame() + latent.span();
        }
    }

    private record Draught(int prompt, List<Seat> seats, List<Latent> like, double matching) {}

    private record Fade(Draft run, int fromLatent, int hidden) {}

    private record Gift(int source, int firstLatent, Latent to, int latents) {}

    private final int temporal;
    private final double fps;
    private final List<Draft> runs = new ArrayList<>();
    private final List<Draught> windows = new ArrayList<>();
    private final List<Gift> gifts = new ArrayList<>();
    private final List<Fade> fades = new ArrayList<>();

    LineBuilder(int temporal, double fps) {
        this.temporal = temporal;
        this.fps = fps;
    }

    /** A new run behind all others. */
    Draft append(double startFrame) {
        return insert(runs.size(), startFrame);
    }

    /** A new run at a place among the others. */
    Draft insert(int place, double startFrame) {
        Draft draft = new Draft(startFrame, temporal);
        runs.add(place, draft);
        return draft;
    }

    List<Draft> runs() {
        return runs;
    }

    static List<Latent> latentsOf(List<Draft> runs) {
        return runs.stream().flatMap(run -> run.latents().stream()).toList();
    }

    /**
     * Lays down a clip that comes from outside.
     *
     * @param source its input
     * @param spans its runs; what only guided it when it was made is left away
     * @param atFrame where the first one is shown
     * @return its runs, to be put among the others
     */
    List<Draft> lay(int source, List<RunSpan> spans, int atFrame) {
        List<Draft> drafts = new ArrayList<>();
        double shown = atFrame;
        int taken = 0;
        for (RunSpan span : spans) {
            if (span.frames() > 0) {
                Draft draft = new Draft(shown - span.firstFrame(), temporal);
                draft.firstFrame = span.firstFrame();
                draft.frames = span.frames();
                draft.meets = span.meets();
                for (int i = 0; i < span.latents(); i++) {
                    draft.add();
                }
                give(source, taken, draft.first(), span.latents());
                shown += span.frames();
                drafts.add(draft);
            }
            taken += span.latents();
        }
        return drafts;
    }

    /** What a piece of a row of latents looks back at, and what it makes. */
    static List<Seat> seats(List<Latent> row, Windowing.Piece piece, Windowing windowing) {
        List<Seat> seats = new ArrayList<>();
        row.subList(piece.context(), piece.first())
                .forEach(latent -> seats.add(Seat.given(latent, TokenRole.REFERENCE, windowing.contextSigma())));
        row.subList(piece.first(), piece.end()).forEach(latent -> seats.add(Seat.made(latent)));
        return seats;
    }

    /** Shows a piece the beginning of its row, where that is out of its sight. */
    static void anchor(List<Seat> seats, List<Latent> row, Windowing.Piece piece, Windowing windowing) {
        if (windowing.anchor() && piece.isFarFromStart()) {
            seats.add(Seat.given(row.getFirst(), TokenRole.TIMELESS_REFERENCE, 0));
        }
    }

    void window(int prompt, List<Seat> seats) {
        window(prompt, seats, List.of(), 0);
    }

    /** @param like latents whose statistics the new ones are moved to, by the share {@code matching} */
    void window(int prompt, List<Seat> seats, List<Latent> like, double matching) {
        if (seats.stream().anyMatch(seat -> seat.role() == TokenRole.NOISY)) {
            windows.add(new Draught(prompt, List.copyOf(seats), List.copyOf(like), matching));
        }
    }

    /** Says that latents of a run come from outside. */
    void give(int source, int firstLatent, Latent to, int latents) {
        gifts.add(new Gift(source, firstLatent, to, latents));
    }

    /** Says that a run's latents from one on are mixed with runs behind it, see {@link LinePlan.Dissolve}. */
    void dissolve(Draft run, int fromLatent, int hidden) {
        fades.add(new Fade(run, fromLatent, hidden));
    }

    LinePlan build(int rows, int columns, double strength) {
        int slot = 0;
        List<RunSpan> spans = new ArrayList<>();
        for (Draft run : runs) {
            for (Latent latent : run.latents) {
                latent.slot = slot++;
            }
            spans.add(new RunSpan(run.latents.size(), run.firstFrame, run.frames, run.meets));
        }
        List<LinePlan.Given> given = gifts.stream()
                .map(gift -> new LinePlan.Given(gift.source(), gift.firstLatent(), gift.to().slot, gift.latents()))
                .toList();
        return new LinePlan(
                new ReelLayout(rows, columns, temporal, fps, spans),
                given,
                windows.stream().map(draught -> window(draught, strength)).toList(),
                fades.stream()
                        .map(fade -> new LinePlan.Dissolve(runs.indexOf(fade.run()), fade.fromLatent(), fade.hidden()))
                        .toList());
    }

    private Window window(Draught draught, double strength) {
        double base = draught.seats().stream()
                .filter(seat -> seat.role() != TokenRole.TIMELESS_REFERENCE)
                .mapToDouble(Seat::firstFrame)
                .min()
                .orElseThrow();
        return new Window(
                draught.prompt(),
                draught.seats().stream().map(seat -> place(seat, base)).toList(),
                strength,
                new Likeness(draught.like().stream().map(latent -> latent.slot).toList(), draught.matching()));
    }

    private Placement place(Seat seat, double base) {
        Latent latent = seat.latent();
        LatentGroup at = seat.role() == TokenRole.TIMELESS_REFERENCE
                ? new LatentGroup(seat.role(), 0, 0)
                : new LatentGroup(
                        seat.role(), (seat.firstFrame() - base + latent.span() / 2.0) / fps, latent.span() / fps);
        return new Placement(latent.slot, at, seat.heldSigma());
    }
}
