package dev.zoetrope.cli.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.error.RequestException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClipMetricsTest {
    private static final int SIZE = 48;
    private static final int FPS = 8;

    /** Logarithms of whole numbers. */
    private static final double EXACT = 1e-9;

    private static final DrawnClip.Pixels SQUARE = (frame, x, y) -> DrawnClip.square(x, y, frame, 20, 8);

    private final DrawnClip.World world = new DrawnClip.World(11);

    @Test
    void everythingIsMeasuredInOnePass() {
        try (ClipMetrics metrics = ClipMetrics.create(FPS).joins(List.of(8))) {
            DrawnClip.draw(metrics, SIZE, SIZE, 16, SQUARE);
            ClipReport report = metrics.report();

            assertEquals(16, report.frames());
            assertEquals(SIZE, report.widthPx());
            assertEquals(1, report.seams().orElseThrow().medianRatio(), EXACT);
            assertFalse(report.changes().orElseThrow().motion().still());
            assertEquals(2, report.colour().seconds().size());
            assertTrue(report.against().isEmpty());
        }
    }

    @Test
    void aPictureIsComparedWithItsFrame() {
        Picture darker = DrawnClip.picture(SIZE, SIZE, (_, x, y) -> Math.max(0x010101, SQUARE.at(3, x, y)) - 0x010101);
        try (ClipMetrics metrics = ClipMetrics.create(FPS)
                .picture(3, DrawnClip.picture(SIZE, SIZE, (_, x, y) -> SQUARE.at(3, x, y)))
                .picture(4, DrawnClip.picture(SIZE, SIZE, (_, x, y) -> SQUARE.at(3, x, y)))
                .picture(5, darker)) {
            DrawnClip.draw(metrics, SIZE, SIZE, 8, SQUARE);
            ClipReport report = metrics.report();

            assertTrue(report.pictures().get(3L).identical());
            assertEquals(Double.POSITIVE_INFINITY, report.pictures().get(3L).psnrDb());
            // 16 pixels of 48 x 48 are wrong by 255, the peak.
            assertEquals(
                    10 * Math.log10(SIZE * SIZE / 16.0),
                    report.pictures().get(4L).psnrDb(),
                    EXACT);
            assertEquals(255, report.pictures().get(4L).largestLevels());
        }
    }

    @Test
    void oneLevelEverywhereIsFortyEightDecibels() {
        try (FrameStack other = FrameStack.create();
                ClipMetrics metrics = ClipMetrics.create(FPS)) {
            DrawnClip.draw(other, SIZE, SIZE, 8, (frame, _, _) -> DrawnClip.grey(frame == 5 ? 102 : 101));
            metrics.against(other.source(), 0);
            DrawnClip.draw(metrics, SIZE, SIZE, 8, (_, _, _) -> DrawnClip.grey(100));
            Fidelity fidelity = metrics.report().against().orElseThrow();

            assertEquals(8, fidelity.frames());
            // Squares 1 in seven frames, 4 in one.
            assertEquals(10 * Math.log10(255 * 255 * 8 / 11.0), fidelity.psnrDb(), EXACT);
            assertEquals(10 * Math.log10(255 * 255 / 4.0), fidelity.worstDb(), EXACT);
            assertEquals(5, fidelity.worstFrame());
            assertEquals(2, fidelity.largestLevels());
        }
    }

    @Test
    void theOffsetIsWhereTheOtherClipBegins() {
        assertTrue(against(8, 4, 3, 3).identical(), "frame 3 of this one is frame 0 of the other");
        assertEquals(4, against(8, 4, 3, 3).frames());
        assertTrue(against(4, 8, -2, -2).identical(), "frame 0 of this one is frame 2 of the other");
        assertEquals(4, against(4, 8, -2, -2).frames());
        assertFalse(against(8, 4, 3, 2).identical(), "one frame beside it");
    }

    @Test
    void aClipWithoutACommonFrameIsRefused() {
        String message =
                assertThrows(RequestException.class, () -> against(4, 4, 0, 4)).getMessage();
        assertTrue(message.startsWith("offset: expected"), message);
    }

    @Test
    void aKeptPartIsEqualAndWithoutAStep() {
        Picture mask = DrawnClip.picture(SIZE, SIZE, (_, x, _) -> x < 24 ? 0xFFFFFF : 0);
        ClipReport.Region same = region(mask, 0, (frame, x, y) -> world.at(x + frame, y));
        // All of the new part is brighter by 60, beyond what neighbours differ by.
        ClipReport.Region step = region(mask, 0, (frame, x, y) -> brighter(world.at(x + frame, y), x < 24 ? 0 : 60));

        // Steps of a bilinear world differ from place to place; the mean along 48 rows stays within a third.
        assertEquals(1, same.seamRatio(), 0.33);
        assertTrue(step.seamRatio() > 3, "ratio " + step.seamRatio());
        assertTrue(step.worstSeamRatio() >= step.seamRatio());
        assertTrue(step.kept().orElseThrow().identical(), "what is new does not count");
        assertEquals(0, step.kept().orElseThrow().largestLevels());
    }

    @Test
    void aStepAnywhereInTheFeatherIsFound() {
        Picture mask = DrawnClip.picture(SIZE, SIZE, (_, x, _) -> x < 24 ? 0xFFFFFF : 0);
        DrawnClip.Pixels step = (frame, x, y) -> brighter(world.at(x + frame, y), x < 28 ? 0 : 60);
        // From the boundary on, 1, 2, 3 ... 8 eighths of the step.
        DrawnClip.Pixels faded =
                (frame, x, y) -> brighter(world.at(x + frame, y), Math.clamp((x - 23) * 60 / 8, 0, 60));

        assertTrue(region(mask, 0, step).seamRatio() < 1.5, "4 px from the boundary");
        assertTrue(region(mask, 8, step).seamRatio() > 3, "inside a feather of 8 px");
        assertTrue(
                region(mask, 8, faded).seamRatio() < 2,
                "ratio " + region(mask, 8, faded).seamRatio());
        assertTrue(region(mask, 8, step).kept().orElseThrow().identical(), "the feather lies outside what is kept");
    }

    @Test
    void whatIsKeptEndsWithTheWhite() {
        Picture mask = DrawnClip.picture(SIZE, SIZE, (_, x, _) -> x < 24 ? 0xFFFFFF : 0);
        DrawnClip.Pixels edit = (frame, x, y) -> brighter(world.at(x + frame, y), x < 23 ? 0 : 10);

        assertFalse(region(mask, 0, edit).kept().orElseThrow().identical());
        assertEquals(10, region(mask, 0, edit).kept().orElseThrow().largestLevels());
    }

    @Test
    void masksWithoutABoundaryAreRefused() {
        Picture white = DrawnClip.picture(SIZE, SIZE, (_, _, _) -> 0xFFFFFF);
        Picture half = DrawnClip.picture(SIZE, SIZE, (_, x, _) -> x < 24 ? 0xFFFFFF : 0);
        Picture line = DrawnClip.picture(SIZE, 2, (_, _, y) -> y == 0 ? 0xFFFFFF : 0);
        try (ClipMetrics metrics = ClipMetrics.create(FPS)) {
            assertThrows(RequestException.class, () -> metrics.kept(white, 0));
            assertThrows(RequestException.class, () -> metrics.kept(line, 0));
            assertThrows(RequestException.class, () -> metrics.kept(half, -1));
            assertThrows(RequestException.class, () -> metrics.kept(half, Integer.MAX_VALUE));
        }
    }

    @Test
    void picturesOfAnotherSizeAndOfNoFrameAreRefused() {
        try (ClipMetrics metrics =
                ClipMetrics.create(FPS).picture(0, DrawnClip.picture(SIZE, SIZE + 1, (_, _, _) -> 0))) {
            String message = assertThrows(RequestException.class, () -> DrawnClip.draw(metrics, SIZE, SIZE, 1, SQUARE))
                    .getMessage();
            assertTrue(message.contains("expected 48x48 px") && message.contains("found 48x49"), message);
        }
        try (ClipMetrics metrics = ClipMetrics.create(FPS).picture(9, DrawnClip.picture(SIZE, SIZE, SQUARE))) {
            DrawnClip.draw(metrics, SIZE, SIZE, 3, SQUARE);
            assertThrows(RequestException.class, metrics::report);
        }
    }

    @Test
    void oneFrameHasColoursButNoDifferences() {
        try (ClipMetrics metrics = ClipMetrics.create(FPS)) {
            DrawnClip.draw(metrics, SIZE, SIZE, 1, SQUARE);
            assertTrue(metrics.report().changes().isEmpty());
            assertEquals(0, metrics.report().colour().last());
        }
    }

    /** A clip of a square compared with another that shows it later by {@code shift} frames. */
    private static Fidelity against(int frames, int otherFrames, int shift, long offset) {
        try (FrameStack other = FrameStack.create();
                ClipMetrics metrics = ClipMetrics.create(FPS)) {
            DrawnClip.draw(other, SIZE, SIZE, otherFrames, (frame, x, y) -> SQUARE.at(frame + shift + 9, x, y));
            metrics.against(other.source(), offset);
            DrawnClip.draw(metrics, SIZE, SIZE, frames, (frame, x, y) -> SQUARE.at(frame + 9, x, y));
            return metrics.report().against().orElseThrow();
        }
    }

    private ClipReport.Region region(Picture mask, int featherPx, DrawnClip.Pixels edit) {
        try (FrameStack original = FrameStack.create();
                ClipMetrics metrics = ClipMetrics.create(FPS).kept(mask, featherPx)) {
            DrawnClip.draw(original, SIZE, SIZE, 4, (frame, x, y) -> world.at(x + frame, y));
            metrics.against(original.source(), 0);
            DrawnClip.draw(metrics, SIZE, SIZE, 4, edit);
            return metrics.report().region().orElseThrow();
        }
    }

    private static int brighter(int colour, int levels) {
        return DrawnClip.grey(Math.min(255, (colour & 0xFF) + levels));
    }
}
