package dev.zoetrope.cli.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.error.RequestException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DifferenceSeriesTest {
    private static final int SIZE = 64;
    private static final int FPS = 8;

    /** Two columns of 8 white pixels appear and two vanish: 32 of 4096 pixels by 255. */
    private static final double STEP_LEVELS = 32 * 255.0 / (SIZE * SIZE);

    /** Sums of whole numbers, divided once: exact but for the last digits. */
    private static final double EXACT = 1e-12;

    @Test
    void aMovingSquareHasTheFlickerOfItsEdges() {
        DifferenceSeries series = series(16, (frame, x, y) -> DrawnClip.square(x, y, 2 * frame, 20, 8));

        assertEquals(16, series.frames());
        assertEquals(STEP_LEVELS, series.flicker().meanLevels(), EXACT);
        assertEquals((255 - STEP_LEVELS) / 255, series.flicker().score(), EXACT);
        assertEquals(1, series.motion().movingShare());
        assertFalse(series.motion().still());
        assertEquals(1, series.jumps().largestRatio(), EXACT);
        assertEquals(List.of(), series.jumps().jumpFrames());
    }

    @Test
    void aStillPictureHasTheBestFlickerScoreAndIsFlagged() {
        DifferenceSeries series = series(16, (_, x, y) -> DrawnClip.square(x, y, 10, 20, 8));

        assertEquals(1, series.flicker().score());
        assertTrue(series.motion().still());
        assertEquals(0, series.closure().ratio());
    }

    @Test
    void noiseOfAFewLevelsIsNoMotion() {
        Random random = new Random(5);
        DifferenceSeries series = series(16, (_, _, _) -> DrawnClip.grey(120 + random.nextInt(5)));

        assertTrue(series.flicker().meanLevels() > 1, "the noise is seen");
        assertTrue(series.motion().still());
    }

    @Test
    void aPictureThatMovesOnceIsStill() {
        DifferenceSeries series = series(16, (frame, x, y) -> DrawnClip.square(x, y, frame < 7 ? 10 : 30, 20, 8));

        assertEquals(1.0 / 15, series.motion().movingShare(), EXACT);
        assertTrue(series.motion().still());
    }

    @Test
    void aJumpAtAJoinIsTheSeamRatio() {
        // Steps of 1 px change 16 pixels; the leap of 21 px at frame 9 changes 128.
        DifferenceSeries series =
                series(20, (frame, x, y) -> DrawnClip.square(x, y, frame < 9 ? frame : frame + 20, 20, 8));
        DifferenceSeries.Seams seams = series.seams(List.of(9, 14));

        assertEquals(9, seams.joins().getFirst().frame());
        assertEquals(8, seams.joins().getFirst().ratio(), EXACT);
        assertEquals(1, seams.joins().getLast().ratio(), EXACT);
        assertEquals(4.5, seams.medianRatio(), EXACT);
        assertEquals(8, seams.largestRatio(), EXACT);
        assertEquals(9, series.jumps().largestAtFrame());
        assertEquals(List.of(9), series.jumps().jumpFrames());
    }

    @Test
    void otherJoinsNearbyAreNotTakenForTheUsual() {
        // Brighter by 1 and by 10 in turn: among the frames within a second of frame 10, more leap than not.
        DifferenceSeries.Seams seams = series(20, (frame, _, _) -> DrawnClip.grey(frame + 9 * (frame / 2)))
                .seams(List.of(2, 4, 6, 8, 10, 12, 14, 16, 18));

        assertEquals(1, seams.joins().get(4).insideLevels(), EXACT);
        assertEquals(10, seams.medianRatio(), EXACT);
    }

    @Test
    void aSeamIsComparedWithTheSecondAroundIt() {
        // One pixel a frame up to frame 30, then three. A second is 4 frames here: frames 31 to 39 and 16 to 24 count.
        DifferenceSeries whole = series(44, (frame, x, y) -> {
            int left = frame <= 30 ? frame : 30 + 3 * (frame - 30);
            return DrawnClip.square(x, y, left % 64, 20, 8);
        });
        DifferenceSeries series = new DifferenceSeries(4, levels(whole), new double[whole.frames() - 1], 0);

        assertEquals(
                STEP_LEVELS / 2, series.seams(List.of(20)).joins().getFirst().insideLevels(), EXACT);
        assertEquals(
                STEP_LEVELS * 3 / 2,
                series.seams(List.of(36)).joins().getFirst().insideLevels(),
                EXACT);
    }

    @Test
    void aMotionThatComesBackCloses() {
        // A circle in 24 frames: the step from the last frame to the first is one like the others.
        DifferenceSeries loop = series(24, (frame, x, y) -> {
            double angle = 2 * Math.PI * frame / 24;
            double distance = Math.hypot(x - 32 - 16 * Math.cos(angle), y - 32 - 16 * Math.sin(angle));
            return DrawnClip.grey((int) Math.round(255 * Math.clamp(8.5 - distance, 0, 1)));
        });
        // Half a circle: the end is as far from the beginning as can be.
        DifferenceSeries half = series(12, (frame, x, y) -> {
            double angle = 2 * Math.PI * frame / 24;
            double distance = Math.hypot(x - 32 - 16 * Math.cos(angle), y - 32 - 16 * Math.sin(angle));
            return DrawnClip.grey((int) Math.round(255 * Math.clamp(8.5 - distance, 0, 1)));
        });

        // The disc's edge falls on other fractions of pixels at every angle; a tenth covers that.
        assertEquals(1, loop.closure().ratio(), 0.1);
        assertTrue(half.closure().ratio() > 2, "ratio " + half.closure().ratio());
    }

    @Test
    void joinsOutsideTheClipAreRefused() {
        DifferenceSeries series = series(8, (frame, x, y) -> DrawnClip.square(x, y, frame, 20, 8));

        for (int join : List.of(0, 8, -3)) {
            String message = assertThrows(RequestException.class, () -> series.seams(List.of(join)))
                    .getMessage();
            assertTrue(message.contains("1 to 7") && message.endsWith("found " + join), message);
        }
    }

    @Test
    void framesOfAnotherSizeAreRefused() {
        try (FrameDifferences differences = new FrameDifferences(FPS)) {
            DrawnClip.draw(differences, 8, 8, 1, (_, _, _) -> 0);
            assertThrows(RequestException.class, () -> DrawnClip.draw(differences, 9, 8, 1, (_, _, _) -> 0));
        }
    }

    @Test
    void oneFrameHasNoDifferences() {
        try (FrameDifferences differences = new FrameDifferences(FPS)) {
            DrawnClip.draw(differences, 8, 8, 1, (_, _, _) -> 0);
            assertTrue(differences.series().isEmpty());
        }
    }

    private static double[] levels(DifferenceSeries series) {
        double[] levels = new double[series.frames() - 1];
        for (int frame = 1; frame < series.frames(); frame++) {
            levels[frame - 1] = series.levelsAt(frame);
        }
        return levels;
    }

    private static DifferenceSeries series(int frames, DrawnClip.Pixels pixels) {
        try (FrameDifferences differences = new FrameDifferences(FPS)) {
            DrawnClip.draw(differences, SIZE, SIZE, frames, pixels);
            return differences.series().orElseThrow();
        }
    }
}
