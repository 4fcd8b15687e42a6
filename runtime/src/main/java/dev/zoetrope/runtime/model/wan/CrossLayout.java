package dev.zoetrope.runtime.model.wan;

import dev.zoetrope.runtime.latent.PackedSequence;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.ClipLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A packed sequence as a transformer sees it whose text lies beside the tokens: P latent tokens, segment after segment, placed on
 * their clip's grid, and T text rows: for each segment its text tokens, then one row of zeros that stands for all the padding.
 *
 * @param order {@code [P]} i64: each token's latent row
 * @param position {@code [3, P]} i64: latent, row and column, counted from 0 in the token's own clip
 * @param group {@code [P]} i64: the sequence's token group
 * @param lengths {@code [slots]} i64: tokens of each segment, 0 in slots not used
 * @param text {@code [T, textWidth]}
 * @param textWeight {@code [T]}: logarithm of how often a row counts
 * @param textLengths {@code [slots]} i64: text rows of each segment, 0 in slots not used
 * @param textRows T
 */
record CrossLayout(
        MemorySegment order,
        MemorySegment position,
        MemorySegment group,
        MemorySegment lengths,
        MemorySegment text,
        MemorySegment textWeight,
        MemorySegment textLengths,
        long textRows) {

    /**
     * Lays a sequence out.
     *
     * @param arena owns the memory
     * @param paddedTokens length that the reference pads every text to
     */
    static CrossLayout of(Arena arena, PackedSequence sequence, int paddedTokens) {
        int tokens = sequence.predictions();
        int textWidth = sequence.options().textWidth();
        int slots = sequence.options().slots();
        long textRows = 0;
        for (int segment = 0; segment < sequence.segments(); segment++) {
            textRows += rowsOfText(sequence.textTokensOf(segment), paddedTokens);
        }
        CrossLayout layout = new CrossLayout(
                TensorMemory.longs(arena, tokens),
                TensorMemory.longs(arena, 3L * tokens),
                TensorMemory.longs(arena, tokens),
                TensorMemory.longs(arena, slots),
                TensorMemory.floats(arena, textRows * textWidth),
                TensorMemory.floats(arena, textRows),
                TensorMemory.longs(arena, slots),
                textRows);
        layout.writeTokens(sequence);
        layout.writeTexts(sequence, paddedTokens);
        return layout;
    }

    private static int rowsOfText(int tokens, int paddedTokens) {
        if (tokens > paddedTokens) {
            throw new IllegalArgumentException("text: expected at most " + paddedTokens + " tokens, found " + tokens
                    + "; the tokenizer cuts there");
        }
        return tokens == paddedTokens ? tokens : tokens + 1;
    }

    private void writeTokens(PackedSequence sequence) {
        int tokens = sequence.predictions();
        int at = 0;
        for (int segment = 0; segment < sequence.segments(); segment++) {
            ClipLayout clip = sequence.layoutOf(segment);
            int firstRow = firstRow(sequence, sequence.clipOf(segment));
            lengths.setAtIndex(TensorMemory.LONG, segment, clip.tokens());
            for (int token = 0; token < clip.tokens(); token++, at++) {
                int latent = token / clip.cells();
                int cell = token % clip.cells();
                order.setAtIndex(TensorMemory.LONG, at, firstRow + token);
                group.setAtIndex(TensorMemory.LONG, at, sequence.groupOf(segment, latent));
                position.setAtIndex(TensorMemory.LONG, at, latent);
                position.setAtIndex(TensorMemory.LONG, tokens + at, cell / clip.columns());
                position.setAtIndex(TensorMemory.LONG, 2L * tokens + at, cell % clip.columns());
            }
        }
    }

    /** Clips lie end to end in the order in which segments name them first. */
    private static int firstRow(PackedSequence sequence, int clip) {
        int first = 0;
        int next = 0;
        for (int segment = 0; next < clip; segment++) {
            if (sequence.clipOf(segment) == next) {
                first += sequence.layoutOf(segment).tokens();
                next++;
            }
        }
        return first;
    }

    private void writeTexts(PackedSequence sequence, int paddedTokens) {
        long width = sequence.options().textWidth();
        long from = 0;
        long to = 0;
        for (int segment = 0; segment < sequence.segments(); segment++) {
            int tokens = sequence.textTokensOf(segment);
            int rows = rowsOfText(tokens, paddedTokens);
            TensorMemory.slice(text, to * width, tokens * width)
                    .copyFrom(TensorMemory.slice(sequence.text(), from * width, tokens * width));
            if (rows > tokens) {
                textWeight.setAtIndex(TensorMemory.FLOAT, to + tokens, (float) Math.log(paddedTokens - tokens));
            }
            textLengths.setAtIndex(TensorMemory.LONG, segment, rows);
            from += tokens;
            to += rows;
        }
    }
}
