package dev.zoetrope.runtime.schedule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.error.RequestException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SigmaScheduleTest {
    private static void assertFallsToZero(SigmaSchedule schedule, int steps, String what) {
        assertEquals(steps, schedule.steps(), what);
        assertTrue(schedule.sigma(0) <= 1, what);
        for (int i = 1; i <= steps; i++) {
            assertTrue(schedule.sigma(i) < schedule.sigma(i - 1), what + ", sigma " + i + " of " + schedule);
        }
        assertEquals(0, schedule.sigma(steps), what);
    }

    @Test
    void everyScheduleFallsStrictlyToZero() {
        long seed = 6;
        Random random = new Random(seed);
        for (int i = 0; i < 500; i++) {
            int steps = 1 + random.nextInt(200);
            double shift = Math.exp(3 * random.nextDouble() - 1);
            String what = steps + " steps, shift " + shift + ", seed " + seed;
            assertFallsToZero(SigmaSchedule.linear(steps), steps, what);
            assertFallsToZero(SigmaSchedule.linear(steps).shifted(shift), steps, what);
            assertFallsToZero(SigmaSchedule.flowMatchEuler(steps, shift), steps, what);
            assertFallsToZero(SigmaSchedule.uniPcFlow(steps, shift), steps, what);
            assertFallsToZero(SigmaSchedule.dpmSolverFlow(steps, shift), steps, what);
            assertFallsToZero(SigmaSchedule.dynamicShift(steps, Math.log(shift)), steps, what);
            assertFallsToZero(SigmaSchedule.karras(steps, 1, 0.001), steps, what);
            assertFallsToZero(SigmaSchedule.exponential(steps, 1, 0.001), steps, what);
        }
    }

    @Test
    void linearIsEven() {
        assertArrayEquals(
                new float[] {1, 0.75f, 0.5f, 0.25f, 0}, SigmaSchedule.linear(4).toArray());
    }

    @Test
    void shiftMovesTheMiddleAndKeepsTheEnds() {
        // 3 * 0.5 / (1 + 2 * 0.5) = 0.75
        assertArrayEquals(
                new float[] {1, 0.75f, 0}, SigmaSchedule.linear(2).shifted(3).toArray());
    }

    @Test
    void aStrengthStartsWithinTheSchedule() {
        assertEquals(
                SigmaSchedule.of(0.6, 0.5, 0.25, 0), SigmaSchedule.linear(4).startingAt(0.6));
        assertEquals(SigmaSchedule.of(0.5, 0.25, 0), SigmaSchedule.linear(4).startingAt(0.5));
        assertEquals(SigmaSchedule.linear(4), SigmaSchedule.linear(4).startingAt(1));
        assertEquals(SigmaSchedule.of(0.1, 0), SigmaSchedule.linear(4).startingAt(0.1));
    }

    @Test
    void dynamicShiftGrowsWithTheClip() {
        assertEquals(0.5, SigmaSchedule.dynamicMu(256, 256, 4096, 0.5, 1.15), 1e-12);
        assertEquals(1.15, SigmaSchedule.dynamicMu(4096, 256, 4096, 0.5, 1.15), 1e-12);
    }

    @Test
    void badListsAreNamed() {
        assertEquals(
                "sigma 2: expected less than the one before it, 0.5, found 0.5; sigmas fall strictly to 0",
                refused(List.of(1.0, 0.5, 0.5, 0.0)));
        assertEquals("last sigma: expected 0 (clean), found 0.1", refused(List.of(1.0, 0.1)));
        assertEquals("first sigma: expected at most 1 (pure noise), found 1.5", refused(List.of(1.5, 0.0)));
        assertEquals("first sigma: expected at most 1 (pure noise), found NaN", refused(List.of(Double.NaN, 0.0)));
        assertEquals("sigmas: expected at least 2 (one step), found [0.0]", refused(List.of(0.0)));
        assertEquals(
                "steps: expected at least 1, found 0",
                assertThrows(RequestException.class, () -> SigmaSchedule.linear(0))
                        .getMessage());
    }

    private static String refused(List<Double> sigmas) {
        return assertThrows(RequestException.class, () -> SigmaSchedule.of(sigmas))
                .getMessage();
    }
}
