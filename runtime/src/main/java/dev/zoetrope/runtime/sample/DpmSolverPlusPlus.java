package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.schedule.NoisePath;
import dev.zoetrope.runtime.tensor.TensorMemory;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;

/**
 * With x the clean prediction, x~ the one before it, h = lambda' - lambda and r = (lambda - lambda~) / h: z' = sigma'
 * / sigma z - alpha' (e^-h - 1) (x + (x - x~) / (2 r)); of first order (without x~) in the first step, in the last
 * one to sigma 0, and in any last one of fewer than 15.
 *
 * <p>C. Lu et al., "DPM-Solver++" (arXiv:2211.01095), algorithm 2; checked against diffusers 0.42.1
 * {@code scheduling_dpmsolver_multistep.py} with {@code algorithm_type} "dpmsolver++", {@code solver_type}
 * "midpoint", {@code lower_order_final}, on variance preserving and on flow sigmas. Needs no equal-lambda mapping:
 * the solver is exact in alpha and sigma of any path.
 */
final class DpmSolverPlusPlus implements Sampler {
    private static final int FEW_STEPS = 15;

    private final NoisePath path;
    private final SamplerMemory memory;

    DpmSolverPlusPlus(SamplerSetup setup) {
        path = setup.path();
        memory = new SamplerMemory(setup, 2, false);
    }

    @Override
    public void step(int step, MemorySegment latent, MemorySegment output) {
        double rise = path.lambda(step + 1) - path.lambda(step);
        double gain = -path.alpha(step + 1) * Math.expm1(-rise);
        double before = 0;
        if (!isFirstOrder(step)) {
            double ratio = (path.lambda(step) - path.lambda(step - 1)) / rise;
            before = -gain / (2 * ratio);
        }
        Update update = new Update(
                path.cleanFromNoisy(step),
                path.cleanFromOutput(step),
                path.sigma(step + 1) / path.sigma(step),
                gain - before,
                before);
        FloatBuffer states = TensorMemory.buffer(latent);
        FloatBuffer outputs = TensorMemory.buffer(output);
        FloatBuffer clean = TensorMemory.buffer(memory.history(step & 1));
        FloatBuffer cleanBefore = TensorMemory.buffer(memory.history((step + 1) & 1));
        memory.forEachNoisy((first, end) -> update.apply(states, outputs, clean, cleanBefore, first, end));
    }

    /** Factors of one update: of state and output in the clean prediction, then of the state and both predictions. */
    private record Update(
            double cleanFromNoisy, double cleanFromOutput, double state, double clean, double cleanBefore) {
        void apply(
                FloatBuffer states,
                FloatBuffer outputs,
                FloatBuffer cleans,
                FloatBuffer cleansBefore,
                int first,
                int end) {
            for (int i = first; i < end; i++) {
                double now = states.get(i);
                double x = cleanFromNoisy * now + cleanFromOutput * outputs.get(i);
                double xBefore = cleansBefore.get(i);
                states.put(i, (float) (state * now + clean * x + cleanBefore * xBefore));
                cleans.put(i, (float) x);
            }
        }
    }

    private boolean isFirstOrder(int step) {
        boolean last = step == path.steps() - 1;
        return step == 0 || (last && (path.sigma(step + 1) == 0 || path.steps() < FEW_STEPS));
    }

    @Override
    public void writeState(DataOutput output) throws IOException {
        memory.write(output);
    }

    @Override
    public void readState(DataInput input) throws IOException {
        memory.read(input);
    }

    @Override
    public void close() {
        memory.close();
    }
}
