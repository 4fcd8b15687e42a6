package dev.zoetrope.runtime.text;

import java.util.List;

/** A prompt as the text encoder's vocabulary writes it. Immutable. */
public final class Tokens {
    private final long[] ids;
    private final long[] attentionMask;
    private final long[] typeIds;
    private final List<String> pieces;
    private final boolean truncated;

    /**
     * @param ids {@code [tokens]}, special tokens included
     * @param attentionMask {@code [tokens]}, 1 for every true token
     * @param typeIds {@code [tokens]}, 0 for a single text
     * @param pieces the vocabulary's spelling of each token
     * @param truncated whether tokens were cut off
     */
    public Tokens(long[] ids, long[] attentionMask, long[] typeIds, List<String> pieces, boolean truncated) {
        if (ids.length == 0 || ids.length != attentionMask.length || ids.length != typeIds.length) {
            throw new IllegalArgumentException("tokens: expected ids, mask and types of one length above 0, found "
                    + ids.length + ", " + attentionMask.length + ", " + typeIds.length);
        }
        this.ids = ids.clone();
        this.attentionMask = attentionMask.clone();
        this.typeIds = typeIds.clone();
        this.pieces = List.copyOf(pieces);
        this.truncated = truncated;
    }

    public int count() {
        return ids.length;
    }

    /** {@code [tokens]}, a copy. */
    public long[] ids() {
        return ids.clone();
    }

    /** {@code [tokens]}, a copy. */
    public long[] attentionMask() {
        return attentionMask.clone();
    }

    /** {@code [tokens]}, a copy. */
    public long[] typeIds() {
        return typeIds.clone();
    }

    /** The vocabulary's spelling of each token, such as {@code [CLS]}, {@code red}, {@code ##s}. */
    public List<String> pieces() {
        return pieces;
    }

    /** Whether the text had more tokens than the limit. */
    public boolean truncated() {
        return truncated;
    }
}
