package dev.zoetrope.runtime.sample;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.latent.PackedSequence;

/** A network that predicts velocity; one serves any number of sequences. */
public interface Denoiser {
    /** Binds a sequence's buffers; the sequence must stay open until the binding is closed. */
    @MustBeClosed
    BoundDenoiser bind(PackedSequence sequence);

    /** Floating-point operations of a run, multiplications and additions counted apart; 0 where nobody counted. */
    default double operations(PackedSequence sequence) {
        return 0;
    }

    /** What a step costs beside the number of its tokens. */
    default StepCost cost() {
        return StepCost.BY_TOKENS;
    }
}
