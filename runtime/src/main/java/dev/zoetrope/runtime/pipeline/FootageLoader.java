package dev.zoetrope.runtime.pipeline;

import dev.zoetrope.runtime.decode.ClipEncoder;
import dev.zoetrope.runtime.decode.Compressor;
import dev.zoetrope.runtime.encode.FootageReader;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RenderCancelledException;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import dev.zoetrope.runtime.latent.LatentReel;
import dev.zoetrope.runtime.timeline.LatentGrid;
import dev.zoetrope.runtime.timeline.LinePlan;
import dev.zoetrope.runtime.timeline.RunSpan;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Fills the slots of a reel that are given: from files of latents as they are, from pictures and clips by encoding them. */
final class FootageLoader {
    private final Compressor compressor;
    private final RenderPlan plan;
    private final RenderListener listener;

    FootageLoader(Compressor compressor, RenderPlan plan, RenderListener listener) {
        this.compressor = compressor;
        this.plan = plan;
        this.listener = listener;
    }

    /** @throws RequestException when one of the files turns out to be damaged: its headers alone were known to be whole */
    void load(LatentReel reel) {
        for (int input = 0; input < plan.inputs().size(); input++) {
            try {
                load(input, plan.inputs().get(input), reel);
            } catch (OutputException e) {
                throw RequestException.ofInput(e);
            }
        }
    }

    private void load(int input, Footage footage, LatentReel reel) {
        if (footage.latents().isPresent()) {
            try (LatentReel source = LatentsFile.read(footage.latents().get())) {
                copy(input, reel, source);
            }
        } else {
            encode(input, footage, reel);
        }
    }

    private void copy(int input, LatentReel reel, LatentReel source) {
        for (LinePlan.Given given : plan.line().given()) {
            if (given.source() == input) {
                for (int i = 0; i < given.latents(); i++) {
                    reel.latent(given.slot() + i).copyFrom(source.latent(given.firstLatent() + i));
                }
            }
        }
    }

    private void encode(int input, Footage footage, LatentReel reel) {
        LatentGrid grid = plan.grid();
        FrameRate rate = FrameRate.of(footage.fps());
        try (FootageReader reader = FootageReader.open(footage.clip(), grid.widthPx(), grid.heightPx(), rate);
                ClipEncoder encoder = ClipEncoder.open(compressor, grid)) {
            int latent = 0;
            for (RunSpan run : footage.runs()) {
                encoder.startRun();
                for (int i = 0; i < run.latents(); i++) {
                    if (listener.cancelled()) {
                        throw new RenderCancelledException("encoding: cancelled in " + footage.file());
                    }
                    put(reader, encoder, i == 0 ? 1 : grid.temporal());
                    encode(encoder, input, latent++, reel);
                }
            }
        }
    }

    /** Frames for one latent; behind the last one of a file that holds fewer than it said, that one again. */
    private static void put(FootageReader reader, ClipEncoder encoder, int frames) {
        for (int i = 0; i < frames; i++) {
            Optional<Frame> frame = reader.next();
            if (frame.isPresent()) {
                encoder.put(i, frame.get());
            } else if (i > 0) {
                encoder.repeat(i - 1, i);
            }
        }
        if (frames == 1) {
            encoder.repeatFirst();
        }
    }

    /** An input's latent goes to every slot that it is given to; encoded anyway, for the codec's caches. */
    private void encode(ClipEncoder encoder, int input, int latent, LatentReel reel) {
        MemorySegment target = null;
        for (LinePlan.Given given : plan.line().given()) {
            int offset = latent - given.firstLatent();
            if (given.source() == input && offset >= 0 && offset < given.latents()) {
                MemorySegment slot = reel.latent(given.slot() + offset);
                if (target == null) {
                    encoder.encode(slot);
                    target = slot;
                } else {
                    slot.copyFrom(target);
                }
            }
        }
        if (target == null) {
            throw new IllegalStateException("input " + input + ": expected latent " + latent + " to have a slot");
        }
    }
}
