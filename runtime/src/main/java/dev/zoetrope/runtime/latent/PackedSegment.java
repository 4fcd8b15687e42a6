package dev.zoetrope.runtime.latent;

import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.timeline.ClipLayout;
import java.util.BitSet;

/**
 * One clip under one prompt: tokens attend inside their own segment only.
 *
 * @param text its prompt
 * @param layout its latents
 * @param latentClip which clip's latents it reads; two segments that name the same clip share its rows, which is how
 *     guidance sees one set of latents with and without the prompt. Clips are numbered from 0 in order of appearance.
 * @param keptCells cells, row by row, that are known in every noisy latent: they form a token group of their own, a
 *     reference at noise level 0
 */
public record PackedSegment(TextEmbedding text, ClipLayout layout, int latentClip, BitSet keptCells) {
    public PackedSegment {
        keptCells = (BitSet) keptCells.clone();
        if (keptCells.length() > layout.cells()) {
            throw new IllegalArgumentException(
                    "kept cells: expected numbers below " + layout.cells() + ", found " + (keptCells.length() - 1));
        }
    }

    /** A segment of which no cell is known. */
    public PackedSegment(TextEmbedding text, ClipLayout layout, int latentClip) {
        this(text, layout, latentClip, new BitSet());
    }

    /** Cells that are known in every noisy latent; a copy. */
    @Override
    public BitSet keptCells() {
        return (BitSet) keptCells.clone();
    }

    /** Token groups: the text, each latent, and the kept cells, if any. */
    int tokenGroups() {
        return 1 + layout.groups().size() + (keptCells.isEmpty() ? 0 : 1);
    }
}
