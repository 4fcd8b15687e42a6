package dev.zoetrope.runtime.pipeline;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.decode.StreamingDecoder;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameSink;
import dev.zoetrope.runtime.latent.LatentReel;
import dev.zoetrope.runtime.model.VideoModel;
import dev.zoetrope.runtime.sample.StepScheduler;
import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.text.UnknownWord;
import dev.zoetrope.runtime.timeline.LatentGrid;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Calls the stages in order: text, denoise, decode. Thread-safe: any number of renders may run at once. */
public final class RenderPipeline {
    private final VideoModel model;
    private final StepScheduler scheduler;

    /** @param scheduler makes the denoising steps, together with those of others */
    public RenderPipeline(VideoModel model, StepScheduler scheduler) {
        this.model = model;
        this.scheduler = scheduler;
    }

    /** Opens the place frames go to, on the thread that decodes. */
    @FunctionalInterface
    public interface SinkOpener {
        @MustBeClosed
        FrameSink open();
    }

    /**
     * Prompt to latents; the caller closes the result's latents.
     *
     * @param weight of its turns against those of others, as {@link StepScheduler#run} takes it
     */
    @SuppressWarnings("MustBeClosed") // the result owns the latents
    public RenderResult run(
            RenderPlan plan,
            RenderListener listener,
            Optional<Checkpointing> checkpointing,
            Optional<Checkpoint> resumed,
            int weight) {
        Map<Stage, Duration> timings = new EnumMap<>(Stage.class);
        long start = System.nanoTime();
        Text text = readText(plan, listener);
        long textDone = System.nanoTime();
        timings.put(Stage.TEXT, Duration.ofNanos(textDone - start));

        LatentReel reel = LatentReel.create(
                plan.line().reel(), model.compressor().geometry().channels());
        try (Arena shown = Arena.ofShared()) {
            MemorySegment condition = null;
            if (!plan.inputs().isEmpty() || !plan.shown().isEmpty()) {
                listener.stage(Stage.ENCODE);
                new FootageLoader(model.compressor(), plan, listener).load(reel);
                if (!plan.shown().isEmpty()) {
                    condition = new ConditionLoader(model.compressor(), plan, model.packing(), listener).load(shown);
                }
                timings.put(Stage.ENCODE, Duration.ofNanos(System.nanoTime() - textDone));
            }
            long encodeDone = System.nanoTime();
            listener.stage(Stage.DENOISE);
            WindowRun windows = new WindowRun(
                    plan,
                    reel,
                    text.prompts(),
                    text.negative(),
                    condition,
                    model.denoiser(),
                    model.packing(),
                    new StepScheduler.Share(scheduler, weight),
                    model.compressor().projection());
            windows.run(listener, checkpointing, resumed);
            long denoiseDone = System.nanoTime();
            timings.put(Stage.DENOISE, Duration.ofNanos(denoiseDone - encodeDone));
            if (!plan.line().dissolves().isEmpty()) {
                new Dissolver(model.compressor(), plan, reel, listener).run();
                timings.merge(Stage.ENCODE, Duration.ofNanos(System.nanoTime() - denoiseDone), Duration::plus);
            }
            return new RenderResult(
                    reel, timings, text.warnings(), text.unknownWords(), windows.times(), windows.bytesCopied());
        } catch (RuntimeException | Error e) {
            reel.close();
            throw e;
        }
    }

    /** What the text stage leaves. */
    private record Text(
            List<TextEmbedding> prompts,
            TextEmbedding negative,
            List<String> warnings,
            List<UnknownWord> unknownWords) {}

    private Text readText(RenderPlan plan, RenderListener listener) {
        listener.stage(Stage.TEXT);
        List<String> warnings = new ArrayList<>(plan.warnings());
        plan.prompts().forEach(prompt -> warnAboutTruncation(prompt, "prompt", warnings));
        warnAboutTruncation(plan.negativePrompt(), "negative prompt", warnings);
        warnings.forEach(listener::warning);
        // Not the negative prompt's: people paste long lists of what to avoid, and would get a page of notes.
        Map<String, UnknownWord> unknown = new LinkedHashMap<>();
        plan.prompts().stream()
                .flatMap(prompt -> model.unknownWords(prompt).stream())
                .forEach(word -> unknown.putIfAbsent(word.word(), word));
        List<UnknownWord> unknownWords = List.copyOf(unknown.values());
        if (!unknownWords.isEmpty()) {
            listener.unknownWords(unknownWords);
        }
        List<TextEmbedding> prompts =
                plan.prompts().stream().map(model.textEncoder()::encode).toList();
        TextEmbedding negative = plan.negativePrompt().isEmpty()
                ? model.textEncoder().encodeNothing()
                : model.textEncoder().encode(plan.negativePrompt());
        return new Text(prompts, negative, warnings, unknownWords);
    }

    /** Latents to frames: each frame is decoded, cropped and handed on before the next group is touched. */
    public void decode(LatentReel reel, RenderPlan plan, RenderListener listener, SinkOpener opener) {
        listener.stage(Stage.DECODE);
        LatentGrid grid = plan.grid();
        try (StreamingDecoder decoder = StreamingDecoder.open(model.compressor(), grid.rows(), grid.columns());
                FrameSink opened = opener.open();
                FrameSink sink = plan.region().isPresent()
                        ? new Overlaid(opened, plan.region().get(), plan)
                        : opened) {
            new ReelDecoder(reel, grid, decoder, sink, listener).decode();
            sink.finish();
        }
    }

    private void warnAboutTruncation(String text, String what, List<String> warnings) {
        if (!text.isEmpty() && model.tokenizer().encode(text).truncated()) {
            warnings.add(what + ": the model reads at most " + model.maxTextTokens()
                    + " text tokens; what comes after them has no effect");
        }
    }

    /** Frames on their way to a sink, with what is kept of the input's pixels put over them. */
    private static final class Overlaid implements FrameSink {
        private final FrameSink target;
        private final KeptRegion.Overlay overlay;

        @SuppressWarnings("MustBeClosed") // close() closes the overlay
        Overlaid(FrameSink target, KeptRegion region, RenderPlan plan) {
            this.target = target;
            this.overlay = new KeptRegion.Overlay(region, plan);
        }

        @Override
        public void accept(Frame frame) {
            overlay.apply(frame);
            target.accept(frame);
        }

        @Override
        public void finish() {
            target.finish();
        }

        @Override
        public void close() {
            overlay.close(); // the target is closed by who opened it
        }
    }
}
