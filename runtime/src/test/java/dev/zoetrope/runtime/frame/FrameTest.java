package dev.zoetrope.runtime.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class FrameTest {
    @Test
    void countsTheLastRowWithoutItsGap() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pixels = arena.allocate(2 * 40 + 12);
            Frame frame = new Frame(pixels, 4, 3, 40, 0);
            assertFalse(frame.isPadded());
            assertTrue(new Frame(arena.allocate(2 * 40 + 12 + Frame.PADDING_BYTES), 4, 3, 40, 0).isPadded());
            assertThrows(IllegalArgumentException.class, () -> new Frame(pixels, 5, 3, 40, 0));
        }
    }

    @Test
    void cropsWithoutACopy() {
        try (Arena arena = Arena.ofConfined()) {
            Frame whole = Frame.packed(arena.allocate(64 * 48 * 3), 64, 48, 7);
            Frame crop = whole.crop(50, 30);
            assertEquals(whole.pixels().address(), crop.pixels().address());
            assertEquals(64 * 3, crop.strideBytes());
            assertEquals(7, crop.index());
            assertThrows(IllegalArgumentException.class, () -> whole.crop(65, 48));
        }
    }

    @Test
    void refusesWhatIsNoFrame() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pixels = arena.allocate(100);
            assertThrows(IllegalArgumentException.class, () -> new Frame(pixels, 0, 1, 3, 0));
            assertThrows(IllegalArgumentException.class, () -> new Frame(pixels, 4, 1, 11, 0));
            assertThrows(IllegalArgumentException.class, () -> Frame.packed(pixels, 6, 6, 0));
            assertThrows(
                    IllegalArgumentException.class, () -> Frame.packed(MemorySegment.ofArray(new byte[100]), 2, 2, 0));
        }
    }
}
