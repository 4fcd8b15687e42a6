package dev.zoetrope.runtime.pipeline;

import dev.zoetrope.runtime.decode.ClipEncoder;
import dev.zoetrope.runtime.decode.Compressor;
import dev.zoetrope.runtime.encode.FootageReader;
import dev.zoetrope.runtime.error.ModelException;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RenderCancelledException;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import dev.zoetrope.runtime.latent.PackingOptions;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.LatentGrid;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Makes what a network is shown beside the latents: which frames are given, and a clip that is grey but for those,
 * encoded whole. Numbers of a token are first the mask, {@code (frame of the latent, row in patch, column in patch)}, of
 * a clip's first latent its one frame repeated, then those of the clip's latent. Diffusers 0.42.1, {@code
 * pipeline_wan_i2v.py}, {@code prepare_latents}.
 */
final class ConditionLoader {
    private final Compressor compressor;
    private final RenderPlan plan;
    private final PackingOptions packing;
    private final RenderListener listener;

    ConditionLoader(Compressor compressor, RenderPlan plan, PackingOptions packing, RenderListener listener) {
        this.compressor = compressor;
        this.plan = plan;
        this.packing = packing;
        this.listener = listener;
        int expected = plan.grid().temporal() * packing.patch() * packing.patch() + packing.channels();
        if (packing.conditionChannels() != expected) {
            throw new ModelException("condition of the transformer: expected " + expected
                    + " numbers beside a token, for a mask and a latent, found " + packing.conditionChannels());
        }
    }

    /** -> {@code [groups, rows, columns, conditionChannels]} of the clip, in the arena */
    MemorySegment load(Arena arena) {
        try {
            return encode(arena);
        } catch (OutputException e) {
            throw RequestException.ofInput(e);
        }
    }

    private MemorySegment encode(Arena arena) {
        LatentGrid grid = plan.grid();
        long cells = (long) grid.rows() * grid.columns();
        MemorySegment condition = TensorMemory.floats(arena, grid.groups() * cells * packing.conditionChannels());
        try (ClipEncoder encoder = ClipEncoder.open(compressor, grid);
                Arena scratch = Arena.ofConfined()) {
            MemorySegment latent = TensorMemory.floats(scratch, cells * packing.channels());
            encoder.startRun();
            for (int group = 0; group < grid.groups(); group++) {
                if (listener.cancelled()) {
                    throw new RenderCancelledException("encoding: cancelled in latent " + group);
                }
                boolean[] given = put(encoder, group);
                encoder.encode(latent);
                for (long cell = 0; cell < cells; cell++) {
                    write(condition, group * cells + cell, given, latent, cell);
                }
            }
        }
        return condition;
    }

    /** Puts the frames of a latent. -> which of them are given; of the first latent all or none */
    private boolean[] put(ClipEncoder encoder, int group) {
        int temporal = plan.grid().temporal();
        boolean[] given = new boolean[temporal];
        int first = group == 0 ? 0 : 1 + temporal * (group - 1);
        int frames = group == 0 ? 1 : temporal;
        for (int i = 0; i < frames; i++) {
            Optional<Footage> picture = pictureOn(first + i);
            if (picture.isPresent()) {
                put(encoder, i, picture.get());
            } else {
                encoder.putGrey(i);
            }
            given[i] = picture.isPresent();
        }
        if (group == 0) {
            encoder.repeatFirst();
            Arrays.fill(given, given[0]);
        }
        return given;
    }

    private void put(ClipEncoder encoder, int index, Footage picture) {
        LatentGrid grid = plan.grid();
        try (FootageReader reader =
                FootageReader.open(picture.clip(), grid.widthPx(), grid.heightPx(), FrameRate.of(picture.fps()))) {
            Frame frame = reader.next()
                    .orElseThrow(
                            () -> new RequestException("picture " + picture.file() + ": expected a frame, found none"));
            encoder.put(index, frame);
        }
    }

    private Optional<Footage> pictureOn(int frame) {
        List<ShownPicture> shown = plan.shown();
        return shown.stream()
                .filter(picture -> picture.frame() == frame)
                .map(ShownPicture::picture)
                .findFirst();
    }

    private void write(MemorySegment condition, long token, boolean[] given, MemorySegment latent, long cell) {
        int area = packing.patch() * packing.patch();
        long at = token * packing.conditionChannels();
        for (boolean frame : given) {
            for (int i = 0; i < area; i++) {
                condition.setAtIndex(TensorMemory.FLOAT, at++, frame ? 1 : 0);
            }
        }
        TensorMemory.slice(condition, at, packing.channels())
                .copyFrom(TensorMemory.slice(latent, cell * packing.channels(), packing.channels()));
    }
}
