package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.schedule.NoisePath;
import dev.zoetrope.runtime.tensor.TensorMemory;
import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;

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
        FloatBuffer states = TensorMemory.buffer(latent);
        FloatBuffer outputs = TensorMemory.buffer(output);
        if (fresh == 0) {
            memory.forEachNoisy((first, end) -> blend(states, outputs, fromState, fromOutput, first, end));
            return;
        }
        source.fill(step, memory.scratch());
        FloatBuffer noise = TensorMemory.buffer(memory.scratch());
        memory.forEachNoisy((first, end) -> blend(states, outputs, noise, fromState, fromOutput, fresh, first, end));
    }

    private static void blend(
            FloatBuffer states, FloatBuffer outputs, double fromState, double fromOutput, int first, int end) {
        for (int i = first; i < end; i++) {
            double state = states.get(i);
            double predicted = outputs.get(i);
            states.put(i, (float) (fromState * state + fromOutput * predicted));
        }
    }

    private static void blend(
            FloatBuffer states,
            FloatBuffer outputs,
            FloatBuffer noise,
            double fromState,
            double fromOutput,
            double fresh,
            int first,
            int end) {
        for (int i = first; i < end; i++) {
            double state = states.get(i);
            double predicted = outputs.get(i);
            double drawn = noise.get(i);
            states.put(i, (float) (fromState * state + fromOutput * predicted + fresh * drawn));
        }
    }

    @Override
    public void close() {
        memory.close();
    }
}
