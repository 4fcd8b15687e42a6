package dev.zoetrope.runtime.model.wan;

import java.util.ArrayList;
import java.util.List;

/**
 * Tiles over a grid of tokens, and how their pixels become a frame: the reference's {@code blend_v} and {@code blend_h} (diffusers
 * 0.42.1, autoencoder_kl_wan.py) on bytes. A tile's first rows fade in from the last rows of the tile above, then its first columns
 * from the last columns of the tile to its left, both already blended themselves; of the result the first {@code stride} rows and
 * columns are kept.
 *
 * @param spatial pixels of a token, each way
 * @param patch pixels each way that share a weight: the reference blends before it takes patches apart
 * @param stride tokens from one tile to the next
 */
record TileGrid(int rows, int columns, int spatial, int patch, int side, int stride) {
    private static final int COLOURS = 3;

    static TileGrid of(int rows, int columns, int spatial, int patch, Tiling tiling) {
        int stride = Math.max(1, tiling.stridePx() / spatial);
        return new TileGrid(rows, columns, spatial, patch, Math.max(stride, tiling.tilePx() / spatial), stride);
    }

    /** One tile, in tokens of the whole grid. */
    record Tile(int top, int left, int rows, int columns) {}

    int across() {
        return Math.ceilDiv(columns, stride);
    }

    /** The tiles, row by row. */
    List<Tile> tiles() {
        List<Tile> tiles = new ArrayList<>();
        for (int top = 0; top < rows; top += stride) {
            for (int left = 0; left < columns; left += stride) {
                tiles.add(new Tile(top, left, Math.min(side, rows - top), Math.min(side, columns - left)));
            }
        }
        return tiles;
    }

    long bytesPerFrame(Tile tile) {
        return (long) COLOURS * tile.rows() * tile.columns() * spatial * spatial;
    }

    /** Pixels of one tile of one frame, {@code [height, width, 3]}, 0..255. */
    private static final class Pixels {
        final int height;
        final int width;
        final float[] values;

        Pixels(int height, int width, byte[] bytes) {
            this.height = height;
            this.width = width;
            this.values = new float[bytes.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = Byte.toUnsignedInt(bytes[i]);
            }
        }

        int at(int y, int x) {
            return (y * width + x) * COLOURS;
        }
    }

    /**
     * Makes a frame of its tiles.
     *
     * @param tilePixels of each tile 8-bit RGB {@code [height, width, 3]}
     * @param frame receives {@code [rows*spatial, columns*spatial, 3]}
     */
    void assemble(List<byte[]> tilePixels, byte[] frame) {
        List<Tile> tiles = tiles();
        int across = across();
        List<Pixels> above = List.of();
        for (int first = 0; first < tiles.size(); first += across) {
            List<Pixels> row = new ArrayList<>(across);
            for (int i = 0; i < across; i++) {
                Tile tile = tiles.get(first + i);
                Pixels pixels = new Pixels(tile.rows() * spatial, tile.columns() * spatial, tilePixels.get(first + i));
                if (!above.isEmpty()) {
                    fadeFromAbove(above.get(i), pixels);
                }
                if (i > 0) {
                    fadeFromLeft(row.get(i - 1), pixels);
                }
                row.add(pixels);
                keep(tile, pixels, frame);
            }
            above = row;
        }
    }

    /** How far a tile's beginning fades in from the end of the one before. */
    private int fade(int before, int here) {
        return Math.min(Math.min(before, here), (side - stride) * spatial);
    }

    private float share(int pixel, int fade) {
        int patchNumber = pixel / patch;
        int patches = fade / patch;
        return (float) patchNumber / patches;
    }

    private void fadeFromAbove(Pixels above, Pixels here) {
        int fade = fade(above.height, here.height);
        for (int y = 0; y < fade; y++) {
            float share = share(y, fade);
            int from = above.at(above.height - fade + y, 0);
            int to = here.at(y, 0);
            for (int i = 0; i < here.width * COLOURS; i++) {
                here.values[to + i] = above.values[from + i] * (1 - share) + here.values[to + i] * share;
            }
        }
    }

    private void fadeFromLeft(Pixels left, Pixels here) {
        int fade = fade(left.width, here.width);
        for (int y = 0; y < here.height; y++) {
            int from = left.at(y, left.width - fade);
            int to = here.at(y, 0);
            for (int i = 0; i < fade * COLOURS; i++) {
                float share = share(i / COLOURS, fade);
                here.values[to + i] = left.values[from + i] * (1 - share) + here.values[to + i] * share;
            }
        }
    }

    private void keep(Tile tile, Pixels pixels, byte[] frame) {
        int height = Math.min(tile.rows(), stride) * spatial;
        int strip = Math.min(tile.columns(), stride) * spatial * COLOURS;
        for (int y = 0; y < height; y++) {
            int from = pixels.at(y, 0);
            int to = ((tile.top() * spatial + y) * columns * spatial + tile.left() * spatial) * COLOURS;
            for (int i = 0; i < strip; i++) {
                frame[to + i] = (byte) Math.rint(pixels.values[from + i]);
            }
        }
    }
}
