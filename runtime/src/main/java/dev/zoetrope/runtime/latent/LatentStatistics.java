package dev.zoetrope.runtime.latent;

import dev.zoetrope.runtime.tensor.TensorMemory;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Mean and deviation of every channel over some latents, and moving them: adaptive instance normalisation (X. Huang, S.
 * Belongie, arXiv:1703.06868), which keeps colours of a clip that is made piece by piece where they were.
 */
public final class LatentStatistics {
    /** Below this a channel says nothing here: it is moved, not stretched. */
    private static final double LEAST_DEVIATION = 1e-4;

    private final double[] mean;
    private final double[] deviation;

    private LatentStatistics(double[] mean, double[] deviation) {
        this.mean = mean;
        this.deviation = deviation;
    }

    /** Of some latents of a reel, over all of their cells together. */
    public static LatentStatistics of(LatentReel reel, List<Integer> slots) {
        int channels = reel.channels();
        double[] sum = new double[channels];
        double[] squares = new double[channels];
        long cells = (long) slots.size() * reel.layout().cells();
        for (int slot : slots) {
            FloatBuffer values = TensorMemory.buffer(reel.latent(slot));
            for (int i = 0; i < values.limit(); i++) {
                double value = values.get(i);
                sum[i % channels] += value;
                squares[i % channels] += value * value;
            }
        }
        double[] mean = new double[channels];
        double[] deviation = new double[channels];
        for (int channel = 0; channel < channels; channel++) {
            mean[channel] = sum[channel] / cells;
            deviation[channel] = Math.sqrt(Math.max(0, squares[channel] / cells - mean[channel] * mean[channel]));
        }
        return new LatentStatistics(mean, deviation);
    }

    public double mean(int channel) {
        return mean[channel];
    }

    public double deviation(int channel) {
        return deviation[channel];
    }

    /**
     * Moves mean and deviation of latents towards those of others.
     *
     * @param changed slots of the latents to change
     * @param like slots of the latents to be like
     * @param share how far, 0 to 1
     */
    public static void match(LatentReel reel, List<Integer> changed, List<Integer> like, double share) {
        LatentStatistics from = of(reel, changed);
        LatentStatistics to = of(reel, like);
        int channels = reel.channels();
        float[] scale = new float[channels];
        float[] shift = new float[channels];
        for (int channel = 0; channel < channels; channel++) {
            boolean flat = from.deviation[channel] < LEAST_DEVIATION || to.deviation[channel] < LEAST_DEVIATION;
            double full = flat ? 1 : to.deviation[channel] / from.deviation[channel];
            double part = 1 + share * (full - 1);
            scale[channel] = (float) part;
            double moved = from.mean[channel] + share * (to.mean[channel] - from.mean[channel]);
            shift[channel] = (float) (moved - part * from.mean[channel]);
        }
        for (int slot : changed) {
            FloatBuffer values = TensorMemory.buffer(reel.latent(slot));
            for (int i = 0; i < values.limit(); i++) {
                values.put(i, values.get(i) * scale[i % channels] + shift[i % channels]);
            }
        }
    }
}
