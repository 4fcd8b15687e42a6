package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.schedule.NoisePath;
import dev.zoetrope.runtime.schedule.Prediction;
import dev.zoetrope.runtime.tensor.TensorMemory;
import java.io.DataInput;
import java.io.DataOutput;
import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;

/**
 * z' = z + (sigma' - sigma) v.
 *
 * <p>X. Liu et al., "Flow straight and fast" (arXiv:2209.03003), §2.1; checked against diffusers 0.42.1 {@code
 * scheduling_flow_match_euler_discrete.py}. Limitation: velocity only.
 */
final class FlowEuler implements Sampler {
    private final NoisePath path;
    private final SamplerMemory memory;

    FlowEuler(SamplerSetup setup) {
        path = setup.path();
        if (path.prediction() != Prediction.FLOW_VELOCITY) {
            throw new IllegalArgumentException(
                    "prediction for flow-euler: expected FLOW_VELOCITY, found " + path.prediction());
        }
        memory = new SamplerMemory(setup, 0, false);
    }

    @Override
    public void step(int step, MemorySegment latent, MemorySegment output) {
        double fall = path.sigma(step + 1) - path.sigma(step);
        FloatBuffer states = TensorMemory.buffer(latent);
        FloatBuffer velocities = TensorMemory.buffer(output);
        memory.forEachNoisy((first, end) -> advance(states, velocities, fall, first, end));
    }

    private static void advance(FloatBuffer states, FloatBuffer velocities, double fall, int first, int end) {
        for (int i = first; i < end; i++) {
            double state = states.get(i);
            double velocity = velocities.get(i);
            states.put(i, (float) (state + fall * velocity));
        }
    }

    /** Nothing: there is no history. */
    @Override
    public void writeState(DataOutput output) {}

    /** Nothing: there is no history. */
    @Override
    public void readState(DataInput input) {}

    @Override
    public void close() {
        memory.close();
    }
}
