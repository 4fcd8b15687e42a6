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
 */
public record LinePlan(ReelLayout reel, List<Given> given, List<Window> windows) {
    /**
     * Latents from outside.
     *
     * @param source index of the input: the planner's caller knows which
     * @param firstLatent first of the input's latents that is taken
     * @param slot where it goes
     * @param latents how many follow each other
     */
    public record Given(int source, int firstLatent, int slot, int latents) {}

    public LinePlan {
        given = List.copyOf(given);
        windows = List.copyOf(windows);
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

    /** A clip of one run, made from nothing in one window. */
    public static LinePlan ofRun(LatentGrid grid, double fps) {
        ClipLayout layout = grid.layout(fps);
        List<Placement> all = new ArrayList<>();
        for (LatentGroup group : layout.groups()) {
            all.add(new Placement(all.size(), group, 0));
        }
        ReelLayout reel = new ReelLayout(
                grid.rows(), grid.columns(), grid.temporal(), fps, List.of(RunSpan.of(grid.groups(), grid.frames())));
        return new LinePlan(reel, List.of(), List.of(Window.of(0, all)));
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
