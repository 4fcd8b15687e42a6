package dev.zoetrope.benchmark;

import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.RenderOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.decode.LatentProjection;
import dev.zoetrope.runtime.encode.StillEncoder;
import dev.zoetrope.runtime.encode.StillFormat;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameSink;
import dev.zoetrope.runtime.latent.LatentClip;
import dev.zoetrope.runtime.latent.NoiseSource;
import dev.zoetrope.runtime.latent.PackedSequence;
import dev.zoetrope.runtime.latent.PackingOptions;
import dev.zoetrope.runtime.model.ModelFolder;
import dev.zoetrope.runtime.model.NativeRuntime;
import dev.zoetrope.runtime.model.VideoModel;
import dev.zoetrope.runtime.pipeline.RenderListener;
import dev.zoetrope.runtime.pipeline.RenderPreview;
import dev.zoetrope.runtime.sample.BoundDenoiser;
import dev.zoetrope.runtime.sample.ClipPlan;
import dev.zoetrope.runtime.sample.DenoiseListener;
import dev.zoetrope.runtime.sample.DenoiseLoop;
import dev.zoetrope.runtime.sample.Denoiser;
import dev.zoetrope.runtime.schedule.SigmaSchedule;
import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.timeline.ClipLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What a preview costs, and how like the decoded frame it is. On the thread that makes everybody's steps: a pass over one
 * latent, measured as the difference of steps with and without around a network that does nothing. Elsewhere: projecting
 * and compressing.
 *
 * <p>Argument: model folder.
 */
public final class PreviewBenchmark {
    private static final int WARM_UPS = 5;
    private static final int STEPS = 200;
    private static final int LATENTS = 5;
    private static final List<String> PROMPTS = List.of(
            "a red ball bounces over the sea",
            "a blue square turns in the desert",
            "a yellow star in the night sky",
            "a green triangle rolls over snow");

    private PreviewBenchmark() {}

    /** Does nothing, in no time. */
    private static final class NoNetwork implements Denoiser {
        @Override
        public BoundDenoiser bind(PackedSequence sequence) {
            return new BoundDenoiser() {
                @Override
                public void run() {
                    // the velocity stays what it was: 0
                }

                @Override
                public void close() {
                    // holds nothing
                }
            };
        }
    }

    /** Prints two tables. */
    public static void main(String[] arguments) {
        try (NativeRuntime runtime = NativeRuntime.open(1, false);
                VideoModel model = runtime.openModel(ModelFolder.open(Path.of(arguments[0])), false)) {
            System.out.println(
                    "| clip | on the steps' thread, ms | projecting elsewhere, ms | compressing elsewhere, ms |");
            System.out.println("|---|---|---|---|");
            for (int cells : new int[] {8, 16, 32, 64}) {
                System.out.println(cost(model, cells));
            }
        }
        System.out.println();
        System.out.println(
                "| prompt | correlation of the first preview | of the last | difference of the last, levels of 255 |");
        System.out.println("|---|---|---|---|");
        try (Zoetrope engine = Zoetrope.open()) {
            PROMPTS.forEach(prompt -> System.out.println(likeness(engine, prompt)));
        }
    }

    private static String cost(VideoModel model, int cells) {
        PackingOptions packing = model.packing();
        double without = 0;
        double with = 0;
        for (int i = 0; i < WARM_UPS; i++) { // the last one counts
            without = stepMillis(packing, cells, false);
            with = stepMillis(packing, cells, true);
        }
        int side = Math.max(1, Math.min(8, 256 / cells));
        float[] latent = new float[cells * cells * packing.channels()];
        double projecting = 0;
        double compressing = 0;
        for (int i = 0; i < WARM_UPS * 4; i++) {
            long start = System.nanoTime();
            LatentProjection coarse =
                    model.compressor().projection().orElseThrow().get().coarser(side);
            byte[] pixels = coarse.project(latent, cells, cells);
            long projected = System.nanoTime();
            compress(pixels, cells * side);
            projecting = (projected - start) / 1e6;
            compressing = (System.nanoTime() - projected) / 1e6;
        }
        return String.format(
                Locale.ROOT,
                "| %1$dx%1$d, preview %2$dx%2$d | %3$.3f | %4$.2f | %5$.2f |",
                cells * 8,
                cells * side,
                with - without,
                projecting,
                compressing);
    }

    private static void compress(byte[] pixels, int sidePx) {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment memory = scratch.allocate((long) pixels.length + Frame.PADDING_BYTES);
            MemorySegment.copy(pixels, 0, memory, ValueLayout.JAVA_BYTE, 0, pixels.length);
            byte[] file = StillEncoder.encode(Frame.packed(memory, sidePx, sidePx, 0), StillFormat.WEBP);
            if (file.length == 0) {
                throw new IllegalStateException("no picture");
            }
        }
    }

    private static double stepMillis(PackingOptions packing, int cells, boolean estimating) {
        try (Arena scratch = Arena.ofConfined();
                LatentClip latents =
                        LatentClip.create(ClipLayout.ofRun(cells, cells, LATENTS, 8, 4), packing.channels(), 8)) {
            TextEmbedding prompt = TextEmbedding.empty(scratch, packing.textWidth());
            ClipPlan plan = ClipPlan.of(latents, prompt, SigmaSchedule.linear(STEPS), NoiseSource.philox(1, 0));
            double[] millis = new double[STEPS];
            long[] last = {System.nanoTime()};
            try (DenoiseLoop loop = DenoiseLoop.open(new NoNetwork(), List.of(plan), packing)) {
                loop.run(new DenoiseListener() {
                    @Override
                    public boolean wantsEstimate() {
                        return estimating;
                    }

                    @Override
                    public void step(int step, int steps, long elapsedNanos) {
                        long now = System.nanoTime();
                        millis[step - 1] = (now - last[0]) / 1e6;
                        last[0] = now;
                    }
                });
            }
            Arrays.sort(millis);
            return millis[STEPS / 2];
        }
    }

    private static String likeness(Zoetrope engine, String prompt) {
        RenderPreview[] ends = new RenderPreview[2];
        RenderListener listener = new RenderListener() {
            @Override
            public boolean wantsPreview() {
                return true;
            }

            @Override
            public void preview(RenderPreview preview) {
                ends[ends[0] == null ? 0 : 1] = preview;
            }
        };
        byte[][] frame = new byte[1][];
        try (Clip clip = engine.render(
                RenderRequest.of(prompt).withFrames(16),
                RenderOptions.defaults().withListener(listener))) {
            clip.decodeTo(new FrameSink() {
                @Override
                public void accept(Frame decoded) {
                    if (decoded.index() == 8) { // the last frame of the middle latent
                        frame[0] = packed(decoded);
                    }
                }

                @Override
                public void close() {
                    // holds nothing
                }
            });
        }
        byte[] first = ends[0].rgb();
        byte[] last = ends[1].rgb();
        double difference = 0;
        for (int i = 0; i < last.length; i++) {
            difference += Math.abs((last[i] & 0xFF) - (frame[0][i] & 0xFF)) / (double) last.length;
        }
        return String.format(
                Locale.ROOT,
                "| %s | %.3f | %.3f | %.1f |",
                prompt,
                correlation(first, frame[0]),
                correlation(last, frame[0]),
                difference);
    }

    private static byte[] packed(Frame frame) {
        int row = frame.widthPx() * Frame.PIXEL_BYTES;
        byte[] pixels = new byte[row * frame.heightPx()];
        for (int y = 0; y < frame.heightPx(); y++) {
            MemorySegment.copy(
                    frame.pixels(), ValueLayout.JAVA_BYTE, (long) y * frame.strideBytes(), pixels, y * row, row);
        }
        return pixels;
    }

    /** Pearson's, over all numbers of two pictures of one size. */
    private static double correlation(byte[] first, byte[] second) {
        double[] sums = new double[5];
        for (int i = 0; i < first.length; i++) {
            double a = first[i] & 0xFF;
            double b = second[i] & 0xFF;
            sums[0] += a;
            sums[1] += b;
            sums[2] += a * a;
            sums[3] += b * b;
            sums[4] += a * b;
        }
        int n = first.length;
        return (n * sums[4] - sums[0] * sums[1])
                / Math.sqrt((n * sums[2] - sums[0] * sums[0]) * (n * sums[3] - sums[1] * sums[1]));
    }
}
