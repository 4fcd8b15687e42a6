package dev.zoetrope.cli.metrics;

/**
 * How near frames come to what they should be.
 *
 * @param frames how many were compared
 * @param psnrDb peak signal to noise ratio, of the mean squared error over all of them; infinite where all are equal
 * @param worstDb that of the worst frame
 * @param worstFrame number of the worst frame in its clip
 * @param largestLevels the largest difference of one sample; 0 where all are equal
 */
public record Fidelity(long frames, double psnrDb, double worstDb, long worstFrame, int largestLevels) {
    /** Whether every sample is the same. */
    public boolean identical() {
        return largestLevels == 0;
    }
}
