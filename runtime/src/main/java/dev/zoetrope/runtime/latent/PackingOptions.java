package dev.zoetrope.runtime.latent;

/**
 * What a transformer's graph expects of a packed sequence.
 *
 * @param channels numbers in a latent token
 * @param textWidth numbers in a text token
 * @param slots segments that fit in one sequence: the length of the graph's {@code lengths} input
 * @param attentionBias whether to make the {@code [1, 1, tokens, tokens]} bias of the masked form
 * @param conditionChannels numbers that stand beside each latent token and are not sampled; 0 = none
 * @param patch cells of the codec to a side of a token, which holds them in the order (channel, row, column)
 */
public record PackingOptions(
        int channels, int textWidth, int slots, boolean attentionBias, int conditionChannels, int patch) {
    /** The shipped model, attention split by segment. */
    public static final PackingOptions FLIPBOOK = new PackingOptions(48, 384, 16, false);

    public PackingOptions {
        if (channels < 1 || textWidth < 1 || slots < 1) {
            throw new IllegalArgumentException("packing: expected at least 1 channel, text width 1 and 1 slot, found "
                    + channels + " channels, text width " + textWidth + ", " + slots + " slots");
        }
        if (conditionChannels < 0 || patch < 1 || channels % (patch * patch) != 0) {
            throw new IllegalArgumentException("packing: expected no negative number of condition channels and a patch"
                    + " whose area divides the channels, found " + conditionChannels + " condition channels, patch "
                    + patch + ", " + channels + " channels");
        }
    }

    /** A cell of the codec to a token, and nothing beside it. */
    public PackingOptions(int channels, int textWidth, int slots, boolean attentionBias) {
        this(channels, textWidth, slots, attentionBias, 0, 1);
    }

    /** The same with or without the bias of the masked form. */
    public PackingOptions withAttentionBias(boolean bias) {
        return new PackingOptions(channels, textWidth, slots, bias, conditionChannels, patch);
    }
}
