package dev.zoetrope.runtime.pipeline;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.decode.CompressorGeometry;
import dev.zoetrope.runtime.decode.StreamingDecoder;
import dev.zoetrope.runtime.error.CheckpointException;
import dev.zoetrope.runtime.error.RenderCancelledException;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameSink;
import dev.zoetrope.runtime.latent.LatentClip;
import dev.zoetrope.runtime.model.FlipbookModel;
import dev.zoetrope.runtime.sample.ClipPlan;
import dev.zoetrope.runtime.sample.DenoiseListener;
import dev.zoetrope.runtime.sample.DenoiseLoop;
import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.text.UnknownWord;
import dev.zoetrope.runtime.timeline.LatentGrid;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Calls the stages in order: text, denoise, decode. Not thread-safe: the engine's thread runs it. */
public final class RenderPipeline {
    private final FlipbookModel model;

    public RenderPipeline(FlipbookModel model) {
        this.model = model;
    }

    /** Opens the place frames go to, on the thread that decodes. */
    @FunctionalInterface
    public interface SinkOpener {
        @MustBeClosed
        FrameSink open();
    }

    /** Prompt to latents; the caller closes the result's latents. */
    @SuppressWarnings("MustBeClosed") // the result owns the latents
    public RenderResult run(
            RenderPlan plan,
            RenderListener listener,
            Optional<Checkpointing> checkpointing,
            Optional<Checkpoint> resumed) {
        Map<Stage, Duration> timings = new EnumMap<>(Stage.class);
        long start = System.nanoTime();
        Text text = readText(plan, listener);
        long textDone = System.nanoTime();
        timings.put(Stage.TEXT, Duration.ofNanos(textDone - start));

        listener.stage(Stage.DENOISE);
        LatentClip latents = LatentClip.create(
                plan.grid().layout(plan.fps()), model.compressor().geometry().channels(), plan.fps());
        try {
            ClipPlan clip = ClipPlan.of(
                            latents, text.prompt(), plan.sigmas(), plan.noise().source(plan.seed(), 0))
                    .withSampler(plan.sampler())
                    .withGuidance(plan.guidance(), text.negative());
            try (DenoiseLoop loop = DenoiseLoop.open(model.denoiser(), List.of(clip), model.packing())) {
                resumed.ifPresent(checkpoint -> restore(loop, checkpoint));
                loop.run(new StepListener(loop, listener, checkpointing));
                timings.put(Stage.DENOISE, Duration.ofNanos(System.nanoTime() - textDone));
                return new RenderResult(
                        latents, timings, text.warnings(), text.unknownWords(), loop.times(), loop.bytesCopied());
            }
        } catch (RuntimeException | Error e) {
            latents.close();
            throw e;
        }
    }

    /** What the text stage leaves. */
    private record Text(
            TextEmbedding prompt, TextEmbedding negative, List<String> warnings, List<UnknownWord> unknownWords) {}

    private Text readText(RenderPlan plan, RenderListener listener) {
        listener.stage(Stage.TEXT);
        List<String> warnings = new ArrayList<>();
        warnAboutTruncation(plan.prompt(), "prompt", warnings);
        warnAboutTruncation(plan.negativePrompt(), "negative prompt", warnings);
        warnings.forEach(listener::warning);
        // Not the negative prompt's: people paste long lists of what to avoid, and would get a page of notes.
        List<UnknownWord> unknownWords = model.unknownWords(plan.prompt());
        if (!unknownWords.isEmpty()) {
            listener.unknownWords(unknownWords);
        }
        TextEmbedding prompt = model.textEncoder().encode(plan.prompt());
        TextEmbedding negative = plan.negativePrompt().isEmpty()
                ? TextEmbedding.empty(Arena.ofAuto(), prompt.width())
                : model.textEncoder().encode(plan.negativePrompt());
        return new Text(prompt, negative, warnings, unknownWords);
    }

    /** Latents to frames: each frame is decoded, cropped and handed on before the next group is touched. */
    public void decode(LatentClip latents, RenderPlan plan, RenderListener listener, SinkOpener opener) {
        listener.stage(Stage.DECODE);
        LatentGrid grid = plan.grid();
        CompressorGeometry geometry = model.compressor().geometry();
        try (StreamingDecoder decoder = StreamingDecoder.open(model.compressor(), grid.rows(), grid.columns());
                FrameSink sink = opener.open()) {
            decoder.startRun();
            int done = 0;
            for (int group = 0; done < grid.frames(); group++) {
                MemorySegment frames = decoder.decode(latents.group(group));
                // Of a run's first latent only the last frame counts: the codec repeats the first frame before it.
                int first = group == 0 ? geometry.temporal() - 1 : 0;
                for (int i = first; i < geometry.temporal() && done < grid.frames(); i++) {
                    if (listener.cancelled()) {
                        throw new RenderCancelledException(
                                "decoding: cancelled after frame " + done + " of " + grid.frames());
                    }
                    sink.accept(crop(frames, decoder, grid, i, done));
                    done++;
                    listener.frame(done, grid.frames());
                }
            }
            sink.finish();
        }
    }

    private static Frame crop(MemorySegment frames, StreamingDecoder decoder, LatentGrid grid, int index, int number) {
        long offset = index * decoder.frameBytes()
                + (long) grid.cropTopPx() * decoder.strideBytes()
                + (long) grid.cropLeftPx() * Frame.PIXEL_BYTES;
        return new Frame(frames.asSlice(offset), grid.widthPx(), grid.heightPx(), decoder.strideBytes(), number);
    }

    private void warnAboutTruncation(String text, String what, List<String> warnings) {
        if (!text.isEmpty() && model.tokenizer().encode(text).truncated()) {
            warnings.add(what + ": the model reads at most " + model.maxTextTokens()
                    + " text tokens; what comes after them has no effect");
        }
    }

    private static void restore(DenoiseLoop loop, Checkpoint checkpoint) {
        try {
            loop.readState(checkpoint.payload());
        } catch (IOException e) {
            throw new CheckpointException("checkpoint: expected more bytes of loop state, found their end", e);
        }
    }

    /** Passes steps on and writes a checkpoint after each. */
    private record StepListener(DenoiseLoop loop, RenderListener listener, Optional<Checkpointing> checkpointing)
            implements DenoiseListener {
        @Override
        public void step(int step, int steps, long elapsedNanos) {
            if (step < steps) {
                checkpointing.ifPresent(target -> Checkpoint.write(target, loop::writeState));
            }
            int made = Math.max(1, loop.times().steps());
            listener.step(step, steps, Duration.ofNanos(elapsedNanos / made * (steps - step)));
        }

        @Override
        public boolean cancelled() {
            return listener.cancelled();
        }
    }
}
