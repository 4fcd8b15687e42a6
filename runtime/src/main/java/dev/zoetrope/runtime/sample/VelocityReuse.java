package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.TokenRange;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Says at which steps of a clip the network need not run, because its answer is predicted to be about the one before, and keeps that.
 *
 * <p>After X. Zhou et al., "Less is enough: training-free video diffusion acceleration via runtime-adaptive caching"
 * (EasyCache, arXiv:2507.02860): how much the answer v changes for a change of the state x, k = |v - v'| / |x - x'|, is nearly constant
 * over the middle steps, so k |x - x'| / |v'| predicts the relative change since the last answer v', and below a threshold v' is used
 * again. Differences: x' is the state of the last answer and not of the step before, so nothing has to be added up; v' itself is taken
 * again and not x + v' - x', which for a velocity would be no velocity; the guided answer is kept and not its two halves.
 *
 * <p>The first steps, which k comes from, and the last are always computed. Owns its memory.
 */
final class VelocityReuse implements AutoCloseable {
    /** Share of the steps at the beginning that are always computed; at least two. */
    private static final double ALWAYS_FIRST = 0.15;

    private final Arena arena;
    private final double threshold;
    private final int steps;
    private final List<TokenRange> noisy;
    private final int channels;
    private final MemorySegment state;
    private final MemorySegment velocity;
    private int computed;
    private boolean guided;
    private double velocityNorm;
    private double rate;

    @SuppressWarnings("MustBeClosed") // close() frees the arena
    VelocityReuse(ClipPlan plan, List<TokenRange> noisy) {
        this.threshold = plan.savings().reuseThreshold();
        this.steps = plan.sigmas().steps();
        this.noisy = noisy;
        this.channels = plan.latents().channels();
        long elements = TensorMemory.floatCount(plan.latents().data());
        Arena owned = Arena.ofShared();
        try {
            state = TensorMemory.floats(owned, elements);
            velocity = TensorMemory.floats(owned, elements);
        } catch (Throwable failure) {
            owned.close();
            throw failure;
        }
        arena = owned;
    }

    /**
     * Whether the last answer will do for a step.
     *
     * @param latent the state before it
     * @param willGuide whether the step would be guided: an answer of the other kind will not do
     */
    boolean isEnough(int step, MemorySegment latent, boolean willGuide) {
        if (computed < 2
                || step < Math.max(2, Math.round(ALWAYS_FIRST * steps))
                || step == steps - 1
                || willGuide != guided) {
            return false;
        }
        return rate * distance(latent, state) < threshold * velocityNorm;
    }

    /** The last answer. */
    MemorySegment velocity() {
        return velocity;
    }

    /** Keeps an answer and the state it is for. */
    void keep(MemorySegment latent, MemorySegment answer, boolean wasGuided) {
        if (computed > 0 && wasGuided == guided) {
            double moved = distance(latent, state);
            rate = moved > 0 ? distance(answer, velocity) / moved : Double.POSITIVE_INFINITY;
        } else {
            computed = 0; // nothing to compare it with
        }
        state.copyFrom(latent);
        velocity.copyFrom(answer);
        velocityNorm = norm(velocity);
        guided = wasGuided;
        computed++;
    }

    /** Sum of absolute differences over the noisy tokens. */
    private double distance(MemorySegment one, MemorySegment other) {
        FloatBuffer a = TensorMemory.buffer(one);
        FloatBuffer b = TensorMemory.buffer(other);
        double sum = 0;
        for (TokenRange range : noisy) {
            int end = (range.firstToken() + range.tokens()) * channels;
            for (int i = range.firstToken() * channels; i < end; i++) {
                sum += Math.abs(a.get(i) - b.get(i));
            }
        }
        return sum;
    }

    private double norm(MemorySegment values) {
        FloatBuffer a = TensorMemory.buffer(values);
        double sum = 0;
        for (TokenRange range : noisy) {
            int end = (range.firstToken() + range.tokens()) * channels;
            for (int i = range.firstToken() * channels; i < end; i++) {
                sum += Math.abs(a.get(i));
            }
        }
        return sum;
    }

    void writeState(DataOutput output) throws IOException {
        output.writeInt(computed);
        output.writeBoolean(guided);
        output.writeDouble(velocityNorm);
        output.writeDouble(rate);
        TensorMemory.write(output, state);
        TensorMemory.write(output, velocity);
    }

    void readState(DataInput input) throws IOException {
        computed = input.readInt();
        guided = input.readBoolean();
        velocityNorm = input.readDouble();
        rate = input.readDouble();
        TensorMemory.read(input, state);
        TensorMemory.read(input, velocity);
    }

    @Override
    public void close() {
        arena.close();
    }
}
