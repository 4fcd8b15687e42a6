package dev.zoetrope.runtime.timeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RefinementTest {
    private static final Windowing USUAL = new Windowing(7, 2, 0.05, true, 0);

    private static LatentGrid grid(int frames) {
        return new LatentGrid(16, 24, frames, 8, 4);
    }

    /** Times of the window's latents in frames after its first. */
    private static List<Double> frames(PlanCheck check, Window window) {
        return window.latents().stream()
                .map(latent -> Math.rint(check.windowFrame(latent) * 1e6) / 1e6)
                .toList();
    }

    /** Every given frame is a latent of its own that is shown at its time and never made. */
    @ParameterizedTest
    @CsvSource({"2,12", "3,12", "4,12", "5,7", "6,7", "8,12", "16,3", "2.5,12", "1.5,12", "1.25,9", "3,1", "4,2"})
    void interpolationKeepsTheFramesOfTheClipAtTheirTimes(double factor, int sourceFrames) {
        double sourceFps = 8;
        int frames = 1 + (int) Math.floor((sourceFrames - 1) * factor + 1e-6);
        LinePlan plan = Refinement.ofInterpolation(grid(frames), sourceFrames, sourceFps, sourceFps * factor);
        PlanCheck check = new PlanCheck(plan, "factor " + factor);
        assertEquals(frames, plan.reel().frames());
        check.everyLatentHasOneOrigin();
        check.runsMeetOnAFrameOfBoth();
        for (int slot = 0; slot < check.cells.size(); slot++) {
            if (check.source[slot] >= 0) {
                assertEquals(0, check.cells.get(slot).index(), "a key frame decodes without what is before it");
                assertEquals(1, check.cells.get(slot).span());
            }
        }
        int kept = 0;
        for (int frame = 0; frame < frames; frame++) {
            double key = frame / factor;
            int slot = check.slotOf(frame);
            if (Math.abs(key - Math.rint(key)) < 1e-9) {
                assertEquals(0, check.source[slot], "frame " + frame);
                assertEquals((int) Math.rint(key), check.sourceLatent[slot], "frame " + frame);
                kept++;
            } else {
                assertEquals(1, check.made[slot], "frame " + frame);
            }
        }
        assertTrue(kept >= Math.ceilDiv(sourceFrames, 4), kept + " frames of the clip are shown");
    }

    /** Between key frames that no whole frame falls on, the times are fractions; windows know them. */
    @Test
    void windowsOfAnUnevenFactorHoldEveryKeyFrameAtItsTime() {
        PlanCheck check = new PlanCheck(Refinement.ofInterpolation(grid(11), 5, 8, 20), "2.5");
        assertEquals(1, check.plan().windows().size());
        assertEquals(
                List.of(0.0, 1.0, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 7.5, 8.0, 9.0, 10.0),
                frames(check, check.plan().windows().getFirst()));
        assertEquals(11, check.plan().reel().frames());
    }

    @Test
    void eachPassLiesHalfwayBetweenTheFramesOfTheOneBefore() {
        PlanCheck check = new PlanCheck(Refinement.ofInterpolation(grid(17), 3, 8, 64), "8");
        assertEquals(
                List.of(List.of(0.0, 4.0, 8.0, 12.0, 16.0), List.of(0.0, 1.0, 4.0, 5.0, 8.0, 9.0, 12.0, 13.0, 16.0)),
                check.plan().windows().stream()
                        .map(window -> frames(check, window))
                        .toList());
        Window last = check.plan().windows().getLast();
        assertEquals(4 / 64.0, last.latents().get(1).at().spanSeconds(), 1e-12, "a latent of four frames");
        assertEquals(1 / 64.0, last.latents().get(2).at().spanSeconds(), 1e-12, "a key frame");
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8, 16, 64})
    void keyFramesCoverAnyLength(int stride) {
        for (int frames = 1; frames < 90; frames += frames < 20 ? 1 : 13) {
            LinePlan plan = Refinement.ofKeyFrames(grid(frames), 8, stride, USUAL);
            String where = frames + " frames, stride " + stride;
            PlanCheck check = new PlanCheck(plan, where);
            assertEquals(frames, plan.reel().frames(), where);
            assertEquals(List.of(), plan.given());
            check.everyLatentHasOneOrigin();
            for (Window window : plan.windows()) {
                assertTrue(
                        window.latents().size() <= 9,
                        where + ": " + window.latents().size() + " latents");
            }
            for (int frame = 0; frame < frames; frame++) {
                int slot = check.slotOf(frame);
                assertEquals(frame % 4 == 0, check.cells.get(slot).index() == 0, where + ", frame " + frame);
            }
        }
    }

    @Test
    void keyFramesAreMadeFromTheCoarseToTheFine() {
        PlanCheck check = new PlanCheck(Refinement.ofKeyFrames(grid(33), 8, 16, USUAL), "stride 16");
        List<List<Double>> windows = new ArrayList<>();
        check.plan().windows().forEach(window -> windows.add(frames(check, window)));
        assertEquals(
                List.of(
                        List.of(0.0, 16.0, 32.0),
                        List.of(0.0, 8.0, 16.0, 24.0, 32.0),
                        List.of(0.0, 4.0, 8.0, 12.0, 16.0, 20.0, 24.0, 28.0, 32.0),
                        List.of(0.0, 1.0, 4.0, 5.0, 8.0, 9.0, 12.0, 13.0, 16.0),
                        List.of(0.0, 1.0, 4.0, 5.0, 8.0, 9.0, 12.0, 13.0, 16.0)),
                windows);
    }

    @Test
    void windowsOfOnePassDoNotReadEachOther() {
        LinePlan plan = Refinement.ofInterpolation(grid(129), 33, 8, 32);
        assertEquals(8, plan.windows().size());
        for (Window window : plan.windows()) {
            assertTrue(plan.windows().stream().noneMatch(other -> !other.equals(window) && window.needs(other)));
        }
        LinePlan twoPasses = Refinement.ofInterpolation(grid(257), 33, 8, 64);
        assertTrue(twoPasses.windows().getLast().needs(twoPasses.windows().get(7)), "but a later one reads an earlier");
    }

    @Test
    void manyKeyFramesLookBackAndAtTheBeginning() {
        LinePlan plan = Refinement.ofKeyFrames(grid(1 + 4 * 19), 8, 4, USUAL);
        List<Window> keys = plan.windows().stream()
                .filter(window -> window.latents().stream()
                        .anyMatch(latent -> latent.isMade() && latent.at().spanSeconds() < 0.2))
                .toList();
        assertEquals(4, keys.size(), "20 key frames, 7 and then 5 at most in a window");
        for (Window window : keys.subList(1, 4)) {
            assertTrue(window.latents().size() <= 8);
            assertEquals(0.05, window.latents().getFirst().heldSigma());
            assertEquals(0.05, window.latents().get(1).heldSigma());
            assertEquals(
                    TokenRole.TIMELESS_REFERENCE,
                    window.latents().getLast().at().role());
            assertEquals(0, window.latents().getLast().slot());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 6, 12, 20})
    void aStrideThatDoublingDoesNotReachIsRefused(int stride) {
        assertEquals(
                "frames between key frames: expected 4 times a power of two, found " + stride,
                assertThrows(IllegalArgumentException.class, () -> Refinement.ofKeyFrames(grid(33), 8, stride, USUAL))
                        .getMessage());
    }
}
