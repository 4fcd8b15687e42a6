package dev.zoetrope.graph.model.wan;

/** How an autoencoder's graph takes or gives latents. */
public enum LatentForm {
    /**
     * {@code [rows, columns, 4*channels]}: tokens of 2 x 2 cells as the denoiser has them, a token's numbers in the order (channel, row,
     * column), with the mean and the deviation of {@code latents_mean} and {@code latents_std} taken out.
     */
    TOKENS,
    /** {@code [1, channels, 1, rows, columns]}: cells as the autoencoder itself has them. */
    CELLS;

    /** Cells each way of what a row and a column of this form stand for. */
    int cells() {
        return this == TOKENS ? 2 : 1;
    }
}
