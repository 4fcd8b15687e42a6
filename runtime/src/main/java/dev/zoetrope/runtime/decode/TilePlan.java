package dev.zoetrope.runtime.decode;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a latent grid into tiles that decode exactly: each tile carries a halo as wide as the codec's receptive field,
 * and only its core is kept.
 */
final class TilePlan {
    /** Up to this many cells (512 x 512 px at 8 px a cell) a frame is decoded whole: the halo would cost more. */
    static final int WHOLE_CELLS = 64 * 64;

    /** Longest side of a tile's core in cells; with the halo of 9 a tile stays below {@link #WHOLE_CELLS}. */
    static final int CORE_CELLS = 40;

    private TilePlan() {}

    /**
     * One tile, in cells of the whole grid.
     *
     * @param top first row decoded, halo included
     * @param coreTop first row kept; likewise the other edges, ends exclusive
     */
    record Tile(int top, int left, int bottom, int right, int coreTop, int coreLeft, int coreBottom, int coreRight) {
        int rows() {
            return bottom - top;
        }

        int columns() {
            return right - left;
        }
    }

    static List<Tile> plan(int rows, int columns, int haloCells) {
        if ((long) rows * columns <= WHOLE_CELLS || haloCells >= Math.max(rows, columns)) {
            return List.of(new Tile(0, 0, rows, columns, 0, 0, rows, columns));
        }
        List<Tile> tiles = new ArrayList<>();
        int down = Math.ceilDiv(rows, CORE_CELLS);
        int across = Math.ceilDiv(columns, CORE_CELLS);
        for (int i = 0; i < down; i++) {
            int coreTop = rows * i / down;
            int coreBottom = rows * (i + 1) / down;
            for (int j = 0; j < across; j++) {
                int coreLeft = columns * j / across;
                int coreRight = columns * (j + 1) / across;
                tiles.add(new Tile(
                        Math.max(0, coreTop - haloCells),
                        Math.max(0, coreLeft - haloCells),
                        Math.min(rows, coreBottom + haloCells),
                        Math.min(columns, coreRight + haloCells),
                        coreTop,
                        coreLeft,
                        coreBottom,
                        coreRight));
            }
        }
        return tiles;
    }
}
