package dev.zoetrope.parity;

import static dev.zoetrope.parity.Difference.assertSameBits;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.graph.model.FrameForm;
import dev.zoetrope.graph.model.flipbook.CodecConfig;
import dev.zoetrope.graph.model.flipbook.FlipbookCodec;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Tiles with the codec's halo decode to the pixels of the whole frame. Bit for bit: every layer's sum for a position runs over the
 * same numbers in the same order wherever the position lies, as long as no edge of the tile is within its reach.
 */
class TileParityTest {
    private static final int ROWS = 24;
    private static final int COLUMNS = 30;
    private static final int GROUPS = 3;
    private static final int SPATIAL = 8;
    private static final long SEED = 11;

    /** A rectangle of latent cells. */
    private record Cells(int row, int column, int rows, int columns) {
        /** This rectangle and its halo, as far as the frame goes. */
        Cells withHalo(int halo) {
            int top = Math.max(0, row - halo);
            int left = Math.max(0, column - halo);
            int bottom = Math.min(ROWS, row + rows + halo);
            int right = Math.min(COLUMNS, column + columns + halo);
            return new Cells(top, left, bottom - top, right - left);
        }
    }

    @Test
    void tilesWithTheWholeHaloEqualTheWholeDecode() {
        int halo = CodecConfig.read(Golden.codec().resolve("config.json")).haloCells();
        assertEquals(9, halo);
        // In the middle, where the halo ends before the frame does on all four sides; in a corner; along the right
        // edge.
        for (Cells tile : List.of(new Cells(10, 10, 4, 7), new Cells(0, 0, 5, 6), new Cells(11, 20, 2, 10))) {
            compare(tile, halo, true);
        }
    }

    @Test
    void lessHaloIsNotEnough() {
        compare(new Cells(10, 10, 4, 7), 8, false);
    }

    private static void compare(Cells tile, int halo, boolean equal) {
        Random random = new Random(SEED);
        Cells read = tile.withHalo(halo);
        try (GraphRunner decoder = GraphRunner.open(FlipbookCodec.decoder(Golden.codec(), FrameForm.FLOAT))) {
            CodecRun whole = new CodecRun(ROWS, COLUMNS);
            CodecRun part = new CodecRun(read.rows(), read.columns());
            float largest = 0;
            for (int group = 0; group < GROUPS; group++) {
                HostTensor latent = CodecRun.randomLatent(random, ROWS, COLUMNS);
                float[] expected = pixels(whole.decode(decoder, latent), tile, 0, 0);
                HostTensor window = latent.window(0, read.row(), read.column(), read.rows(), read.columns());
                float[] found = pixels(part.decode(decoder, window), tile, read.row(), read.column());
                if (equal) {
                    assertSameBits("seed " + SEED + ", " + tile + ", group " + group, expected, found);
                }
                largest = Math.max(largest, Difference.largest(expected, found));
            }
            assertEquals(equal, largest == 0, "largest difference " + largest);
            assertTrue(equal || largest > 1e-6f, "largest difference " + largest);
        }
    }

    /** The tile's pixels, from frames that begin at the given cell. */
    private static float[] pixels(HostTensor frames, Cells tile, int firstRow, int firstColumn) {
        return frames.window(
                        2,
                        SPATIAL * (tile.row() - firstRow),
                        SPATIAL * (tile.column() - firstColumn),
                        SPATIAL * tile.rows(),
                        SPATIAL * tile.columns())
                .floats();
    }
}
