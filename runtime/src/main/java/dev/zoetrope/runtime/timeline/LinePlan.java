package dev.zoetrope.runtime.timeline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * How a clip is made: what its latents are, which of them come from outside, and the windows that make the others, in an
 * order in which each window finds what it reads.
 *
 * @param reel the latents
 * @param given latents from outside
 * @param windows what is denoised, in order
 * @param dissolves what is done with the frames of what was denoised, after all windows
 */
public record LinePlan(ReelLayout reel, List<Given> given, List<Window> windows, List<Dissolve> dissolves) {
    /**
     * Latents from outside.
     *
     * @param source index of the input: the planner's caller knows which
     * @param firstLatent first of the input's latents that is taken
     * @param slot where it goes
     * @param latents how many follow each other
     */
    public record Given(int source, int firstLatent, int slot, int latents) {}

    /**
     * A cross-fade from a run that goes on alone to what leads up to the next one. Both are there as latents; their frames
     * are mixed by a rising share, the last one being the first of the next run, and the run's latents made of these.
     *
     * @param run number of the run that goes on
     * @param fromLatent the first of its latents that is made of mixed frames, all behind it are, too
     * @param hidden how many runs behind it lead up to the one after them, one after the other; none of them is shown.
     *     Each of their latents but the first, which is the frame that the one before ends on, is mixed with one of the run's
     */
    public record Dissolve(int run, int fromLatent, int hidden) {}

    public LinePlan {
        given = List.copyOf(given);
        windows = List.copyOf(windows);
        dissolves = List.copyOf(dissolves);
        for (Dissolve dissolve : dissolves) {
            checkDissolve(dissolve, reel.runs());
        }
        BitSet known = new BitSet();
        for (Given piece : given) {
            known.set(piece.slot(), piece.slot() + piece.latents());
        }
        for (Window window : windows) {
            for (Placement latent : window.latents()) {
                if (!latent.isMade() && !known.get(latent.slot())) {
                    throw new IllegalArgumentException("time line: expected latent " + latent.slot()
                            + " to be known when it is read, found it was not");
                }
            }
            window.latents().stream().filter(Placement::isMade).forEach(latent -> known.set(latent.slot()));
        }
        if (known.cardinality() != reel.latents()) {
            throw new IllegalArgumentException("time line: expected every one of " + reel.latents()
                    + " latents to be given or made, found " + known.cardinality());
        }
    }

    private static void checkDissolve(Dissolve dissolve, List<RunSpan> runs) {
        int mixed = runs.get(dissolve.run()).latents() - dissolve.fromLatent();
        int next = dissolve.run() + 1 + dissolve.hidden();
        List<RunSpan> hidden = runs.subList(dissolve.run() + 1, next);
        if (dissolve.fromLatent() < 1
                || next >= runs.size()
                || hidden.stream().anyMatch(run -> run.frames() > 0)
                || hidden.stream().mapToInt(run -> run.latents() - 1).sum() != mixed) {
            throw new IllegalArgumentException(
                    "dissolve: expected hidden runs that hold as much as is mixed, and a run behind them, found "
                            + dissolve + " in " + runs);
        }
    }

    /** A clip of one run, made from nothing in one window. */
    public static LinePlan ofRun(LatentGrid grid, double fps) {
        ClipLayout layout = grid.layout(fps);
        List<Placement> all = new ArrayList<>();
        for (LatentGroup group : layout.groups()) {
            all.add(new Placement(all.size(), group, 0));
        }
        ReelLayout reel = new ReelLayout(
                grid.rows(), grid.columns(), grid.temporal(), fps, List.of(RunSpan.of(grid.groups(), grid.frames())));
        return new LinePlan(reel, List.of(), List.of(Window.of(0, all)), List.of());
    }

    /** Tokens of the largest window. */
    public long largestWindow() {
        return windows.stream()
                .mapToLong(window -> window.tokens(reel.cells()))
                .max()
                .orElse(0);
    }

    /** Latent tokens of all windows, those that are read again counted again. */
    public long tokens() {
        return windows.stream().mapToLong(window -> window.tokens(reel.cells())).sum();
    }

    /**
     * Frames, counted from 0 as they are shown, that come from another window than the one before them, or from another
     * input: where a seam would be seen.
     */
    public List<Integer> joins() {
        int[] makers = makers();
        List<Integer> joins = new ArrayList<>();
        int before = makers[0];
        int slot = 0;
        int shown = 0;
        for (RunSpan run : reel.runs()) {
            for (int frame = run.firstFrame(); frame < run.firstFrame() + run.frames(); frame++, shown++) {
                int maker = makers[slot + Math.ceilDiv(frame, reel.temporal())];
                if (shown > 0 && maker != before) {
                    joins.add(shown);
                }
                before = maker;
            }
            slot += run.latents();
        }
        return List.copyOf(joins);
    }

    /** For every slot the number of the window that makes it, or -1 - the number of the input that it is given from. */
    private int[] makers() {
        int[] makers = new int[reel.latents()];
        for (Given piece : given) {
            Arrays.fill(makers, piece.slot(), piece.slot() + piece.latents(), -1 - piece.source());
        }
        for (int window = 0; window < windows.size(); window++) {
            for (Placement latent : windows.get(window).latents()) {
                if (latent.isMade()) {
                    makers[latent.slot()] = window;
                }
            }
        }
        return makers;
    }
}
