package dev.zoetrope.runtime.sample;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.error.CheckpointException;
import dev.zoetrope.runtime.error.RenderCancelledException;
import dev.zoetrope.runtime.latent.PackedSequence;
import dev.zoetrope.runtime.latent.PackingOptions;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Denoises some clips together: for every step set the noise levels, run the network once over the packed sequence,
 * combine guidance and let each clip's sampler step, all in place.
 *
 * <p>Clips may have schedules of different lengths: when one is done it leaves, and the others are packed and bound
 * anew; only then are latents copied ({@link #bytesRepacked}). A clip's numbers do not depend on what it is packed with:
 * a {@link StepScheduler} makes the steps of several loops in one sequence.
 *
 * <p>Owns the samplers and, where it makes its steps itself, the packed sequence and the binding; the plans' latents,
 * texts and noise belong to the caller and must outlive it. Used by one thread at a time. Between steps its state can be
 * written, and read into a new loop over the same plans, which then ends with the same bits.
 */
public final class DenoiseLoop implements AutoCloseable {
    private static final int STATE_MAGIC = 0x5A544C31; // "ZTL1"

    private final Denoiser denoiser;
    private final PackingOptions options;
    private final List<ClipRun> clips = new ArrayList<>();
    private final int steps;
    private @Nullable StepBatch alone;
    private boolean begun;
    private boolean estimating;
    private float @Nullable [] estimate;
    private int stepsDone;
    private int stepsMade;
    private long runNanos;
    private long restNanos;
    private long packNanos;
    private long bytesRepacked;
    private long bytesCopied;

    private DenoiseLoop(Denoiser denoiser, List<ClipPlan> plans, PackingOptions options) {
        this.denoiser = denoiser;
        this.options = options;
        int longest = 0;
        try {
            for (int i = 0; i < plans.size(); i++) {
                ClipPlan plan = plans.get(i);
                if (plan.latents().channels() != options.channels()) {
                    throw new IllegalArgumentException("latents of clip " + i + ": expected " + options.channels()
                            + " channels, found " + plan.latents().channels());
                }
                clips.add(new ClipRun(i, plan));
                longest = Math.max(longest, plan.sigmas().steps());
            }
            checkSlots();
        } catch (Throwable failure) {
            clips.forEach(ClipRun::close);
            throw failure;
        }
        steps = longest;
    }

    /**
     * Prepares to denoise clips together.
     *
     * @param options what the denoiser's graph expects
     * @throws IllegalArgumentException when the clips' segments are more than the slots of the options
     */
    @MustBeClosed
    public static DenoiseLoop open(Denoiser denoiser, List<ClipPlan> plans, PackingOptions options) {
        return new DenoiseLoop(denoiser, plans, options);
    }

    private void checkSlots() {
        if (segments() == 0 || segments() > options.slots()) {
            throw new IllegalArgumentException("denoise loop: expected 1 to " + options.slots()
                    + " segments, found " + segments() + " of " + clips.size() + " clips; guidance takes two segments"
                    + " for each clip: denoise fewer clips at a time");
        }
    }

    /**
     * Makes every step that is left. Afterwards the plans' latents hold the result.
     *
     * @throws RenderCancelledException when the listener says so; the loop may be run again and goes on
     */
    public void run(DenoiseListener listener) {
        while (stepsDone < steps) {
            if (listener.cancelled()) {
                throw new RenderCancelledException("denoising: cancelled after step " + stepsDone + " of " + steps);
            }
            estimateNext(listener.wantsEstimate());
            step();
            tellEstimate(listener);
            listener.step(stepsDone, steps, runNanos + restNanos);
        }
    }

    /** Makes one step; does nothing when all are done. */
    public void step() {
        if (stepsDone == steps) {
            return;
        }
        if (alone == null) {
            alone = new StepBatch(denoiser, options);
            alone.add(this);
        }
        RuntimeException failure = alone.step().failures().get(this);
        if (failure != null) {
            throw failure;
        }
    }

    private List<ClipRun> active() {
        return clips.stream().filter(clip -> clip.steps() > stepsDone).toList();
    }

    /** Most segments of a step of the clips that are not done. */
    int segments() {
        return active().stream().mapToInt(ClipRun::mostSegments).sum();
    }

    /** Most packed tokens of a step of the clips that are not done. */
    long tokens() {
        return active().stream().mapToLong(ClipRun::mostTokens).sum();
    }

    /** Packed tokens of the next step. */
    long nextTokens() {
        return active().stream()
                .mapToLong(clip -> clip.tokens(clip.need(stepsDone)))
                .sum();
    }

    /** What the next step takes for each clip that is not done. */
    List<ClipRun.Need> needs() {
        return active().stream().map(clip -> clip.need(stepsDone)).toList();
    }

    /** Brings the clips to the level they start from, once. -> those that are not done */
    List<ClipRun> begin() {
        if (!begun) {
            clips.forEach(ClipRun::addInitialNoise);
            begun = true;
        }
        List<ClipRun> active = active();
        return active;
    }

    /** A clip's latents have been moved into a sequence. */
    void entered(ClipRun clip) {
        bytesRepacked += clip.bytes();
    }

    void setSigmas() {
        active().forEach(clip -> clip.setSigmas(stepsDone));
    }

    /** Guides, checks and steps every clip that is not done. */
    void advance() {
        List<ClipRun> active = active();
        active.forEach(clip -> clip.guide(stepsDone));
        if (estimating && !active.isEmpty()) {
            estimate = active.getFirst().estimate(stepsDone);
        }
        active.forEach(clip -> clip.advance(stepsDone));
    }

    /** Whether the next step is to leave an estimate of the clean clip. */
    void estimateNext(boolean wanted) {
        estimating = wanted;
    }

    /** Hands over what the step before left, if it was to leave something. */
    void tellEstimate(DenoiseListener listener) {
        float[] left = estimate;
        estimate = null;
        if (left != null) {
            listener.estimated(left);
        }
    }

    /** -> whether a clip is done with this step */
    boolean endStep(long copied) {
        bytesCopied += copied;
        stepsDone++;
        stepsMade++;
        return clips.stream().anyMatch(clip -> clip.steps() == stepsDone);
    }

    /** Adds the time of a step, of which this loop had a share. */
    void spend(double share, long run, long rest, long pack) {
        runNanos += Math.round(share * run);
        restNanos += Math.round(share * rest);
        packNanos += Math.round(share * pack);
    }

    /** Latents go back to their clips, if they are in a sequence. */
    void leave() {
        for (ClipRun clip : clips) {
            bytesRepacked += clip.leave();
        }
    }

    /** The sequence that the clips are in goes. */
    void forget() {
        clips.forEach(ClipRun::forget);
    }

    /** Steps done by this loop itself, not before it in a checkpoint. */
    int stepsMade() {
        return stepsMade;
    }

    /** Steps done, counting those before a resumed checkpoint. */
    public int stepsDone() {
        return stepsDone;
    }

    /** Steps of the longest schedule. */
    public int steps() {
        return steps;
    }

    /**
     * The packed sequence of the moment: what is bound. Null before the first step, when a clip has just left, and where a
     * scheduler makes the steps.
     */
    public @Nullable PackedSequence sequence() {
        return alone == null ? null : alone.sequence();
    }

    /** Where the time of the steps made by this loop went; of steps made with others, its share by tokens. */
    public StepTimes times() {
        return new StepTimes(stepsMade, runNanos, restNanos, packNanos);
    }

    /** Bytes of latents moved because a clip joined or left: in at the first step, out when done. */
    public long bytesRepacked() {
        return bytesRepacked;
    }

    /** Bytes of latents moved in or out of the sequence while stepping: 0, as samplers work on the bound memory. */
    public long bytesCopied() {
        return bytesCopied;
    }

    /** Writes everything that the steps left to make depend on. Call between steps. */
    public void writeState(DataOutput output) throws IOException {
        if (!begun) {
            throw new IllegalStateException("checkpoint: expected at least 1 step done, found 0");
        }
        output.writeInt(STATE_MAGIC);
        output.writeInt(stepsDone);
        output.writeInt(clips.size());
        for (ClipRun clip : clips) {
            clip.writeState(output);
        }
    }

    /**
     * Goes on from a state written by a loop over equal plans; call before the first step. Texts, guidance and seeds
     * are not in it: that they are the same is the caller's to check.
     *
     * @throws CheckpointException when the state is of other samplers, schedules or sizes
     */
    public void readState(DataInput input) throws IOException {
        if (begun) {
            throw new IllegalStateException(
                    "checkpoint: expected a loop that has not begun, found one after step " + stepsDone);
        }
        CheckpointField.expect("format", STATE_MAGIC, input.readInt());
        int done = input.readInt();
        if (done < 0 || done > steps) {
            throw new CheckpointException("checkpoint, steps done: expected 0 to " + steps + ", found " + done);
        }
        CheckpointField.expect("number of clips", clips.size(), input.readInt());
        for (ClipRun clip : clips) {
            clip.readState(input);
        }
        stepsDone = done;
        begun = true;
    }

    /**
     * Frees the binding, the sequence and the samplers; latents of clips that are not done stay behind as they were.
     */
    @Override
    public void close() {
        if (alone != null) {
            alone.close();
        }
        clips.forEach(ClipRun::close);
    }
}
