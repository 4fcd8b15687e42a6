package dev.zoetrope.runtime.sample;

/**
 * What tokens cost a network beside their number.
 *
 * @param attentionTokens length of a segment at which its attention costs as much as all else; infinite where nothing goes
 *     with the square of a length
 * @param bytesPerToken memory that a step keeps for each packed token, at its peak
 */
public record StepCost(double attentionTokens, long bytesPerToken) {
    /** Of a network that works token by token and keeps nothing. */
    public static final StepCost BY_TOKENS = new StepCost(Double.POSITIVE_INFINITY, 0);

    /**
     * The work of a segment, counted in tokens that attend to nobody.
     *
     * @param length packed tokens of the segment
     */
    public double work(long length) {
        double tokens = length;
        return tokens + tokens * tokens / attentionTokens;
    }
}
