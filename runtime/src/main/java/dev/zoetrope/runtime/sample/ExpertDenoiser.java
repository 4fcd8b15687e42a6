package dev.zoetrope.runtime.sample;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.latent.PackedSequence;
import dev.zoetrope.runtime.tensor.TensorMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Two networks for one road: the first from pure noise down to a timestep, the second below it. A segment whose highest
 * timestep is at least the boundary is the first one's, as in diffusers' {@code WanPipeline} with {@code
 * boundary_ratio}.
 *
 * <p>Of clips packed together some may be above the boundary and some below: then both run, each answer taken where it
 * belongs. A network is bound when a step first needs it and let go of when a step no longer does, so that under a memory
 * budget one makes room for the other.
 */
public final class ExpertDenoiser implements Denoiser {
    private final Denoiser first;
    private final Denoiser second;
    private final double boundary;

    /**
     * @param first for timesteps of the boundary and above
     * @param second for those below
     * @param boundary in training levels
     */
    public ExpertDenoiser(Denoiser first, Denoiser second, double boundary) {
        this.first = first;
        this.second = second;
        this.boundary = boundary;
    }

    /** The first one's: the two are of one size. */
    @Override
    public StepCost cost() {
        return first.cost();
    }

    /** The first one's: the two are of one size. */
    @Override
    public double operations(PackedSequence sequence) {
        return first.operations(sequence);
    }

    @Override
    @MustBeClosed
    public BoundDenoiser bind(PackedSequence sequence) {
        return new Bound(sequence);
    }

    private final class Bound implements BoundDenoiser {
        private final PackedSequence sequence;
        private @Nullable BoundDenoiser boundFirst;
        private long nativeNanos;
        private @Nullable BoundDenoiser boundSecond;

        Bound(PackedSequence sequence) {
            this.sequence = sequence;
        }

        @Override
        public void run() {
            int segments = sequence.segments();
            boolean[] isFirsts = new boolean[segments];
            int firsts = 0;
            nativeNanos = 0;
            for (int segment = 0; segment < segments; segment++) {
                isFirsts[segment] = highestTimestep(segment) >= boundary;
                firsts += isFirsts[segment] ? 1 : 0;
            }
            if (firsts == segments) {
                letGoOfSecond();
                run(first());
            } else if (firsts == 0) {
                letGoOfFirst();
                run(second());
            } else {
                runBoth(isFirsts);
            }
        }

        private void runBoth(boolean[] isFirsts) {
            run(first());
            try (Arena scratch = Arena.ofConfined()) {
                MemorySegment answer = TensorMemory.floats(scratch, TensorMemory.floatCount(sequence.velocity()));
                answer.copyFrom(sequence.velocity());
                run(second());
                for (int segment = 0; segment < isFirsts.length; segment++) {
                    if (isFirsts[segment]) {
                        MemorySegment target = sequence.velocityOf(segment);
                        long offset = target.address() - sequence.velocity().address();
                        target.copyFrom(answer.asSlice(offset, target.byteSize()));
                    }
                }
            }
        }

        private void run(BoundDenoiser expert) {
            expert.run();
            nativeNanos += expert.nativeNanos();
        }

        @Override
        public long nativeNanos() {
            return nativeNanos;
        }

        private float highestTimestep(int segment) {
            float highest = 0;
            for (int group = 0; group < sequence.layoutOf(segment).groups().size(); group++) {
                highest = Math.max(
                        highest, sequence.timestep().getAtIndex(TensorMemory.FLOAT, sequence.groupOf(segment, group)));
            }
            return highest;
        }

        @SuppressWarnings("MustBeClosed") // letGoOfFirst() closes it
        private BoundDenoiser first() {
            BoundDenoiser bound = boundFirst;
            if (bound == null) {
                bound = first.bind(sequence);
                boundFirst = bound;
            }
            return bound;
        }

        @SuppressWarnings("MustBeClosed") // letGoOfSecond() closes it
        private BoundDenoiser second() {
            BoundDenoiser bound = boundSecond;
            if (bound == null) {
                bound = second.bind(sequence);
                boundSecond = bound;
            }
            return bound;
        }

        private void letGoOfFirst() {
            if (boundFirst != null) {
                boundFirst.close();
                boundFirst = null;
            }
        }

        private void letGoOfSecond() {
            if (boundSecond != null) {
                boundSecond.close();
                boundSecond = null;
            }
        }

        @Override
        public void close() {
            letGoOfFirst();
            letGoOfSecond();
        }
    }
}
