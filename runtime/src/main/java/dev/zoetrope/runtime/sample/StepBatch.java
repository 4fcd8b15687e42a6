package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.latent.PackedSegment;
import dev.zoetrope.runtime.latent.PackedSequence;
import dev.zoetrope.runtime.latent.PackingOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

    /**
     * Makes one step of every loop. Where the network fails nothing has changed, and the step may be tried again.
     *
     * @return the loops whose own numbers went wrong, and how; they are of no use any more, the others are unharmed
     */
    Map<DenoiseLoop, RuntimeException> step() {
        long start = System.nanoTime();
        BoundDenoiser network = bound == null ? pack() : bound;
        PackedSequence packed = Objects.requireNonNull(sequence);
        long[] tokens = loops.stream().mapToLong(DenoiseLoop::tokens).toArray(); // before anybody is done
        long ready = System.nanoTime();
        long moved = packed.bytesMoved();
        loops.forEach(DenoiseLoop::setSigmas);
        long before = System.nanoTime();
        network.run();
        long after = System.nanoTime();
        Map<DenoiseLoop, RuntimeException> failures = new LinkedHashMap<>();
        boolean leaving = false;
        for (DenoiseLoop loop : loops) {
            try {
                loop.advance();
                leaving |= loop.endStep(packed.bytesMoved() - moved);
            } catch (RuntimeException failure) {
                failures.put(loop, failure);
            }
        }
        long stepped = System.nanoTime();
        long all = packed.packedTokens();
        if (leaving) {
            unpack();
        }
        long end = System.nanoTime();
        for (int i = 0; i < tokens.length; i++) {
            double share = (double) tokens[i] / all;
            loops.get(i).spend(share, after - before, before - ready + stepped - after, ready - start + end - stepped);
        }
        return failures;
    }

    @SuppressWarnings("MustBeClosed") // unpack() closes both
    private BoundDenoiser pack() {
        List<PackedSegment> segments = new ArrayList<>();
        List<ClipRun> clips = new ArrayList<>();
        List<Integer> firstSegments = new ArrayList<>();
        for (DenoiseLoop loop : loops) {
            for (ClipRun clip : loop.begin()) {
                firstSegments.add(segments.size());
                segments.addAll(clip.segments(clips.size()));
                clips.add(clip);
            }
        }
        PackedSequence packed = PackedSequence.pack(segments, options);
        try {
            for (int i = 0; i < clips.size(); i++) {
                clips.get(i).enter(packed, i, firstSegments.get(i));
            }
            BoundDenoiser network = denoiser.bind(packed);
            sequence = packed;
            bound = network;
            return network;
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
