package dev.zoetrope.benchmark;

import dev.zoetrope.runtime.latent.LatentClip;
import dev.zoetrope.runtime.latent.NoiseSource;
import dev.zoetrope.runtime.model.ModelFolder;
import dev.zoetrope.runtime.model.NativeRuntime;
import dev.zoetrope.runtime.model.VideoModel;
import dev.zoetrope.runtime.sample.ClipPlan;
import dev.zoetrope.runtime.sample.DenoiseListener;
import dev.zoetrope.runtime.sample.DenoiseLoop;
import dev.zoetrope.runtime.sample.SamplerKind;
import dev.zoetrope.runtime.sample.StepTimes;
import dev.zoetrope.runtime.schedule.SigmaSchedule;
import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.timeline.ClipLayout;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the denoise loop costs around the network, by its own timer: everything of a step but the run, with about 1,000
 * packed tokens under guidance, for every sampler.
 *
 * <p>Arguments: model folder, threads.
 */
public final class LoopOverheadBenchmark {
    /** 8 x 8 cells, 8 latents: 512 tokens, twice for guidance, and the texts. */
    private static final ClipLayout LAYOUT = ClipLayout.ofRun(8, 8, 8, 8, 4);

    private static final int STEPS = 16;
    /** The loop is compiled after some ten thousand turns of its inner loops, which the first steps make. */
    private static final int WARM_UP_LOOPS = 3;

    private static final int LOOPS = 5;

    private LoopOverheadBenchmark() {}

    /** Prints one line of a table for each sampler. */
    public static void main(String[] arguments) {
        try (NativeRuntime runtime = NativeRuntime.open(Integer.parseInt(arguments[1]), false);
                VideoModel model = runtime.openModel(ModelFolder.open(Path.of(arguments[0])), false)) {
            TextEmbedding prompt = model.textEncoder().encode("a red ball bounces over the sea at night");
            System.out.println("| sampler | packed tokens | network, ms a step | rest, ms a step (least to most of "
                    + LOOPS + " renders) | share of a step | first render's share |");
            System.out.println("|---|---|---|---|---|---|");
            for (SamplerKind sampler : SamplerKind.values()) {
                System.out.println(measure(model, prompt, sampler));
            }
        }
    }

    private static String measure(VideoModel model, TextEmbedding prompt, SamplerKind sampler) {
        double cold = render(model, prompt, sampler).overhead();
        for (int i = 1; i < WARM_UP_LOOPS; i++) {
            render(model, prompt, sampler);
        }
        List<Double> rests = new ArrayList<>();
        long runNanos = 0;
        long restNanos = 0;
        for (int i = 0; i < LOOPS; i++) {
            StepTimes times = render(model, prompt, sampler);
            rests.add(times.restNanos() / 1e6 / times.steps());
            runNanos += times.runNanos();
            restNanos += times.restNanos();
        }
        rests.sort(null);
        int tokens = 2 * LAYOUT.tokens() + prompt.tokens() + 1;
        return String.format(
                Locale.ROOT,
                "| %s | %d | %.1f | %.3f (%.3f to %.3f) | %.2f %% | %.2f %% |",
                sampler.id(),
                tokens,
                runNanos / 1e6 / STEPS / LOOPS,
                restNanos / 1e6 / STEPS / LOOPS,
                rests.getFirst(),
                rests.getLast(),
                100.0 * restNanos / (runNanos + restNanos),
                100 * cold);
    }

    private static StepTimes render(VideoModel model, TextEmbedding prompt, SamplerKind sampler) {
        try (Arena scratch = Arena.ofConfined();
                LatentClip latents =
                        LatentClip.create(LAYOUT, model.compressor().geometry().channels(), 8)) {
            ClipPlan plan = ClipPlan.of(latents, prompt, SigmaSchedule.linear(STEPS), NoiseSource.philox(1, 0))
                    .withSampler(sampler)
                    .withGuidance(2, TextEmbedding.empty(scratch, prompt.width()));
            try (DenoiseLoop loop = DenoiseLoop.open(model.denoiser(), List.of(plan), model.packing())) {
                loop.run(new DenoiseListener() {});
                return loop.times();
            }
        }
    }
}
