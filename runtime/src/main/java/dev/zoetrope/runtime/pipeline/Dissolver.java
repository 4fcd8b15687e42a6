package dev.zoetrope.runtime.pipeline;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.decode.ClipEncoder;
import dev.zoetrope.runtime.decode.Compressor;
import dev.zoetrope.runtime.decode.StreamingDecoder;
import dev.zoetrope.runtime.error.RenderCancelledException;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.latent.LatentReel;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.LatentGrid;
import dev.zoetrope.runtime.timeline.LinePlan.Dissolve;
import dev.zoetrope.runtime.timeline.RunSpan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Makes the dissolves of a reel: what goes on and what leads up are decoded latent by latent, their frames mixed and
 * encoded as what goes on. In latents a mix of two pictures is none of both, and the decoder, told a change once a latent,
 * would make it in jumps.
 */
final class Dissolver {
    /** Latents of the run, the first of them one frame, that go through the encoder before the mixed ones: it is causal. */
    private static final int BEFORE = 4;

    private final Compressor compressor;
    private final RenderPlan plan;
    private final LatentReel reel;
    private final RenderListener listener;
    private final int temporal;
    /** Whole coded frames, what is cropped later among them. */
    private final LatentGrid coded;
    /** Without the padding that may follow the last one of a latent. */
    private final long frameBytes;

    /** @param reel holds what was denoised; what is mixed takes the place of what went on */
    Dissolver(Compressor compressor, RenderPlan plan, LatentReel reel, RenderListener listener) {
        this.compressor = compressor;
        this.plan = plan;
        this.reel = reel;
        this.listener = listener;
        LatentGrid grid = plan.grid();
        this.temporal = grid.temporal();
        this.coded = new LatentGrid(grid.codedWidthPx(), grid.codedHeightPx(), 1, grid.spatial(), temporal);
        this.frameBytes = coded.widthPx() * (long) coded.heightPx() * Frame.PIXEL_BYTES;
    }

    void run() {
        plan.line().dissolves().forEach(this::make);
    }

    private void make(Dissolve dissolve) {
        RunSpan run = reel.layout().runs().get(dissolve.run());
        int slot = slotOf(dissolve.run());
        int from = dissolve.fromLatent();
        int start = Math.max(0, from - BEFORE);
        long elements = (long) reel.layout().cells() * reel.channels();
        try (StreamingDecoder going = StreamingDecoder.open(compressor, coded.rows(), coded.columns());
                LeadingUp leading = new LeadingUp(dissolve);
                ClipEncoder encoder = ClipEncoder.open(compressor, coded);
                Arena arena = Arena.ofShared()) {
            // Put in place at the end: the decoder still reads what it was given last.
            MemorySegment mixed = TensorMemory.floats(arena, elements * (run.latents() - from));
            MemorySegment unused = TensorMemory.floats(arena, elements);
            going.startRun();
            encoder.startRun();
            for (int latent = 0; latent < run.latents(); latent++) {
                if (listener.cancelled()) {
                    throw new RenderCancelledException(
                            "dissolve: cancelled in latent " + latent + " of " + run.latents());
                }
                MemorySegment frames = going.decode(reel.latent(slot + latent));
                if (latent >= from) {
                    mix(frames, leading.next(), temporal * (latent - from), temporal * (run.latents() - from));
                }
                if (latent >= start) {
                    put(encoder, frames, latent == start);
                    encoder.encode(
                            latent < from ? unused : TensorMemory.slice(mixed, elements * (latent - from), elements));
                }
            }
            for (int latent = from; latent < run.latents(); latent++) {
                reel.latent(slot + latent).copyFrom(TensorMemory.slice(mixed, elements * (latent - from), elements));
            }
        }
    }

    private int slotOf(int run) {
        return reel.layout().runs().stream()
                .limit(run)
                .mapToInt(RunSpan::latents)
                .sum();
    }

    /** @param first whether a run begins, with the last of these frames */
    private void put(ClipEncoder encoder, MemorySegment frames, boolean first) {
        for (int i = first ? temporal - 1 : 0; i < temporal; i++) {
            MemorySegment pixels = frames.asSlice(i * frameBytes);
            encoder.put(first ? 0 : i, Frame.packed(pixels, coded.widthPx(), coded.heightPx(), i));
        }
        if (first) {
            encoder.repeatFirst();
        }
    }

    /**
     * Moves the frames of a latent towards others.
     *
     * @param before mixed frames before these
     * @param all mixed frames, of which the last is wholly the other
     */
    private void mix(MemorySegment frames, MemorySegment others, int before, int all) {
        for (int i = 0; i < temporal; i++) {
            float share = (before + i + 1f) / all;
            for (long at = i * frameBytes; at < (i + 1) * frameBytes; at++) {
                int level = Byte.toUnsignedInt(frames.get(ValueLayout.JAVA_BYTE, at));
                int other = Byte.toUnsignedInt(others.get(ValueLayout.JAVA_BYTE, at));
                frames.set(ValueLayout.JAVA_BYTE, at, (byte) Math.round(level + share * (other - level)));
            }
        }
    }

    /** The frames of the runs that lead up to the next clip, latent by latent. */
    private final class LeadingUp implements AutoCloseable {
        private final StreamingDecoder decoder;
        private final Arena arena = Arena.ofShared();
        private int run;
        private int slot;
        /** In the run; its first is one frame, which the run before it has ended on. */
        private int latent = 1;

        @MustBeClosed
        @SuppressWarnings("MustBeClosed") // close() closes the decoder
        LeadingUp(Dissolve dissolve) {
            decoder = StreamingDecoder.open(compressor, coded.rows(), coded.columns());
            run = dissolve.run() + 1;
            slot = slotOf(run);
        }

        /** Frames of the next latent; they hold until the next call. */
        MemorySegment next() {
            if (latent == 1) {
                decoder.startRun();
                decoder.decode(reel.latent(slot));
            }
            MemorySegment frames = decoder.decode(reel.latent(slot + latent));
            latent++;
            int latents = reel.layout().runs().get(run).latents();
            if (latent < latents) {
                return frames;
            }
            run++;
            slot += latents;
            latent = 1;
            return ReelDecoder.arriving(decoder, frames, reel.latent(slot), temporal, arena);
        }

        @Override
        public void close() {
            decoder.close();
            arena.close();
        }
    }
}
