package dev.zoetrope.runtime.timeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RestylingTest {
    @Test
    void everyLatentIsGivenAndMadeOverOnce() {
        long seed = 7;
        Random random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            List<RunSpan> runs = new ArrayList<>();
            int frames = 0;
            for (int run = 1 + random.nextInt(3); run > 0; run--) {
                RunSpan span = RunSpan.of(1 + random.nextInt(12), 1);
                span = RunSpan.of(span.latents(), 1 + random.nextInt(span.codedFrames(4)));
                runs.add(span);
                frames += span.frames();
            }
            Windowing windowing = new Windowing(2 + random.nextInt(7), 1, 0.1, true, 0);
            String where = "clip " + i + " of seed " + seed + ": " + runs + ", " + windowing;
            LinePlan plan = Restyling.plan(new LatentGrid(16, 24, frames, 8, 4), 8, runs, 0.4, windowing);
            PlanCheck check = new PlanCheck(plan, where);
            assertEquals(runs, plan.reel().runs(), where);
            for (int slot = 0; slot < check.cells.size(); slot++) {
                assertEquals(slot, check.sourceLatent[slot], where);
                assertEquals(1, check.made[slot], where);
            }
            for (Window window : plan.windows()) {
                assertEquals(0.4, window.strength(), where);
                assertTrue(window.latents().size() <= windowing.latents(), where);
                check.timesAreThoseOfTheTimeLine(window, 0);
            }
        }
    }

    @Test
    void laterWindowsLookBackAtWhatHasBeenMadeOver() {
        LinePlan plan = Restyling.plan(
                new LatentGrid(16, 24, 81, 8, 4),
                8,
                List.of(RunSpan.of(21, 81)),
                0.4,
                new Windowing(7, 2, 0.05, true, 0));
        assertEquals(4, plan.windows().size());
        for (int i = 1; i < 4; i++) {
            assertTrue(plan.windows().get(i).needs(plan.windows().get(i - 1)));
            assertEquals(0.05, plan.windows().get(i).latents().getFirst().heldSigma());
        }
    }

    /** A picture that guided the clip is among its latents and is not made over. */
    @Test
    void whatIsNotShownIsLeftOut() {
        LinePlan plan = Restyling.plan(
                new LatentGrid(16, 24, 12, 8, 4),
                8,
                List.of(RunSpan.of(3, 9), RunSpan.of(1, 0), RunSpan.of(1, 1), RunSpan.of(1, 1), RunSpan.of(1, 1)),
                1,
                new Windowing(7, 2, 0, false, 0));
        assertEquals(6, plan.reel().latents());
        assertEquals(12, plan.reel().frames());
        assertEquals(
                List.of(0, 4, 5, 6),
                plan.given().stream().map(LinePlan.Given::firstLatent).toList());
    }
}
