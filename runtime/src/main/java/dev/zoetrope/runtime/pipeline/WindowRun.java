package dev.zoetrope.runtime.pipeline;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.decode.LatentProjection;
import dev.zoetrope.runtime.error.CheckpointException;
import dev.zoetrope.runtime.error.RenderCancelledException;
import dev.zoetrope.runtime.latent.LatentClip;
import dev.zoetrope.runtime.latent.LatentReel;
import dev.zoetrope.runtime.latent.LatentStatistics;
import dev.zoetrope.runtime.latent.PackingOptions;
import dev.zoetrope.runtime.sample.ClipPlan;
import dev.zoetrope.runtime.sample.DenoiseListener;
import dev.zoetrope.runtime.sample.DenoiseLoop;
import dev.zoetrope.runtime.sample.Denoiser;
import dev.zoetrope.runtime.sample.StepScheduler;
import dev.zoetrope.runtime.sample.StepTimes;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.timeline.LatentGrid;
import dev.zoetrope.runtime.timeline.Placement;
import dev.zoetrope.runtime.timeline.Window;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the latents of a reel window by window. Windows that do not read each other are packed into one sequence, as many
 * as its slots and {@value #BATCH_TOKENS} tokens hold. Between steps its state can be written and gone on from.
 */
final class WindowRun {
    /**
     * Latent tokens of windows packed together. Below about this many a step is not faster per token on a CPU, and memory
     * grows with it; a single window may be larger.
     */
    static final int BATCH_TOKENS = 4096;

    private final RenderPlan plan;
    private final LatentReel reel;
    private final List<TextEmbedding> prompts;
    private final TextEmbedding unguided;
    private final @Nullable MemorySegment condition;
    private final Denoiser denoiser;
    private final PackingOptions packing;
    private final StepScheduler.Share scheduler;
    private final Optional<Supplier<LatentProjection>> projection;
    private final List<List<Integer>> batches;
    private final BitSet keptCells;
    private StepTimes times = new StepTimes(0, 0, 0, 0);
    private long bytesCopied;
    private int batchesDone;
    /** From the beginning of each batch to its last step; of those before this one, and of this one. */
    private long earlierNanos;

    private long batchNanos;

    /**
     * @param reel holds what is given; receives what is made
     * @param condition what the network is shown beside the latents of the one window, or null
     * @param projection asked for when a preview's picture is; without one there are no previews
     */
    WindowRun(
            RenderPlan plan,
            LatentReel reel,
            List<TextEmbedding> prompts,
            TextEmbedding unguided,
            @Nullable MemorySegment condition,
            Denoiser denoiser,
            PackingOptions packing,
            StepScheduler.Share scheduler,
            Optional<Supplier<LatentProjection>> projection) {
        this.plan = plan;
        this.reel = reel;
        this.prompts = List.copyOf(prompts);
        this.unguided = unguided;
        this.condition = condition;
        this.denoiser = denoiser;
        this.packing = packing;
        this.scheduler = scheduler;
        this.projection = projection;
        LatentGrid grid = plan.grid();
        this.keptCells = plan.region()
                .map(region -> region.readMask(plan)
                        .keptCells(grid.rows(), grid.columns(), grid.spatial(), grid.cropLeftPx(), grid.cropTopPx()))
                .orElseGet(BitSet::new);
        this.batches = batches(
                plan,
                packing.slots()
                        / Math.max(plan.sampling().segments(), plan.inContext().segments()));
    }

    /** Numbers of windows, grouped; a window never comes before one that it needs. */
    static List<List<Integer>> batches(RenderPlan plan, int mostWindows) {
        List<Window> windows = plan.line().windows();
        int cells = plan.line().reel().cells();
        List<List<Integer>> batches = new ArrayList<>();
        List<Integer> batch = new ArrayList<>();
        long tokens = 0;
        for (int i = 0; i < windows.size(); i++) {
            Window window = windows.get(i);
            boolean fits = batch.size() < mostWindows && tokens + window.tokens(cells) <= BATCH_TOKENS;
            if (!batch.isEmpty()
                    && (!fits
                            || batch.stream().anyMatch(other -> window.needs(windows.get(other)))
                            || !plan.sampling(window).equals(plan.sampling(windows.get(batch.getFirst()))))) {
                batches.add(List.copyOf(batch));
                batch.clear();
                tokens = 0;
            }
            batch.add(i);
            tokens += window.tokens(cells);
        }
        if (!batch.isEmpty()) { // as it is where all is given
            batches.add(List.copyOf(batch));
        }
        return batches;
    }

    StepTimes times() {
        return times;
    }

    long bytesCopied() {
        return bytesCopied;
    }

    void run(RenderListener listener, Optional<Checkpointing> checkpointing, Optional<Checkpoint> resumed) {
        Optional<CheckpointWriter> writer = checkpointing.map(CheckpointWriter::new);
        try {
            runBatches(listener, writer, resumed.map(this::restore));
        } catch (RuntimeException | Error e) {
            closeQuietly(writer, e);
            throw e;
        }
        writer.ifPresent(CheckpointWriter::close); // a disk that fails is said, also where all steps are done
    }

    private static void closeQuietly(Optional<CheckpointWriter> writer, Throwable reason) {
        try {
            writer.ifPresent(CheckpointWriter::close);
        } catch (CheckpointException e) {
            if (e != reason) {
                reason.addSuppressed(e);
            }
        }
    }

    private void runBatches(
            RenderListener listener, Optional<CheckpointWriter> writer, Optional<DataInputStream> resumed) {
        Optional<DataInputStream> state = resumed;
        int[] steps = batches.stream().mapToInt(this::steps).toArray();
        int all = Arrays.stream(steps).sum();
        while (batchesDone < batches.size()) {
            if (listener.cancelled()) {
                RenderCancelledException end = new RenderCancelledException(
                        "denoising: cancelled after window " + batchesDone + " of " + batches.size());
                if (batchesDone > 0) {
                    keep(writer, this::writeReel, end);
                }
                throw end;
            }
            int before = Arrays.stream(steps, 0, batchesDone).sum();
            runBatch(batches.get(batchesDone), new Progress(before, all, listener, writer), state);
            state = Optional.empty();
            batchesDone++;
        }
    }

    private int steps(List<Integer> batch) {
        return batch.stream()
                .mapToInt(window -> plan.sampling(plan.line().windows().get(window))
                        .sigmas()
                        .steps())
                .max()
                .orElse(0);
    }

    @SuppressWarnings("MustBeClosed") // closed together, as a list
    private void runBatch(List<Integer> batch, Progress progress, Optional<DataInputStream> state) {
        List<LatentClip> clips = new ArrayList<>();
        try {
            List<ClipPlan> plans = new ArrayList<>();
            for (int window : batch) {
                LatentClip clip = load(plan.line().windows().get(window));
                clips.add(clip);
                plans.add(clipPlan(window, clip));
            }
            try (DenoiseLoop loop = DenoiseLoop.open(denoiser, plans, packing)) {
                if (state.isPresent() && state.get().available() > 0) { // else it was written between two batches
                    loop.readState(state.get());
                }
                try {
                    scheduler.run(loop, progress.of(loop));
                } catch (RenderCancelledException e) {
                    progress.keepLast(loop, e);
                    throw e;
                }
                times = times.plus(loop.times());
                earlierNanos += batchNanos;
                bytesCopied += loop.bytesCopied();
            } catch (IOException e) {
                throw new CheckpointException("checkpoint: expected more bytes of loop state, found their end", e);
            }
            for (int i = 0; i < clips.size(); i++) {
                store(plan.line().windows().get(batch.get(i)), clips.get(i));
            }
        } finally {
            clips.forEach(LatentClip::close);
        }
    }

    private ClipPlan clipPlan(int number, LatentClip clip) {
        Window window = plan.line().windows().get(number);
        Sampling sampling = plan.sampling(window);
        ClipPlan plain = ClipPlan.of(
                        clip,
                        prompts.get(window.prompt()),
                        sampling.sigmas(),
                        plan.noise().source(plan.seed(), number, packing.patch()))
                .withSampler(plan.sampler())
                .withGuidance(sampling.guidance(), unguided)
                .withHeldSigmas(
                        window.latents().stream().map(Placement::heldSigma).toList())
                .withKeptCells(keptCells)
                .withSavings(sampling.savings());
        return condition == null ? plain : plain.withCondition(condition);
    }

    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // handed on to the caller
    private LatentClip load(Window window) {
        LatentClip clip = LatentClip.create(
                window.layout(reel.layout().rows(), reel.layout().columns()),
                reel.channels(),
                reel.layout().fps());
        for (int i = 0; i < window.latents().size(); i++) {
            Placement latent = window.latents().get(i);
            if (!latent.isMade() || window.strength() < 1 || !keptCells.isEmpty()) {
                clip.group(i).copyFrom(reel.latent(latent.slot()));
            }
        }
        return clip;
    }

    private void store(Window window, LatentClip clip) {
        List<Integer> made = new ArrayList<>();
        for (int i = 0; i < window.latents().size(); i++) {
            Placement latent = window.latents().get(i);
            if (latent.isMade()) {
                reel.latent(latent.slot()).copyFrom(clip.group(i));
                made.add(latent.slot());
            }
        }
        if (!window.likeness().isNone()) {
            LatentStatistics.match(
                    reel, made, window.likeness().slots(), window.likeness().share());
        }
    }

    private void writeReel(DataOutputStream output) throws IOException {
        output.writeInt(batchesDone);
        TensorMemory.write(output, reel.data());
    }

    private void writeState(DenoiseLoop loop, DataOutputStream output) throws IOException {
        writeReel(output);
        loop.writeState(output);
    }

    /** Who stops a render on purpose loses no step of it. */
    private static void keep(
            Optional<CheckpointWriter> writer, Checkpoint.Payload state, RenderCancelledException reason) {
        try {
            writer.ifPresent(target -> target.keep(state));
        } catch (CheckpointException e) {
            reason.addSuppressed(e); // it is over in any case, and the one before is still there
        }
    }

    private DataInputStream restore(Checkpoint checkpoint) {
        DataInputStream input = checkpoint.payload();
        try {
            batchesDone = input.readInt();
            if (batchesDone < 0 || batchesDone >= batches.size()) {
                throw new CheckpointException(
                        "checkpoint, windows done: expected 0 to " + (batches.size() - 1) + ", found " + batchesDone);
            }
            TensorMemory.read(input, reel.data());
            return input;
        } catch (IOException e) {
            throw new CheckpointException("checkpoint: expected more bytes of latents, found their end", e);
        }
    }

    /** Counts steps over all windows, passes them on and has checkpoints written. */
    private final class Progress {
        private final int before;
        private final int all;
        private final RenderListener listener;
        private final Optional<CheckpointWriter> writer;
        /** The step of this batch after which a state was taken last; read by another thread when the steps are over. */
        private volatile int taken;

        Progress(int before, int all, RenderListener listener, Optional<CheckpointWriter> writer) {
            this.before = before;
            this.all = all;
            this.listener = listener;
            this.writer = writer;
        }

        DenoiseListener of(DenoiseLoop loop) {
            return new DenoiseListener() {
                @Override
                public void step(int step, int steps, long elapsedNanos) {
                    if (step < steps && writer.isPresent() && writer.get().offer(output -> writeState(loop, output))) {
                        taken = step;
                    }
                    batchNanos = elapsedNanos;
                    long nanos = (earlierNanos + elapsedNanos)
                            / Math.max(1, times.steps() + loop.times().steps());
                    listener.step(before + step, all, Duration.ofNanos(nanos * (all - before - step)));
                }

                @Override
                public boolean wantsEstimate() {
                    return projection.isPresent() && listener.wantsPreview();
                }

                @Override
                public void estimated(float[] latent) {
                    listener.preview(new RenderPreview(
                            latent, plan.grid(), projection.orElseThrow(), before + loop.stepsDone(), all));
                }

                @Override
                public boolean cancelled() {
                    return listener.cancelled();
                }
            };
        }

        void keepLast(DenoiseLoop loop, RenderCancelledException reason) {
            if (loop.stepsDone() != taken) {
                keep(writer, output -> writeState(loop, output), reason);
            }
        }
    }
}
