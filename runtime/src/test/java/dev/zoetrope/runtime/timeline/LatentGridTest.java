package dev.zoetrope.runtime.timeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LatentGridTest {
    @Test
    void wholeCellsNeedNoCrop() {
        LatentGrid grid = new LatentGrid(64, 48, 13, 8, 4);
        assertEquals(List.of(6, 8, 4), List.of(grid.rows(), grid.columns(), grid.groups()));
        assertEquals(List.of(0, 0, 13), List.of(grid.cropLeftPx(), grid.cropTopPx(), grid.codedFrames()));
    }

    @Test
    void oddSizesAreRoundedUpAndCroppedInTheMiddle() {
        LatentGrid grid = new LatentGrid(63, 41, 14, 8, 4);
        assertEquals(List.of(64, 48, 17), List.of(grid.codedWidthPx(), grid.codedHeightPx(), grid.codedFrames()));
        assertEquals(List.of(0, 3), List.of(grid.cropLeftPx(), grid.cropTopPx()));
    }

    @Test
    void anyGridCoversThePictureWithLessThanACellToSpare() {
        long seed = 5;
        Random random = new Random(seed);
        for (int i = 0; i < 1000; i++) {
            LatentGrid grid = new LatentGrid(
                    1 + random.nextInt(3000),
                    1 + random.nextInt(3000),
                    1 + random.nextInt(900),
                    1 + random.nextInt(32),
                    1 + random.nextInt(8));
            String what = grid + ", seed " + seed;
            assertTrue(
                    grid.codedWidthPx() - grid.widthPx() >= 0 && grid.codedWidthPx() - grid.widthPx() < grid.spatial(),
                    what);
            assertTrue(
                    grid.codedHeightPx() - grid.heightPx() >= 0
                            && grid.codedHeightPx() - grid.heightPx() < grid.spatial(),
                    what);
            assertTrue(
                    grid.codedFrames() - grid.frames() >= 0 && grid.codedFrames() - grid.frames() < grid.temporal(),
                    what);
            assertTrue(grid.cropLeftPx() + grid.widthPx() <= grid.codedWidthPx(), what);
            assertTrue(grid.cropTopPx() + grid.heightPx() <= grid.codedHeightPx(), what);
        }
    }

    @Test
    void nothingHasNoGrid() {
        String message = assertThrows(IllegalArgumentException.class, () -> new LatentGrid(0, 48, 13, 8, 4))
                .getMessage();
        assertEquals("clip: expected at least 1x1 px and 1 frame, found 0x48 px, 13 frames", message);
    }
}
