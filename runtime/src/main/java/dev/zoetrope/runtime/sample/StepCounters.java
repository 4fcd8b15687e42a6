package dev.zoetrope.runtime.sample;

/**
 * What a {@link StepScheduler} did since its beginning; two of them, subtracted, say what it did between.
 *
 * @param steps steps made: runs of the network, each over one packed sequence
 * @param tokens packed tokens of all of them
 * @param segments segments of all of them
 * @param rectangleTokens tokens that the same steps would have had with every segment padded to the longest of its step
 * @param work tokens with what their attention costs, as {@link StepCost#work} counts them
 * @param tokensSaved tokens that renders left out of steps that they took, by {@link StepSavings}
 * @param runNanos time in the network
 * @param stepNanos time of whole steps: packing, network, guidance, samplers
 * @param bytesMoved bytes of latents copied because somebody came or left
 * @param joined loops that came
 * @param left loops that ended, however
 * @param failed of these, loops that ended by a failure other than being cancelled
 * @param mostStepsWaited the most steps that others made between the coming of a render and its own first step; the one under
 *     way at that moment is one of them
 * @param running loops that take part in steps now
 * @param arriving loops that wait for the step under way to end
 * @param budget packed tokens up to which loops share a sequence
 * @param slots most segments of a step
 */
public record StepCounters(
        long steps,
        long tokens,
        long segments,
        long rectangleTokens,
        double work,
        long tokensSaved,
        long runNanos,
        long stepNanos,
        long bytesMoved,
        long joined,
        long left,
        long failed,
        long mostStepsWaited,
        int running,
        int arriving,
        int budget,
        int slots) {
    /** Share of the budget that a step had packed, on average; more than 1 where loops are larger than it. */
    public double fill() {
        return steps == 0 ? 0 : (double) tokens / steps / budget;
    }

    /** Tokens that nobody had to compute because segments are packed and not padded. */
    public long paddingAvoided() {
        return rectangleTokens - tokens;
    }

    /** What was done since an earlier state of the same scheduler; what is a state and no sum stays as it is now. */
    public StepCounters since(StepCounters earlier) {
        return new StepCounters(
                steps - earlier.steps,
                tokens - earlier.tokens,
                segments - earlier.segments,
                rectangleTokens - earlier.rectangleTokens,
                work - earlier.work,
                tokensSaved - earlier.tokensSaved,
                runNanos - earlier.runNanos,
                stepNanos - earlier.stepNanos,
                bytesMoved - earlier.bytesMoved,
                joined - earlier.joined,
                left - earlier.left,
                failed - earlier.failed,
                mostStepsWaited,
                running,
                arriving,
                budget,
                slots);
    }
}
