package dev.zoetrope.law;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.decode.ClipEncoder;
import dev.zoetrope.runtime.decode.GroupEncoder;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.latent.LatentClip;
import dev.zoetrope.runtime.latent.LatentReel;
import dev.zoetrope.runtime.latent.LatentStatistics;
import dev.zoetrope.runtime.latent.NoiseKind;
import dev.zoetrope.runtime.latent.NoiseSource;
import dev.zoetrope.runtime.model.ModelFolder;
import dev.zoetrope.runtime.model.NativeRuntime;
import dev.zoetrope.runtime.model.ShippedModel;
import dev.zoetrope.runtime.model.VideoModel;
import dev.zoetrope.runtime.pipeline.RenderListener;
import dev.zoetrope.runtime.pipeline.RenderPipeline;
import dev.zoetrope.runtime.pipeline.RenderPlan;
import dev.zoetrope.runtime.pipeline.RenderResult;
import dev.zoetrope.runtime.pipeline.Sampling;
import dev.zoetrope.runtime.sample.ClipPlan;
import dev.zoetrope.runtime.sample.DenoiseListener;
import dev.zoetrope.runtime.sample.DenoiseLoop;
import dev.zoetrope.runtime.sample.SamplerKind;
import dev.zoetrope.runtime.sample.StepScheduler;
import dev.zoetrope.runtime.schedule.SigmaSchedule;
import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.timeline.Composition;
import dev.zoetrope.runtime.timeline.LatentGrid;
import dev.zoetrope.runtime.timeline.LinePlan;
import dev.zoetrope.runtime.timeline.Placement;
import dev.zoetrope.runtime.timeline.Refinement;
import dev.zoetrope.runtime.timeline.Window;
import dev.zoetrope.runtime.timeline.Windowing;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Windows of a plan against the plain loop, and frames going in and out of latents, with the shipped model. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TimeLineWindowTest {
    private static final int SPATIAL = 8;
    private static final int TEMPORAL = 4;
    private static final List<String> PROMPTS = List.of("a red ball bounces over the sea", "a green star falls");

    @SuppressWarnings("NullAway.Init") // before all tests
    private NativeRuntime runtime;

    @SuppressWarnings("NullAway.Init") // before all tests
    private VideoModel model;

    @BeforeAll
    @SuppressWarnings("MustBeClosed") // after all tests
    void open() {
        runtime = NativeRuntime.open(2, false);
        model = runtime.openModel(ModelFolder.open(ShippedModel.folder()), false);
    }

    @AfterAll
    void close() {
        model.close();
        runtime.close();
    }

    private static LatentGrid grid(int widthPx, int heightPx, int frames) {
        return new LatentGrid(widthPx, heightPx, frames, SPATIAL, TEMPORAL);
    }

    private static RenderPlan plan(LatentGrid grid, LinePlan line, SamplerKind sampler, NoiseKind noise) {
        return new RenderPlan(
                PROMPTS,
                "",
                grid,
                8,
                line,
                List.of(),
                List.of(),
                Optional.empty(),
                sampler,
                new Sampling(SigmaSchedule.linear(2).shifted(2), 2),
                new Sampling(SigmaSchedule.linear(2).shifted(2), 2),
                77,
                noise);
    }

    private byte[] render(RenderPlan plan) {
        try (StepScheduler steps = new StepScheduler(model.denoiser(), model.packing(), 2048)) {
            RenderResult result = new RenderPipeline(model, steps)
                    .run(plan, RenderListener.NONE, Optional.empty(), Optional.empty(), StepScheduler.USUAL_WEIGHT);
            try (LatentReel reel = result.latents()) {
                assertEquals(0, result.bytesCopied(), "bytes copied by steps");
                return reel.data().toArray(ValueLayout.JAVA_BYTE);
            }
        }
    }

    /** Every window in a sequence of its own, by the plain loop. */
    private byte[] oneByOne(RenderPlan plan) {
        int channels = model.compressor().geometry().channels();
        List<TextEmbedding> prompts =
                plan.prompts().stream().map(model.textEncoder()::encode).toList();
        TextEmbedding nothing =
                TextEmbedding.empty(Arena.ofAuto(), prompts.getFirst().width());
        try (LatentReel reel = LatentReel.create(plan.line().reel(), channels)) {
            for (int i = 0; i < plan.line().windows().size(); i++) {
                Window window = plan.line().windows().get(i);
                try (LatentClip clip = load(window, reel, plan)) {
                    ClipPlan alone = ClipPlan.of(
                                    clip,
                                    prompts.get(window.prompt()),
                                    plan.sampling().sigmas(),
                                    plan.noise().source(plan.seed(), i, 1))
                            .withSampler(plan.sampler())
                            .withGuidance(plan.sampling().guidance(), nothing)
                            .withHeldSigmas(window.latents().stream()
                                    .map(Placement::heldSigma)
                                    .toList());
                    try (DenoiseLoop loop = DenoiseLoop.open(model.denoiser(), List.of(alone), model.packing())) {
                        loop.run(DenoiseListener.NONE);
                    }
                    store(window, clip, reel);
                }
            }
            return reel.data().toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // handed on to the caller
    private static LatentClip load(Window window, LatentReel reel, RenderPlan plan) {
        LatentClip clip = LatentClip.create(
                window.layout(plan.grid().rows(), plan.grid().columns()), reel.channels(), plan.fps());
        for (int i = 0; i < window.latents().size(); i++) {
            if (!window.latents().get(i).isMade()) {
                clip.group(i).copyFrom(reel.latent(window.latents().get(i).slot()));
            }
        }
        return clip;
    }

    private static void store(Window window, LatentClip clip, LatentReel reel) {
        List<Integer> made = new ArrayList<>();
        for (int i = 0; i < window.latents().size(); i++) {
            if (window.latents().get(i).isMade()) {
                made.add(window.latents().get(i).slot());
                reel.latent(made.getLast()).copyFrom(clip.group(i));
            }
        }
        if (!window.likeness().isNone()) {
            LatentStatistics.match(
                    reel, made, window.likeness().slots(), window.likeness().share());
        }
    }

    @Test
    void independentWindowsPackedTogetherAreAsEachAlone() {
        LatentGrid grid = grid(24, 16, 65);
        LinePlan line = Refinement.ofKeyFrames(grid, 8, 8, new Windowing(7, 2, 0.1, true, 0));
        RenderPlan plan = plan(grid, line, SamplerKind.UNIPC, NoiseKind.PHILOX);
        List<Window> last =
                line.windows().subList(line.windows().size() - 4, line.windows().size());
        assertTrue(last.stream()
                .noneMatch(one -> last.stream().anyMatch(other -> !other.equals(one) && one.needs(other))));
        assertArrayEquals(oneByOne(plan), render(plan));
    }

    @Test
    void windowsOfARunAndShotsAreAsEachAlone() {
        LatentGrid grid = grid(16, 16, 60);
        List<Composition.Shot> shots = List.of(new Composition.Shot(0, false), new Composition.Shot(31, true));
        LinePlan line = new Composition(60, List.of(), List.of(), shots, true)
                .plan(grid, 8, new Windowing(5, 2, 0.05, true, 0.7));
        assertTrue(line.windows().size() > 4 && line.windows().stream().anyMatch(window -> window.prompt() == 1));
        for (NoiseKind noise : NoiseKind.values()) {
            RenderPlan plan = plan(grid, line, SamplerKind.FLOW_EULER, noise);
            assertArrayEquals(oneByOne(plan), render(plan), noise.id());
        }
    }

    /** A clip of one window is what it was before there were windows. */
    @Test
    void oneWindowIsAPlainClip() {
        LatentGrid grid = grid(24, 16, 13);
        RenderPlan plan = plan(
                grid,
                Composition.of(13).plan(grid, 8, new Windowing(7, 2, 0.05, true, 0.5)),
                SamplerKind.DPM_SOLVER_PLUS_PLUS,
                NoiseKind.PHILOX);
        TextEmbedding prompt = model.textEncoder().encode(PROMPTS.getFirst());
        try (LatentClip clip =
                LatentClip.create(grid.layout(8), model.compressor().geometry().channels(), 8)) {
            ClipPlan plain = ClipPlan.of(clip, prompt, plan.sampling().sigmas(), NoiseSource.philox(plan.seed(), 0))
                    .withSampler(plan.sampler())
                    .withGuidance(plan.sampling().guidance(), TextEmbedding.empty(Arena.ofAuto(), prompt.width()));
            try (DenoiseLoop loop = DenoiseLoop.open(model.denoiser(), List.of(plain), model.packing())) {
                loop.run(DenoiseListener.NONE);
            }
            assertArrayEquals(clip.data().toArray(ValueLayout.JAVA_BYTE), render(plan));
        }
    }

    /** Frames of smooth light that moves, with a bright corner pixel that a wrong edge would lose. */
    private static Frame frame(Arena arena, int widthPx, int heightPx, int number) {
        MemorySegment pixels = arena.allocate(3L * widthPx * heightPx + Frame.PADDING_BYTES, 64);
        for (int y = 0; y < heightPx; y++) {
            for (int x = 0; x < widthPx; x++) {
                for (int channel = 0; channel < 3; channel++) {
                    double wave = Math.sin(0.2 * (x + number) + channel) * Math.cos(0.15 * y);
                    pixels.set(ValueLayout.JAVA_BYTE, 3L * (y * widthPx + x) + channel, (byte)
                            Math.round(127.5 + 100 * wave));
                }
            }
        }
        for (long i = 0; i < 3; i++) {
            pixels.set(ValueLayout.JAVA_BYTE, 3L * (widthPx * heightPx - 1) + i, (byte) 255);
        }
        return Frame.packed(pixels, widthPx, heightPx, number);
    }

    /** The frame in the middle of a larger one, its edges repeated. */
    private static Frame padded(Arena arena, Frame frame, LatentGrid grid) {
        int width = grid.codedWidthPx();
        int height = grid.codedHeightPx();
        MemorySegment pixels = arena.allocate(3L * width * height + Frame.PADDING_BYTES, 64);
        for (int y = 0; y < height; y++) {
            int row = Math.min(Math.max(y - grid.cropTopPx(), 0), frame.heightPx() - 1);
            for (int x = 0; x < width; x++) {
                int column = Math.min(Math.max(x - grid.cropLeftPx(), 0), frame.widthPx() - 1);
                long from = (long) row * frame.strideBytes() + 3L * column;
                MemorySegment.copy(frame.pixels(), from, pixels, 3L * (y * width + x), 3);
            }
        }
        return Frame.packed(pixels, width, height, frame.index());
    }

    private byte[] encode(LatentGrid grid, List<Frame> frames) {
        int latents = 1 + (frames.size() - 1) / TEMPORAL;
        long bytes = 4L
                * grid.rows()
                * grid.columns()
                * model.compressor().geometry().channels();
        try (ClipEncoder encoder = ClipEncoder.open(model.compressor(), grid);
                Arena arena = Arena.ofShared()) {
            MemorySegment all = arena.allocate(latents * bytes, 64);
            encoder.startRun();
            for (int latent = 0; latent < latents; latent++) {
                for (int i = 0; i < (latent == 0 ? 1 : TEMPORAL); i++) {
                    encoder.put(i, frames.get(latent == 0 ? 0 : 1 + TEMPORAL * (latent - 1) + i));
                }
                if (latent == 0) {
                    encoder.repeatFirst();
                }
                encoder.encode(all.asSlice(latent * bytes, bytes));
            }
            return all.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** Straight to the codec: {@code [temporal, 3, height, width]}, -1 to 1. */
    private byte[] encodeWhole(List<Frame> frames) {
        Frame any = frames.getFirst();
        int rows = any.heightPx() / SPATIAL;
        int columns = any.widthPx() / SPATIAL;
        int latents = 1 + (frames.size() - 1) / TEMPORAL;
        long bytes = 4L * rows * columns * model.compressor().geometry().channels();
        try (GroupEncoder encoder = model.compressor().openEncoder(rows, columns);
                Arena arena = Arena.ofShared()) {
            MemorySegment all = arena.allocate(latents * bytes, 64);
            MemorySegment group = arena.allocate(4L * TEMPORAL * 3 * any.heightPx() * any.widthPx(), 64);
            encoder.startRun();
            for (int latent = 0; latent < latents; latent++) {
                long to = 0;
                for (int i = 0; i < TEMPORAL; i++) {
                    Frame frame = frames.get(latent == 0 ? 0 : 1 + TEMPORAL * (latent - 1) + i);
                    for (int channel = 0; channel < 3; channel++) {
                        for (int pixel = 0; pixel < any.heightPx() * any.widthPx(); pixel++) {
                            int value = frame.pixels().get(ValueLayout.JAVA_BYTE, 3L * pixel + channel) & 0xFF;
                            group.setAtIndex(ValueLayout.JAVA_FLOAT, to++, value / 127.5f - 1);
                        }
                    }
                }
                encoder.encode(group, all.asSlice(latent * bytes, bytes));
            }
            return all.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @Test
    void aFrameOfAnySizeIsEncodedInTheMiddleOfWholeCells() {
        for (int[] size : new int[][] {{37, 21}, {16, 24}, {7, 9}, {1, 1}}) {
            LatentGrid grid = grid(size[0], size[1], 1);
            try (Arena arena = Arena.ofShared()) {
                List<Frame> frames = new ArrayList<>();
                for (int i = 0; i < 9; i++) {
                    frames.add(frame(arena, size[0], size[1], i));
                }
                List<Frame> whole =
                        frames.stream().map(frame -> padded(arena, frame, grid)).toList();
                assertArrayEquals(encodeWhole(whole), encode(grid, frames), size[0] + "x" + size[1] + " px");
            }
        }
    }

    /** What is decoded is cut where encoding has put it, and looks like it. */
    @Test
    void whatIsEncodedIsDecodedWhereItWas() {
        LatentGrid grid = grid(37, 21, 9);
        LatentGrid whole = grid(40, 24, 9);
        try (Arena arena = Arena.ofShared();
                LatentReel reel = LatentReel.create(
                        LinePlan.ofRun(grid, 8).reel(),
                        model.compressor().geometry().channels())) {
            List<Frame> frames = new ArrayList<>();
            for (int i = 0; i < 9; i++) {
                frames.add(frame(arena, 37, 21, i));
            }
            reel.data().copyFrom(MemorySegment.ofArray(encode(grid, frames)));
            List<byte[]> cut = decode(reel, grid);
            List<byte[]> all = decode(reel, whole);
            assertEquals(9, cut.size());
            double squares = 0;
            for (int i = 0; i < 9; i++) {
                byte[] expected = KeptFrames.bytes(frames.get(i));
                for (int at = 0; at < expected.length; at++) {
                    int x = at / 3 % 37;
                    int y = at / 3 / 37;
                    int inWhole = 3 * ((y + 1) * 40 + x + 1) + at % 3;
                    assertEquals(all.get(i)[inWhole], cut.get(i)[at], "frame " + i + ", pixel " + x + ", " + y);
                    double off = (expected[at] & 0xFF) - (cut.get(i)[at] & 0xFF);
                    squares += off * off / (9.0 * expected.length);
                }
            }
            double psnr = 10 * Math.log10(255 * 255 / squares);
            assertTrue(
                    psnr >= 25, psnr + " dB"); // smooth light keeps 28 dB in whole cells; the corner pixel costs some
        }
    }

    private List<byte[]> decode(LatentReel reel, LatentGrid grid) {
        RenderPlan plan = plan(grid, LinePlan.ofRun(grid, 8), SamplerKind.FLOW_EULER, NoiseKind.PHILOX);
        KeptFrames frames = new KeptFrames();
        try (StepScheduler steps = new StepScheduler(model.denoiser(), model.packing(), 2048)) {
            new RenderPipeline(model, steps).decode(reel, plan, RenderListener.NONE, () -> frames);
        }
        return frames.frames();
    }

    /** The same window of another number has other noise, or windows side by side would be twins. */
    @Test
    void windowsDoNotShareTheirNoise() {
        Random random = new Random(9);
        long seed = random.nextLong();
        LatentGrid grid = grid(16, 16, 5);
        try (Arena arena = Arena.ofConfined()) {
            for (NoiseKind kind : NoiseKind.values()) {
                float[][] drawn = new float[2][];
                for (int window = 0; window < 2; window++) {
                    MemorySegment target = arena.allocate(4L * grid.layout(8).tokens() * 4, 64);
                    kind.source(seed, window, 1).fill(NoiseSource.Purpose.INITIAL, 0, grid.layout(8), 4, target);
                    drawn[window] = target.toArray(ValueLayout.JAVA_FLOAT);
                }
                for (int i = 0; i < drawn[0].length; i++) {
                    assertFalse(drawn[0][i] == drawn[1][i], kind + ", element " + i);
                }
            }
        }
    }
}
