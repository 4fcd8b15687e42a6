package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.schedule.NoisePath;
import dev.zoetrope.runtime.tensor.TensorMemory;
import java.lang.foreign.MemorySegment;

/** The step of samplers without history: a blend of the clean prediction, the state and fresh noise. */
final class NoisyBlend implements AutoCloseable {
    private final NoisePath path;
    private final StepNoise source;
    private final SamplerMemory memory;

    NoisyBlend(SamplerSetup setup, boolean addsNoise) {
        path = setup.path();
        source = setup.noise();
        memory = new SamplerMemory(setup, 0, addsNoise);
    }

    /** z' = clean x + noisy z + fresh n; no noise is drawn when fresh is 0. */
    void step(int step, MemorySegment latent, MemorySegment output, double clean, double noisy, double fresh) {
        double fromState = noisy + clean * path.cleanFromNoisy(step);
        double fromOutput = clean * path.cleanFromOutput(step);
        if (fresh == 0) {
            memory.forEachNoisy((first, end) -> {
                for (long i = first; i < end; i++) {
                    double state = latent.getAtIndex(TensorMemory.FLOAT, i);
                    double predicted = output.getAtIndex(TensorMemory.FLOAT, i);
                    latent.setAtIndex(TensorMemory.FLOAT, i, (float) (fromState * state + fromOutput * predicted));
                }
            });
            return;
        }
        MemorySegment noise = memory.scratch();
        source.fill(step, noise);
        memory.forEachNoisy((first, end) -> {
            for (long i = first; i < end; i++) {
                double state = latent.getAtIndex(TensorMemory.FLOAT, i);
                double predicted = output.getAtIndex(TensorMemory.FLOAT, i);
                double drawn = noise.getAtIndex(TensorMemory.FLOAT, i);
                latent.setAtIndex(
                        TensorMemory.FLOAT, i, (float) (fromState * state + fromOutput * predicted + fresh * drawn));
            }
        });
    }

    @Override
    public void close() {
        memory.close();
    }
}
