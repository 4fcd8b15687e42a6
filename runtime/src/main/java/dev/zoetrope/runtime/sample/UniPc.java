package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.sample.LinearBlend.Term;
import dev.zoetrope.runtime.schedule.NoisePath;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Predicts the next state from two clean predictions, and in the following step corrects it with the prediction made
 * there, at no extra run.
 *
 * <p>W. Zhao et al., "UniPC" (arXiv:2302.04867), algorithms 5 to 8 with B(h) = e^h - 1 ("bh2") in the data-prediction
 * form; checked against diffusers 0.42.1 {@code scheduling_unipc_multistep.py} with {@code solver_order} 2, {@code
 * lower_order_final}, on variance preserving and on flow sigmas. Limitation: order 2 at most. Needs no equal-lambda
 * mapping: the solver is exact in alpha and sigma of any path.
 */
final class UniPc implements Sampler {
    /** The history buffer of the last corrected state; those before it hold three clean predictions in turn. */
    private static final int CORRECTED = 3;

    /**
     * Factors of one update: the state it starts from, the prediction there, the one before that, and (corrector only)
     * the one at its target.
     */
    private record Update(double state, double clean, double cleanBefore, double cleanAhead) {
        static final Update NONE = new Update(0, 0, 0, 0);
    }

    private final NoisePath path;
    private final SamplerMemory memory;

    UniPc(SamplerSetup setup) {
        path = setup.path();
        memory = new SamplerMemory(setup, 4, false);
    }

    @Override
    public void step(int step, MemorySegment latent, MemorySegment output) {
        MemorySegment clean = memory.history(step % CORRECTED);
        MemorySegment cleanOneBack = memory.history((step + 2) % CORRECTED);
        MemorySegment cleanTwoBack = memory.history((step + 1) % CORRECTED);
        MemorySegment corrected = memory.history(CORRECTED);
        Term fromState = new Term(path.cleanFromNoisy(step), latent);
        Term fromOutput = new Term(path.cleanFromOutput(step), output);
        Update corrector = step > 0 ? corrector(step) : Update.NONE;
        Update predictor = predictor(step);
        memory.forEachNoisy((first, end) -> {
            LinearBlend.write(clean, first, end, fromState, fromOutput);
            if (step == 0) { // nothing to correct with: the state stands, in a buffer of zeros
                LinearBlend.add(corrected, first, end, new Term(1, latent));
            } else {
                Term ahead = new Term(corrector.cleanAhead, clean);
                Term oneBack = new Term(corrector.clean, cleanOneBack);
                LinearBlend.update(corrected, corrector.state, first, end, ahead, oneBack);
                LinearBlend.add(corrected, first, end, new Term(corrector.cleanBefore, cleanTwoBack));
            }
            Term state = new Term(predictor.state, corrected);
            LinearBlend.write(latent, first, end, state, new Term(predictor.clean, clean));
            LinearBlend.add(latent, first, end, new Term(predictor.cleanBefore, cleanOneBack));
        });
    }

    /** Order of the predictor in a step: it rises from 1 to 2 and falls back in the last step. */
    private int order(int step) {
        return Math.min(2, Math.min(path.steps() - step, step + 1));
    }

    /**
     * From level {@code step} to {@code step + 1}: arXiv:2302.04867 equation 9 in x, where order 2 has the weight
     * 1/2.
     */
    private Update predictor(int step) {
        double rise = path.lambda(step + 1) - path.lambda(step);
        double gain = -path.alpha(step + 1) * Math.expm1(-rise);
        double before = 0;
        if (order(step) == 2) {
            double ratio = (path.lambda(step - 1) - path.lambda(step)) / rise;
            before = gain / (2 * ratio);
        }
        return new Update(path.sigma(step + 1) / path.sigma(step), gain - before, before, 0);
    }

    /** Once more from level {@code step - 1} to {@code step}, now that the prediction at {@code step} is known. */
    private Update corrector(int step) {
        double rise = path.lambda(step) - path.lambda(step - 1);
        double decay = Math.expm1(-rise);
        double gain = -path.alpha(step) * decay;
        double ahead = 0.5;
        double before = 0;
        if (order(step - 1) == 2) {
            double ratio = (path.lambda(step - 2) - path.lambda(step - 1)) / rise;
            double phi2 = decay / -rise - 1;
            double phi3 = phi2 / -rise - 0.5;
            double target1 = phi2 / decay;
            double target2 = 2 * phi3 / decay;
            double weight = (target2 - target1) / (ratio - 1);
            ahead = target1 - weight;
            before = weight / ratio;
        }
        return new Update(
                path.sigma(step) / path.sigma(step - 1), gain * (1 - ahead - before), gain * before, gain * ahead);
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
