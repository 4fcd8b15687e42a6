package dev.zoetrope.runtime;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.decode.StreamingDecoder;
import dev.zoetrope.runtime.latent.LatentClip;
import dev.zoetrope.runtime.latent.NoiseSource;
import dev.zoetrope.runtime.latent.PackedSequence;
import dev.zoetrope.runtime.model.ModelFolder;
import dev.zoetrope.runtime.model.NativeRuntime;
import dev.zoetrope.runtime.model.ShippedModel;
import dev.zoetrope.runtime.model.VideoModel;
import dev.zoetrope.runtime.sample.BoundDenoiser;
import dev.zoetrope.runtime.sample.ClipPlan;
import dev.zoetrope.runtime.sample.DenoiseListener;
import dev.zoetrope.runtime.sample.DenoiseLoop;
import dev.zoetrope.runtime.sample.Denoiser;
import dev.zoetrope.runtime.sample.StepTimes;
import dev.zoetrope.runtime.schedule.SigmaSchedule;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.timeline.ClipLayout;
import dev.zoetrope.runtime.timeline.LatentGrid;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Times a model's denoising steps and its decoder without an engine around them. Texts are random numbers, so that no text encoder is
 * opened: of the largest models it takes more memory than the rest, and its weights may be missing. Weights may be random too, for
 * times do not depend on them.
 *
 * <p>Used by one thread, which must be a platform thread.
 */
public final class StepBenchmark implements AutoCloseable {
    private static final long SEED = 7;

    private final NativeRuntime runtime;
    private final VideoModel model;

    @SuppressWarnings("MustBeClosed") // close() closes both
    private StepBenchmark(EngineOptions options) {
        int threads = options.threads() == 0 ? Runtime.getRuntime().availableProcessors() : options.threads();
        this.runtime = NativeRuntime.open(threads, options.spinning());
        try {
            ModelFolder folder =
                    ModelFolder.open(options.modelFolder().orElseGet(ShippedModel::folder), options.loras());
            this.model =
                    runtime.openModel(folder, options.provider() == ProviderChoice.CUDA, MemoryPlan.budget(options));
        } catch (RuntimeException | Error e) {
            runtime.close();
            throw e;
        }
    }

    /**
     * Opens the model as an engine of these options would.
     *
     * @throws dev.zoetrope.runtime.error.ModelException when the model folder or the native library is at fault
     */
    @MustBeClosed
    public static StepBenchmark open(EngineOptions options) {
        return new StepBenchmark(options);
    }

    /** Name of the model. */
    public String modelName() {
        return model.name();
    }

    /** Version of ONNX Runtime. */
    public String libraryVersion() {
        return runtime.libraryVersion();
    }

    /** Threads of the native pool. */
    public int threads() {
        return runtime.threads();
    }

    /** The longest text that the model reads, which it was trained with where all were padded. */
    public int maxTextTokens() {
        return model.maxTextTokens();
    }

    /** The clip that the model makes when nothing is said. */
    public ClipShape defaultShape() {
        return new ClipShape(
                new FrameSize(model.defaults().widthPx(), model.defaults().heightPx()),
                Math.toIntExact(Math.max(
                        1,
                        Math.round(model.defaults().seconds() * model.defaults().fps()))));
    }

    /**
     * Makes steps of some clips packed in one sequence, without guidance: one segment a clip.
     *
     * @param textTokens of each clip
     * @param warm steps before those that count, at least 1: the first opens sessions
     * @param timed steps that count
     */
    public StepMeasurement steps(List<ClipShape> clips, int textTokens, int warm, int timed) {
        try (Arena arena = Arena.ofShared()) {
            List<ClipPlan> plans = new ArrayList<>();
            Random random = new Random(SEED);
            SigmaSchedule sigmas = model.schedule().sigmas(model.schedule().sampler(), warm + timed);
            for (int i = 0; i < clips.size(); i++) {
                plans.add(plan(clips.get(i), i, textTokens, sigmas, random, arena));
            }
            Watch watch = new Watch(model.denoiser());
            try (DenoiseLoop loop = DenoiseLoop.open(watch, plans, model.packing())) {
                watch.loop = loop;
                loop.run(watch);
                return new StepMeasurement(
                        clips,
                        plans.stream()
                                .mapToLong(plan -> plan.latents().layout().tokens())
                                .sum(),
                        (long) textTokens * clips.size(),
                        watch.operations,
                        watch.stepNanos.subList(warm, warm + timed),
                        watch.loopNanos.subList(warm, warm + timed),
                        watch.bindingNanos.subList(warm, warm + timed),
                        loop.times().packNanos(),
                        loop.bytesCopied());
            } finally {
                plans.forEach(plan -> plan.latents().close());
            }
        }
    }

    @SuppressWarnings("MustBeClosed") // steps() closes the latents
    private ClipPlan plan(
            ClipShape shape, int number, int textTokens, SigmaSchedule sigmas, Random random, Arena arena) {
        int channels = model.packing().channels();
        LatentClip latents =
                LatentClip.create(layout(shape), channels, model.defaults().fps());
        int width = model.packing().textWidth();
        TextEmbedding text = TextEmbedding.of(normal(arena, (long) textTokens * width, random), textTokens, width);
        ClipPlan plan = ClipPlan.of(latents, text, sigmas, NoiseSource.philox(SEED, number))
                .withSampler(model.schedule().sampler());
        long beside = (long) latents.layout().tokens() * model.packing().conditionChannels();
        return beside == 0 ? plan : plan.withCondition(normal(arena, beside, random));
    }

    private LatentGrid grid(ClipShape shape) {
        return new LatentGrid(
                shape.size().widthPx(),
                shape.size().heightPx(),
                shape.frames(),
                model.compressor().geometry().spatial(),
                model.compressor().geometry().temporal());
    }

    private ClipLayout layout(ClipShape shape) {
        LatentGrid grid = grid(shape);
        return ClipLayout.ofRun(
                grid.rows(), grid.columns(), grid.groups(), model.defaults().fps(), grid.temporal());
    }

    /**
     * Decodes a clip of random latents to 8-bit frames some times, and says how long each took; the first opens sessions.
     *
     * @return nanoseconds
     */
    public List<Long> decode(ClipShape shape, int times) {
        LatentGrid grid = grid(shape);
        try (Arena arena = Arena.ofShared();
                StreamingDecoder decoder = StreamingDecoder.open(model.compressor(), grid.rows(), grid.columns())) {
            Random random = new Random(SEED);
            long numbers = (long) grid.rows()
                    * grid.columns()
                    * model.compressor().geometry().channels();
            List<MemorySegment> latents = IntStream.range(0, grid.groups())
                    .mapToObj(_ -> normal(arena, numbers, random))
                    .toList();
            List<Long> nanos = new ArrayList<>();
            for (int i = 0; i < times; i++) {
                long start = System.nanoTime();
                decoder.startRun(latents, () -> {});
                latents.forEach(decoder::decode);
                nanos.add(System.nanoTime() - start);
            }
            return List.copyOf(nanos);
        }
    }

    private static MemorySegment normal(Arena arena, long count, Random random) {
        MemorySegment numbers = TensorMemory.floats(arena, count);
        for (long i = 0; i < count; i++) {
            numbers.setAtIndex(TensorMemory.FLOAT, i, (float) random.nextGaussian());
        }
        return numbers;
    }

    @Override
    public void close() {
        model.close();
        runtime.close();
    }

    /** Notes the time of each step, and how much of it the library took. */
    private static final class Watch implements Denoiser, DenoiseListener {
        private final Denoiser inner;
        private final List<Long> stepNanos = new ArrayList<>();
        private final List<Long> loopNanos = new ArrayList<>();
        private final List<Long> bindingNanos = new ArrayList<>();
        private @Nullable DenoiseLoop loop;
        private double operations;
        private long nativeNanos;
        private StepTimes before = new StepTimes(0, 0, 0, 0);

        Watch(Denoiser inner) {
            this.inner = inner;
        }

        @Override
        @MustBeClosed
        @SuppressWarnings("MustBeClosed") // the result owns the binding
        public BoundDenoiser bind(PackedSequence sequence) {
            operations = inner.operations(sequence);
            return new WatchedBinding(this, inner.bind(sequence));
        }

        @Override
        public void step(int step, int steps, long elapsedNanos) {
            StepTimes times = Objects.requireNonNull(loop).times();
            long run = times.runNanos() - before.runNanos();
            long rest = times.restNanos() - before.restNanos();
            stepNanos.add(run + rest);
            loopNanos.add(rest);
            bindingNanos.add(run - nativeNanos);
            before = times;
        }
    }

    private record WatchedBinding(Watch watch, BoundDenoiser bound) implements BoundDenoiser {
        @Override
        public void run() {
            bound.run();
            watch.nativeNanos = bound.nativeNanos();
        }

        @Override
        public long nativeNanos() {
            return bound.nativeNanos();
        }

        @Override
        public Map<String, Long> boundAddresses() {
            return bound.boundAddresses();
        }

        @Override
        public void close() {
            bound.close();
        }
    }
}
