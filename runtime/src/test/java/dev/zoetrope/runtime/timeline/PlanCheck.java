package dev.zoetrope.runtime.timeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A plan seen from outside: where its latents stand on the time line, and what is wrong with it. */
final class PlanCheck {
    /** Rounding of a few sums and products of doubles. */
    static final double ROUNDING_FRAMES = 1e-6;

    /**
     * A latent of the plan.
     *
     * @param run number of its run
     * @param index its place in the run
     * @param firstFrame frame of the time line at which it begins; of a run that is not shown, where the next one is
     * @param span frames that it stands for
     */
    record Cell(int run, int index, int firstFrame, int span) {}

    private final LinePlan plan;
    private final String where;
    final List<Cell> cells = new ArrayList<>();
    /** For every slot the input that it is from, or -1. */
    final int[] source;
    /** For every slot the latent of that input, or -1. */
    final int[] sourceLatent;
    /** For every slot how often a window makes it. */
    final int[] made;

    PlanCheck(LinePlan plan, String where) {
        this.plan = plan;
        this.where = where;
        ReelLayout reel = plan.reel();
        int shown = 0;
        for (int run = 0; run < reel.runs().size(); run++) {
            RunSpan span = reel.runs().get(run);
            for (int i = 0; i < span.latents(); i++) {
                int first = shown - span.firstFrame() + (i == 0 ? 0 : 1 + reel.temporal() * (i - 1));
                cells.add(new Cell(run, i, first, i == 0 ? 1 : reel.temporal()));
            }
            shown += span.frames();
        }
        source = new int[cells.size()];
        sourceLatent = new int[cells.size()];
        made = new int[cells.size()];
        java.util.Arrays.fill(source, -1);
        java.util.Arrays.fill(sourceLatent, -1);
        for (LinePlan.Given given : plan.given()) {
            for (int i = 0; i < given.latents(); i++) {
                assertEquals(-1, source[given.slot() + i], where + ": inputs for slot " + (given.slot() + i));
                source[given.slot() + i] = given.source();
                sourceLatent[given.slot() + i] = given.firstLatent() + i;
            }
        }
        for (Window window : plan.windows()) {
            window.latents().stream().filter(Placement::isMade).forEach(latent -> made[latent.slot()]++);
        }
    }

    LinePlan plan() {
        return plan;
    }

    RunSpan span(int slot) {
        return plan.reel().runs().get(cells.get(slot).run());
    }

    boolean isShown(int slot) {
        return span(slot).frames() > 0;
    }

    /** The frame of the time line behind the last one that a latent's run shows. */
    int shownEnd(int slot) {
        RunSpan span = span(slot);
        return runStart(slot) + span.firstFrame() + span.frames();
    }

    /** The frame of the time line at which a latent's run shows its first frame. */
    int shownStart(int slot) {
        return runStart(slot) + span(slot).firstFrame();
    }

    private int runStart(int slot) {
        Cell cell = cells.get(slot);
        return cells.get(slot - cell.index()).firstFrame();
    }

    /** The slot that a frame of the result is decoded from. */
    int slotOf(int frame) {
        for (int slot = 0; slot < cells.size(); slot++) {
            Cell cell = cells.get(slot);
            if (frame >= cell.firstFrame()
                    && frame < cell.firstFrame() + cell.span()
                    && frame >= shownStart(slot)
                    && frame < shownEnd(slot)) {
                return slot;
            }
        }
        throw new AssertionError(where + ": no latent for frame " + frame);
    }

    /** Every latent is given or made, and only once; a window knows all that it reads. */
    void everyLatentHasOneOrigin() {
        for (int slot = 0; slot < cells.size(); slot++) {
            assertEquals(1, made[slot] + (source[slot] >= 0 ? 1 : 0), where + ": origins of slot " + slot);
        }
        Set<Integer> known = new HashSet<>();
        for (int slot = 0; slot < cells.size(); slot++) {
            if (source[slot] >= 0) {
                known.add(slot);
            }
        }
        for (Window window : plan.windows()) {
            for (Placement latent : window.latents()) {
                assertTrue(latent.isMade() || known.contains(latent.slot()), where + ": read before it is made");
            }
            assertTrue(known.containsAll(window.likeness().slots()), where + ": compared with before it is made");
            window.latents().stream().filter(Placement::isMade).forEach(latent -> known.add(latent.slot()));
        }
    }

    /** A run meets the next one only on a frame of both that it does not show itself, at the end of a latent that is made. */
    void runsMeetOnAFrameOfBoth() {
        List<RunSpan> runs = plan.reel().runs();
        int slot = 0;
        for (int run = 0; run < runs.size(); run++) {
            RunSpan span = runs.get(run);
            slot += span.latents();
            if (!span.meets()) {
                continue;
            }
            int next = run;
            do {
                next = (next + 1) % runs.size();
            } while (runs.get(next).frames() == 0);
            assertEquals(1, span.hiddenFrames(plan.reel().temporal()), where + ": hidden frames of " + span);
            assertEquals(0, runs.get(next).firstFrame(), where + ": first frame of the run behind " + span);
            assertEquals(1, made[slot - 1], where + ": the last latent of " + span + " is made");
        }
    }

    /** The frame of the window's own time, times the rate, at which a latent begins. */
    double windowFrame(Placement latent) {
        return (latent.at().centreSeconds() - latent.at().spanSeconds() / 2)
                * plan.reel().fps();
    }

    /**
     * Every latent of a window stands where it stands on the time line; what follows a loop's end stands a whole length
     * later.
     *
     * @param turnFrames length of a loop, 0 = none
     */
    void timesAreThoseOfTheTimeLine(Window window, int turnFrames) {
        double fps = plan.reel().fps();
        double base = Double.NaN;
        double earliest = Double.POSITIVE_INFINITY;
        for (Placement latent : window.latents()) {
            if (latent.isMade()) {
                base = cells.get(latent.slot()).firstFrame() - windowFrame(latent);
            }
        }
        for (Placement latent : window.latents()) {
            Cell cell = cells.get(latent.slot());
            if (latent.at().role() == TokenRole.TIMELESS_REFERENCE) {
                assertEquals(0, latent.at().spanSeconds(), where + ": span of what has no time");
                continue;
            }
            assertEquals(cell.span() / fps, latent.at().spanSeconds(), 1e-9, where + ": span of " + cell);
            earliest = Math.min(earliest, windowFrame(latent));
            if (!isShown(latent.slot())) {
                continue; // a picture between the cells: its own test knows where it is
            }
            double off = windowFrame(latent) + base - cell.firstFrame();
            boolean turned = turnFrames > 0 && !latent.isMade() && Math.abs(off - turnFrames) < ROUNDING_FRAMES;
            assertTrue(turned || Math.abs(off) < ROUNDING_FRAMES, where + ": " + cell + " is off by " + off);
        }
        assertEquals(0, earliest, ROUNDING_FRAMES, where + ": a window begins at 0");
    }
}
