package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.latent.PackedSegment;
import dev.zoetrope.runtime.latent.PackedSequence;
import dev.zoetrope.runtime.latent.PackingOptions;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Loops that take their steps together, each at a step of its own: for every step set the noise levels, run the network
 * once over one packed sequence, and let each clip's sampler step, all in place.
 *
 * <p>Buffers are packed and bound when a step begins that has others than the one before, and stay as they are. Owns
 * the sequence and the binding, not the loops. Used by one thread at a time.
 */
final class StepBatch implements AutoCloseable {
    private final Denoiser denoiser;
    private final PackingOptions options;
    private final List<DenoiseLoop> loops = new ArrayList<>();
    private @Nullable PackedSequence sequence;
    private @Nullable BoundDenoiser bound;
    /** What the steps that are packed for take, clip by clip. */
    private List<ClipRun.Need> packedFor = List.of();

    private long bytesMoved;

    /**
     * A step that was made.
     *
     * @param tokens packed tokens
     * @param segments segments in the sequence
     * @param longest packed tokens of the longest of them
     * @param work tokens with what their attention costs
     * @param saved tokens that were left out, of those that a step may have
     * @param runNanos time in the network
     * @param nanos time of the whole step
     * @param failures the loops whose own numbers went wrong, and how; they are of no use any more, the others are unharmed
     */
    record Step(
            long tokens,
            int segments,
            long longest,
            double work,
            long saved,
            long runNanos,
            long nanos,
            Map<DenoiseLoop, RuntimeException> failures) {}

    StepBatch(Denoiser denoiser, PackingOptions options) {
        this.denoiser = denoiser;
        this.options = options;
    }

    void add(DenoiseLoop loop) {
        unpack();
        loops.add(loop);
    }

    /** Takes a loop out, its latents back in its clips. */
    void remove(DenoiseLoop loop) {
        unpack();
        loops.remove(loop);
    }

    /** What is bound at the moment. Null before the first step and after one that somebody left or joined. */
    @Nullable
    PackedSequence sequence() {
        return sequence;
    }

    /** Bytes of latents moved into and out of sequences since this was last asked. */
    long takeBytesMoved() {
        long moved = bytesMoved;
        bytesMoved = 0;
        return moved;
    }

    /** Makes one step of every loop. Where the network fails nothing has changed, and the step may be tried again. */
    Step step() {
        long start = System.nanoTime();
        List<ClipRun.Need> needs =
                loops.stream().flatMap(loop -> loop.needs().stream()).toList();
        if (!needs.equals(packedFor)) {
            unpack();
        }
        if (bound == null && needs.stream().anyMatch(need -> need != ClipRun.Need.NOTHING)) {
            pack();
            packedFor = needs;
        }
        BoundDenoiser network = bound;
        PackedSequence packed = sequence;
        long[] tokens = loops.stream().mapToLong(DenoiseLoop::nextTokens).toArray(); // before anybody is done
        long all = Arrays.stream(tokens).sum();
        long most = loops.stream().mapToLong(DenoiseLoop::tokens).sum();
        long ready = System.nanoTime();
        long moved = packed == null ? 0 : packed.bytesMoved();
        loops.forEach(DenoiseLoop::setSigmas);
        long before = System.nanoTime();
        if (network != null) {
            network.run();
        }
        long after = System.nanoTime();
        long copied = packed == null ? 0 : packed.bytesMoved() - moved;
        Map<DenoiseLoop, RuntimeException> failures = new LinkedHashMap<>();
        boolean leaving = false;
        for (DenoiseLoop loop : loops) {
            try {
                loop.advance();
                leaving |= loop.endStep(copied);
            } catch (RuntimeException failure) {
                failures.put(loop, failure);
            }
        }
        long stepped = System.nanoTime();
        long[] lengths = packed == null ? new long[0] : lengths(packed);
        if (leaving) {
            unpack();
        }
        long end = System.nanoTime();
        for (int i = 0; i < tokens.length; i++) {
            double share = all == 0 ? 1.0 / tokens.length : (double) tokens[i] / all;
            loops.get(i).spend(share, after - before, before - ready + stepped - after, ready - start + end - stepped);
        }
        return new Step(
                all,
                lengths.length,
                Arrays.stream(lengths).max().orElse(0),
                Arrays.stream(lengths).mapToDouble(denoiser.cost()::work).sum(),
                most - all,
                after - before,
                end - start,
                failures);
    }

    private static long[] lengths(PackedSequence packed) {
        return packed.lengths()
                .asSlice(0, (long) packed.segments() * Long.BYTES)
                .toArray(ValueLayout.JAVA_LONG);
    }

    @SuppressWarnings("MustBeClosed") // unpack() closes both
    private void pack() {
        List<PackedSegment> segments = new ArrayList<>();
        List<ClipRun> clips = new ArrayList<>();
        List<Integer> firstSegments = new ArrayList<>();
        List<ClipRun.Need> needs = new ArrayList<>();
        for (DenoiseLoop loop : loops) {
            for (ClipRun clip : loop.begin()) {
                ClipRun.Need need = clip.need(loop.stepsDone());
                if (need != ClipRun.Need.NOTHING) {
                    firstSegments.add(segments.size());
                    segments.addAll(clip.segments(clips.size(), need));
                    clips.add(clip);
                    needs.add(need);
                    loop.entered(clip);
                }
            }
        }
        PackedSequence packed = PackedSequence.pack(segments, options);
        try {
            for (int i = 0; i < clips.size(); i++) {
                clips.get(i).enter(packed, i, firstSegments.get(i), needs.get(i));
            }
            bound = denoiser.bind(packed);
            sequence = packed;
        } catch (Throwable failure) {
            clips.forEach(ClipRun::leave);
            packed.close();
            throw failure;
        }
    }

    /** Latents go back to their clips; the next step packs anew. */
    private void unpack() {
        loops.forEach(DenoiseLoop::leave);
        unbind();
    }

    private void unbind() {
        // The binding refers to the sequence's memory: it goes first.
        if (bound != null) {
            bound.close();
            bound = null;
        }
        if (sequence != null) {
            bytesMoved += sequence.bytesMoved();
            sequence.close();
            sequence = null;
        }
    }

    /** Frees binding and sequence; latents of loops that are not done stay behind as they were. */
    @Override
    public void close() {
        loops.forEach(DenoiseLoop::forget);
        loops.clear();
        unbind();
    }
}
