package dev.zoetrope.runtime.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class NoisePathTest {
    /** Some double roundings of numbers near 1. */
    private static final double TOLERANCE = 1e-12;

    @Test
    void equalLambdaLeavesTheRatioOfSignalToNoise() {
        NoisePath path = NoisePath.flow(SigmaSchedule.linear(10).shifted(3));
        for (int level = 0; level <= path.steps(); level++) {
            assertEquals(1, Math.hypot(path.unitAlpha(level), path.unitSigma(level)), TOLERANCE);
            assertEquals(
                    path.alpha(level) * path.unitSigma(level), path.sigma(level) * path.unitAlpha(level), TOLERANCE);
        }
    }

    @Test
    void everyPredictionGivesTheSameCleanSample() {
        double alpha = 0.8;
        double sigma = 0.6;
        double clean = 1.7;
        double noise = -0.4;
        double noisy = alpha * clean + sigma * noise;
        assertEquals(clean, recovered(Prediction.NOISE, alpha, sigma, noisy, noise), TOLERANCE);
        assertEquals(clean, recovered(Prediction.CLEAN, alpha, sigma, noisy, clean), TOLERANCE);
        assertEquals(clean, recovered(Prediction.V, alpha, sigma, noisy, alpha * noise - sigma * clean), TOLERANCE);
        double flowNoisy = 0.4 * clean + sigma * noise;
        assertEquals(clean, recovered(Prediction.FLOW_VELOCITY, 0.4, sigma, flowNoisy, noise - clean), TOLERANCE);
    }

    private static double recovered(Prediction prediction, double alpha, double sigma, double noisy, double output) {
        return prediction.cleanFromNoisy(alpha, sigma) * noisy + prediction.cleanFromOutput(alpha, sigma) * output;
    }

    @Test
    void pureNoiseHasAFiniteLambda() {
        NoisePath path = NoisePath.flow(SigmaSchedule.linear(2));
        assertTrue(Double.isFinite(path.lambda(0)) && path.lambda(0) < path.lambda(1));
        assertEquals(Double.POSITIVE_INFINITY, path.lambda(2));
    }

    @Test
    void velocityBelongsToFlowMatching() {
        assertThrows(
                IllegalArgumentException.class,
                () -> NoisePath.ofNoiseRatios(new double[] {2, 0}, Prediction.FLOW_VELOCITY));
        assertThrows(
                IllegalArgumentException.class,
                () -> NoisePath.variancePreserving(new double[] {0.5, 0.4}, Prediction.NOISE));
    }
}
