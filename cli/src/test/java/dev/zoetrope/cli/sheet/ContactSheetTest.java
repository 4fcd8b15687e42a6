package dev.zoetrope.cli.sheet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.cli.metrics.DrawnClip;
import dev.zoetrope.cli.metrics.Picture;
import dev.zoetrope.runtime.error.RequestException;
import java.awt.image.BufferedImage;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ContactSheetTest {
    private static final int GAP = ContactSheet.GAP_PX;
    private static final int WHITE = 0xFFFFFF;

    /** Grey 10 and a tenth more for each frame, with a red pixel in the upper left corner. */
    private static final DrawnClip.Pixels COUNTED =
            (frame, x, y) -> x == 0 && y == 0 ? 0xFF0000 : DrawnClip.grey(10 + 10 * frame);

    @BeforeAll
    static void withoutADisplay() {
        System.setProperty("java.awt.headless", "true");
    }

    @Test
    void framesAreEvenlySpacedFromTheFirstToTheLast() {
        assertEquals(List.of(0L, 5L, 10L, 15L), Strip.evenly(16, 4));
        assertEquals(List.of(0L, 2L, 4L, 6L, 9L, 11L, 13L, 15L), Strip.evenly(16, 8));
        assertEquals(List.of(0L, 1L, 2L), Strip.evenly(3, 8));
        assertEquals(List.of(0L), Strip.evenly(16, 1));
        assertThrows(RequestException.class, () -> Strip.evenly(16, 0));
    }

    @Test
    void rowsStandUnderEachOtherWithGapsAround() {
        BufferedImage sheet = sheet(Optional.empty(), false, strip(20, 10, 7, 4), strip(12, 30, 2, 4));

        // Four frames of 20 px and five gaps; 10 and 30 px and three gaps.
        assertEquals(4 * 20 + 5 * GAP, sheet.getWidth());
        assertEquals(10 + 30 + 3 * GAP, sheet.getHeight());
        // Frames 0, 2, 4, 6 of the first clip, 0 and 1 of the second.
        assertEquals(0xFF0000, pixel(sheet, GAP, GAP));
        assertEquals(DrawnClip.grey(10), pixel(sheet, GAP + 1, GAP));
        assertEquals(DrawnClip.grey(70), pixel(sheet, GAP + 3 * (20 + GAP) + 19, GAP + 9));
        assertEquals(0xFF0000, pixel(sheet, GAP + 12 + GAP, GAP + 10 + GAP));
        assertEquals(DrawnClip.grey(20), pixel(sheet, GAP + 12 + GAP + 11, GAP + 10 + GAP + 29));
        // Gaps, and the rest of a shorter row.
        assertEquals(WHITE, pixel(sheet, GAP + 20, GAP));
        assertEquals(WHITE, pixel(sheet, 0, 0));
        assertEquals(WHITE, pixel(sheet, GAP + 2 * (12 + GAP), GAP + 10 + GAP));
    }

    @Test
    void enlargedEvenlyAPixelStaysAPixel() {
        BufferedImage sheet = sheet(Optional.of(30), false, strip(20, 10, 1, 1));

        assertEquals(60 + 2 * GAP, sheet.getWidth());
        assertEquals(30 + 2 * GAP, sheet.getHeight());
        assertEquals(0xFF0000, pixel(sheet, GAP + 2, GAP + 2));
        assertEquals(DrawnClip.grey(10), pixel(sheet, GAP + 3, GAP + 2));
    }

    @Test
    void reducedEveryPixelCounts() {
        BufferedImage sheet = sheet(Optional.of(5), false, strip(20, 10, 1, 1));

        assertEquals(10 + 2 * GAP, sheet.getWidth());
        // One red pixel of four: (255 + 3 * 10) / 4 and 3 * 10 / 4, rounded either way.
        assertEquals(71, pixel(sheet, GAP, GAP) >> 16, 1);
        assertEquals(7.5, pixel(sheet, GAP, GAP) & 0xFF, 1);
        assertEquals(DrawnClip.grey(10), pixel(sheet, GAP + 1, GAP));
    }

    @Test
    void labelsTakeALineAboveAndALineBelow() {
        BufferedImage sheet = sheet(Optional.empty(), true, strip(60, 40, 2, 2), strip(10, 40, 2, 2));
        int row = 40 + 2 * ContactSheet.LABEL_PX + GAP;

        assertEquals(GAP + 2 * row, sheet.getHeight());
        assertTrue(hasInk(sheet, GAP, ContactSheet.LABEL_PX), "the name stands above the frames");
        assertTrue(
                hasInk(sheet, GAP + ContactSheet.LABEL_PX + 40, ContactSheet.LABEL_PX), "the time stands below them");
        assertEquals(0xFF0000, pixel(sheet, GAP, GAP + ContactSheet.LABEL_PX));
        int narrow = GAP + row + ContactSheet.LABEL_PX + 40;
        assertTrue(!hasInk(sheet, narrow, ContactSheet.LABEL_PX), "no time where it does not fit");
    }

    @Test
    void sheetsThatDoNotFitAreRefused() {
        String message = assertThrows(
                        RequestException.class, () -> sheet(Optional.of(4000), false, strip(200, 4, 40, 40)))
                .getMessage();
        assertTrue(message.contains("--frames"), message);
    }

    @Test
    void theSheetAsAFrameHasItsPixels() {
        BufferedImage sheet = sheet(Optional.empty(), false, strip(7, 5, 3, 3));
        try (Arena arena = Arena.ofConfined()) {
            Picture copy = Picture.of(ContactSheet.frame(sheet, arena));

            assertEquals(sheet.getWidth(), copy.widthPx());
            assertEquals(sheet.getHeight(), copy.heightPx());
        }
    }

    private static Strip strip(int widthPx, int heightPx, int frames, int count) {
        Strip strip = Strip.create("clip.mp4", 8, frames, count);
        DrawnClip.draw(strip, widthPx, heightPx, frames, COUNTED);
        return strip;
    }

    private static BufferedImage sheet(Optional<Integer> heightPx, boolean labels, Strip... strips) {
        return new ContactSheet(List.of(strips), heightPx, labels).draw();
    }

    private static int pixel(BufferedImage sheet, int x, int y) {
        return sheet.getRGB(x, y) & WHITE;
    }

    private static boolean hasInk(BufferedImage sheet, int top, int height) {
        for (int y = top; y < top + height; y++) {
            for (int x = 0; x < sheet.getWidth(); x++) {
                if (pixel(sheet, x, y) != WHITE) {
                    return true;
                }
            }
        }
        return false;
    }
}
