package dev.zoetrope.runtime.pipeline;

import dev.zoetrope.runtime.decode.StreamingDecoder;
import dev.zoetrope.runtime.error.RenderCancelledException;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameSink;
import dev.zoetrope.runtime.latent.LatentReel;
import dev.zoetrope.runtime.timeline.LatentGrid;
import dev.zoetrope.runtime.timeline.RunSpan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;

/** Hands on the frames of a reel, run by run: each is cropped and handed on before the next latent is touched. */
final class ReelDecoder {
    private final LatentReel reel;
    private final LatentGrid grid;
    private final StreamingDecoder decoder;
    private final FrameSink sink;
    private final RenderListener listener;
    private int done;

    ReelDecoder(LatentReel reel, LatentGrid grid, StreamingDecoder decoder, FrameSink sink, RenderListener listener) {
        this.reel = reel;
        this.grid = grid;
        this.decoder = decoder;
        this.sink = sink;
        this.listener = listener;
    }

    void decode() {
        List<RunSpan> runs = reel.layout().runs();
        int slot = 0;
        for (int run = 0; run < runs.size(); run++) {
            if (runs.get(run).frames() > 0) {
                decodeRun(run, slot);
            }
            slot += runs.get(run).latents();
        }
    }

    private void decodeRun(int number, int firstSlot) {
        RunSpan run = reel.layout().runs().get(number);
        int end = run.firstFrame() + run.frames();
        int coded = 0; // frames of the run decoded so far
        decoder.startRun(
                IntStream.range(0, run.latents())
                        .mapToObj(latent -> reel.latent(firstSlot + latent))
                        .toList(),
                this::checkNotCancelled);
        for (int latent = 0; latent < run.latents() && coded < end; latent++) {
            MemorySegment frames = decoder.decode(reel.latent(firstSlot + latent));
            // Of a run's first latent only the last frame counts: the codec repeats the first frame before it.
            int first = latent == 0 ? grid.temporal() - 1 : 0;
            if (run.meets() && latent == run.latents() - 1) {
                try (Arena arena = Arena.ofConfined()) {
                    MemorySegment there = reel.latent(meetingSlot(number));
                    handOn(
                            arriving(decoder, frames, there, grid.temporal(), arena),
                            first,
                            coded,
                            run.firstFrame(),
                            end);
                }
            } else {
                handOn(frames, first, coded, run.firstFrame(), end);
            }
            coded += grid.temporal() - first;
        }
    }

    /** @param coded number in its run of the frame {@code first} of these */
    private void handOn(MemorySegment frames, int first, int coded, int shownFrom, int shownTo) {
        for (int i = first; i < grid.temporal(); i++) {
            int frame = coded + i - first;
            if (frame < shownFrom || frame >= shownTo) {
                continue;
            }
            checkNotCancelled();
            sink.accept(crop(frames, i));
            done++;
            listener.frame(done, reel.layout().frames());
        }
    }

    private void checkNotCancelled() {
        if (listener.cancelled()) {
            throw new RenderCancelledException("decoding: cancelled after frame " + done + " of "
                    + reel.layout().frames());
        }
    }

    /** The first latent of the run that is shown after this one, after the last of all the first. */
    private int meetingSlot(int number) {
        List<RunSpan> runs = reel.layout().runs();
        int next = number;
        do {
            next = (next + 1) % runs.size();
        } while (runs.get(next).frames() == 0);
        return runs.stream().limit(next).mapToInt(RunSpan::latents).sum();
    }

    /**
     * Frames that arrive where the next run begins: to each is added a share, rising to 1 with the last, of what that last
     * one lacks of the next run's first.
     *
     * @param frames of a latent, overwritten by the next
     * @param meeting first latent of the next run
     * @param count how many frames
     */
    static MemorySegment arriving(
            StreamingDecoder decoder, MemorySegment frames, MemorySegment meeting, int count, Arena arena) {
        long frameBytes = decoder.frameBytes();
        MemorySegment moved = arena.allocate(frameBytes * count + Frame.PADDING_BYTES, 64);
        MemorySegment.copy(frames, 0, moved, 0, frameBytes * count);
        decoder.startRun();
        MemorySegment there = decoder.decode(meeting);
        long last = frameBytes * (count - 1);
        for (long at = 0; at < frameBytes; at++) {
            int lack = level(there, last + at) - level(moved, last + at);
            for (int i = 0; lack != 0 && i < count; i++) {
                long place = i * frameBytes + at;
                int level = level(moved, place) + Math.round((float) lack * (i + 1) / count);
                moved.set(ValueLayout.JAVA_BYTE, place, (byte) Math.clamp(level, 0, 255));
            }
        }
        return moved;
    }

    private static int level(MemorySegment frames, long at) {
        return Byte.toUnsignedInt(frames.get(ValueLayout.JAVA_BYTE, at));
    }

    private Frame crop(MemorySegment frames, int index) {
        long offset = index * decoder.frameBytes()
                + (long) grid.cropTopPx() * decoder.strideBytes()
                + (long) grid.cropLeftPx() * Frame.PIXEL_BYTES;
        return new Frame(frames.asSlice(offset), grid.widthPx(), grid.heightPx(), decoder.strideBytes(), done);
    }
}
