package dev.zoetrope.runtime.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class KeepMaskTest {
    private static final int SIDE = 32;
    private static final int KEPT_COLUMNS = 12;

    private static Frame frame(Arena arena, int left, int right) {
        MemorySegment pixels = arena.allocate(3L * SIDE * SIDE);
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                for (int channel = 0; channel < 3; channel++) {
                    pixels.set(ValueLayout.JAVA_BYTE, 3L * (y * SIDE + x) + channel, (byte)
                            (x < KEPT_COLUMNS ? left : right));
                }
            }
        }
        return Frame.packed(pixels, SIDE, SIDE, 0);
    }

    private static int red(Frame frame, int x, int y) {
        return Byte.toUnsignedInt(frame.pixels().get(ValueLayout.JAVA_BYTE, 3L * (y * SIDE + x)));
    }

    @Test
    void whatIsKeptStaysAndFadesAcrossTheFeatherIntoWhatIsNew() {
        try (Arena arena = Arena.ofConfined()) {
            KeepMask mask = KeepMask.of(frame(arena, 255, 0));
            Frame fresh = frame(arena, 10, 10);

            mask.blend(frame(arena, 200, 200), fresh);

            for (int y = 0; y < SIDE; y++) {
                for (int x = 0; x < SIDE; x++) {
                    int found = red(fresh, x, y);
                    if (x < KEPT_COLUMNS) {
                        assertEquals(200, found, "kept pixel " + x + ", " + y);
                    } else if (x >= KEPT_COLUMNS + KeepMask.FEATHER_PX) {
                        assertEquals(10, found, "new pixel " + x + ", " + y);
                    } else {
                        assertTrue(found < red(fresh, x - 1, y), "falls at " + x + ", " + y + ": " + found);
                    }
                }
            }
        }
    }

    @Test
    void onlyCellsWithoutANewPixelAreKept() {
        try (Arena arena = Arena.ofConfined()) {
            KeepMask mask = KeepMask.of(frame(arena, 255, 0));

            // Columns of cells begin at 0, 8, 16, 24: the second one holds pixels 12 to 15, which are new.
            assertEquals("{0, 4, 8, 12}", mask.keptCells(4, 4, 8, 0, 0).toString());
            // With the picture two pixels further right the kept ones end at 13, in the second cell still.
            assertEquals("{0, 5, 10, 15, 20}", mask.keptCells(5, 5, 8, 2, 2).toString());
        }
    }
}
