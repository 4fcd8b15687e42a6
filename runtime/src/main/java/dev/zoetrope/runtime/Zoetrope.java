package dev.zoetrope.runtime;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.encode.MeasuredFiles;
import dev.zoetrope.runtime.error.ModelException;
import dev.zoetrope.runtime.error.RenderCancelledException;
import dev.zoetrope.runtime.frame.FrameRate;
import dev.zoetrope.runtime.frame.FrameSink;
import dev.zoetrope.runtime.latent.LatentReel;
import dev.zoetrope.runtime.model.Abilities;
import dev.zoetrope.runtime.model.MemoryBudget;
import dev.zoetrope.runtime.model.ModelFolder;
import dev.zoetrope.runtime.model.NativeRuntime;
import dev.zoetrope.runtime.model.ShippedModel;
import dev.zoetrope.runtime.model.VideoModel;
import dev.zoetrope.runtime.pipeline.Checkpoint;
import dev.zoetrope.runtime.pipeline.Checkpointing;
import dev.zoetrope.runtime.pipeline.RenderListener;
import dev.zoetrope.runtime.pipeline.RenderPipeline;
import dev.zoetrope.runtime.pipeline.RenderPlan;
import dev.zoetrope.runtime.pipeline.RenderPreview;
import dev.zoetrope.runtime.pipeline.RenderResult;
import dev.zoetrope.runtime.pipeline.Stage;
import dev.zoetrope.runtime.sample.StepCounters;
import dev.zoetrope.runtime.sample.StepScheduler;
import dev.zoetrope.runtime.sample.Throughput;
import dev.zoetrope.runtime.text.UnknownWord;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The engine: opens a model once and renders clips with it.
 *
 * {@snippet :
 * try (var zoetrope = Zoetrope.open();
 *         var clip = zoetrope.render(RenderRequest.of("a red ball bounces over the sea at night"))) {
 *     clip.save(Path.of("ball.mp4"));
 * }
 * }
 *
 * <p>Thread-safe; may be called from virtual threads. Renders that are under way at once have their steps made together,
 * packed in one sequence as far as it holds them: a small one does not wait for a large one to end, and each has the pixels it has
 * alone. Close clips before their engine: closing the engine waits for what runs and then frees the model.
 */
public final class Zoetrope implements AutoCloseable {
    private final StepScheduler scheduler;
    private final EngineThreads engine;
    private final Semaphore renders;
    private final NativeRuntime runtime;
    private final VideoModel model;
    private final RenderPipeline pipeline;
    private final String provider;
    private final MeasuredFiles files;
    private final MemoryBudget budget;
    private final OptionalLong memoryBytes;
    private final Throughput decoding = new Throughput();

    @SuppressWarnings("MustBeClosed") // close() closes runtime and model
    private Zoetrope(EngineOptions options) {
        int threads = options.threads() == 0 ? Runtime.getRuntime().availableProcessors() : options.threads();
        boolean cuda = options.provider() == ProviderChoice.CUDA;
        // The two slowest parts of a start, the library and the model's files, do not need each other.
        FutureTask<ModelFolder> opening = new FutureTask<>(
                () -> ModelFolder.open(options.modelFolder().orElseGet(ShippedModel::folder), options.loras()));
        Thread.ofPlatform().name("zoetrope-model-folder").daemon(true).start(opening);
        this.runtime = NativeRuntime.open(threads, options.spinning());
        try {
            ModelFolder folder = EngineThreads.await(opening);
            this.budget = MemoryPlan.budget(options);
            this.model = runtime.openModel(folder, cuda, budget);
            if (options.memoryBytes().isEmpty()) {
                warm(model);
            }
        } catch (RuntimeException | Error e) {
            runtime.close();
            throw e;
        }
        this.scheduler = new StepScheduler(model.denoiser(), model.packing(), STEP_TOKENS);
        this.engine = new EngineThreads("zoetrope-engine", scheduler::isOwnThread);
        this.memoryBytes = options.memoryBytes();
        this.renders = new Semaphore(memoryBytes.isPresent() ? 1 : options.renders(), true);
        this.pipeline = new RenderPipeline(model, scheduler);
        this.provider = cuda ? "cuda" : "cpu";
        this.files = options.files();
    }

    /** Packed tokens up to which renders share a step: on two cores a step of more is not faster per token. */
    private static final int STEP_TOKENS = 2048;

    /** Cells to a side of the clip that is measured, at most: the shipped model's usual size. */
    private static final int MEASURED_CELLS = 8;

    /** Opens the sessions ahead, side by side; a render that comes sooner waits for the one it needs. */
    private static void warm(VideoModel model) {
        ExecutorService warmers = Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().name("zoetrope-open-", 0).daemon(true).factory());
        model.warm(warmers);
        warmers.shutdown();
    }

    /** An engine with the shipped model and default settings. */
    @MustBeClosed
    public static Zoetrope open() {
        return new Zoetrope(EngineOptions.defaults());
    }

    /**
     * An engine.
     *
     * @throws ModelException when the model folder or the native library is at fault
     */
    @MustBeClosed
    public static Zoetrope open(EngineOptions options) {
        return new Zoetrope(options);
    }

    /** What the engine runs on. Waits for the model's fingerprint. */
    public EngineInfo info() {
        return new EngineInfo(
                softwareVersion(),
                runtime.libraryVersion(),
                runtime.libraryPath(),
                runtime.librarySource(),
                runtime.libraryHash(),
                runtime.availableProviders(),
                provider,
                model.name(),
                model.folder().path(),
                model.folder().fingerprint(),
                runtime.threads());
    }

    /**
     * The request with every default filled in, as {@link #render} will run it.
     *
     * @throws dev.zoetrope.runtime.error.RequestException when it cannot be rendered as asked
     */
    public RenderRequest resolve(RenderRequest request) {
        return resolver().resolve(request).request();
    }

    /**
     * How a request would be made, without making it: windows, tokens, steps.
     *
     * @throws dev.zoetrope.runtime.error.RequestException when it cannot be rendered as asked
     */
    public WorkPlan plan(RenderRequest request) {
        return WorkPlan.of(resolver().resolve(request));
    }

    /**
     * What a request will take, without making it. Times are known once the engine has rendered something: see {@link
     * #measure}.
     *
     * @throws dev.zoetrope.runtime.error.RequestException when it cannot be rendered as asked
     */
    public Estimate estimate(RenderRequest request) {
        return Estimate.of(
                resolver().resolve(request).plan(),
                model.compressor(),
                model.denoiser().cost(),
                scheduler.workPerSecond(),
                decoding.perSecond());
    }

    /**
     * What a request keeps in memory at each stage, without making it.
     *
     * @throws dev.zoetrope.runtime.error.RequestException when it cannot be rendered as asked
     */
    public MemoryPlan memory(RenderRequest request) {
        return MemoryPlan.of(model, resolver().resolve(request).plan(), memoryBytes);
    }

    /**
     * Renders a very small clip and forgets it, so that the times of {@link #estimate} are known. Not with a model that wants a
     * picture: of that they are known after its first render.
     */
    public void measure() {
        if (model.abilities().pictures() == Abilities.Pictures.CONDITION) {
            return;
        }
        int side = MEASURED_CELLS * model.compressor().geometry().spatial();
        RenderRequest small = RenderRequest.of("a red ball")
                .withSteps(3)
                .withSize(
                        Math.min(side, model.defaults().widthPx()),
                        Math.min(side, model.defaults().heightPx()));
        try (Clip clip =
                render(small.withFrames(Math.min(9, resolve(small).frames().orElseThrow())))) {
            clip.decodeTo(FrameSink.nowhere());
        }
    }

    private RequestResolver resolver() {
        return new RequestResolver(model, files);
    }

    /**
     * Words of a prompt that the model was not trained on, each with the nearest that it was, without rendering. Empty when
     * it knows all, and when the model does not say what it knows.
     */
    public List<UnknownWord> unknownWords(String prompt) {
        return engine.call(_ -> model.unknownWords(prompt));
    }

    /** Denoising steps made so far, and how full they were packed. */
    public StepCounters steps() {
        return scheduler.counters();
    }

    /** Renders a clip; its frames are decoded when it is saved. The caller closes it. */
    @MustBeClosed
    public Clip render(RenderRequest request) {
        return render(request, RenderOptions.defaults());
    }

    /**
     * Renders a clip; its frames are decoded when it is saved. The caller closes it.
     *
     * @throws dev.zoetrope.runtime.error.RequestException when the request cannot be rendered as asked
     * @throws dev.zoetrope.runtime.error.RenderCancelledException when the listener or an interrupt asked to stop
     */
    @MustBeClosed
    public Clip render(RenderRequest request, RenderOptions options) {
        return run(request, options, Optional.empty());
    }

    /**
     * Continues a render from its checkpoint: the same clip, bit for bit, as without the interruption.
     *
     * @throws dev.zoetrope.runtime.error.CheckpointException when the file is damaged or belongs to another model,
     *     library or setting
     */
    @MustBeClosed
    public Clip resume(Path checkpoint, RenderOptions options) {
        Checkpoint saved = Checkpoint.read(checkpoint, identity());
        RenderRequest request = RenderRequest.fromJson(saved.requestJson());
        return run(request, options.withCheckpoint(options.checkpoint().orElse(checkpoint)), Optional.of(saved));
    }

    @MustBeClosed
    private Clip run(RenderRequest asked, RenderOptions options, Optional<Checkpoint> from) {
        RequestResolver.Resolved resolved = resolver().resolve(asked);
        RenderRequest request = resolved.request();
        setAside(resolved.plan());
        Optional<Checkpointing> checkpointing = options.checkpoint()
                .map(file -> new Checkpointing(file, options.checkpointInterval(), identity(), request.toJson()));
        RenderResult result = engine.call(interrupted -> {
            RenderListener listener = new InterruptibleListener(options.listener(), interrupted);
            waitForTurn(listener);
            try {
                return pipeline.run(
                        resolved.plan(),
                        listener,
                        checkpointing,
                        from,
                        options.priority().weight());
            } finally {
                renders.release();
            }
        });
        return new Clip(this, resolved, result, record(request, result), options.checkpoint());
    }

    /** Under a limit what does not fit is refused, and the rest makes room in turn. */
    private void setAside(RenderPlan plan) {
        if (memoryBytes.isPresent()) {
            MemoryPlan memory = MemoryPlan.of(model, plan, memoryBytes);
            memory.check();
            budget.setAside(memory.workingBytes());
        }
    }

    private void waitForTurn(RenderListener listener) throws InterruptedException {
        while (!renders.tryAcquire(100, TimeUnit.MILLISECONDS)) {
            if (listener.cancelled()) {
                throw new RenderCancelledException("render: cancelled while it waited for others");
            }
        }
    }

    private ClipRecord record(RenderRequest request, RenderResult result) {
        EngineInfo info = info();
        return new ClipRecord(
                request,
                info.softwareVersion(),
                info.model(),
                info.modelFingerprint(),
                "onnxruntime " + info.libraryVersion(),
                info.provider(),
                result.unknownWords());
    }

    /** What has to be equal for a checkpoint to continue with identical output. */
    private Checkpoint.Identity identity() {
        EngineInfo info = info();
        return new Checkpoint.Identity(
                info.modelFingerprint(), info.libraryHash(), info.provider(), info.softwareVersion());
    }

    /** Decodes a clip's latents on one of the engine's threads. */
    void decode(LatentReel latents, RenderPlan plan, RenderListener listener, RenderPipeline.SinkOpener opener) {
        engine.call(interrupted -> {
            RenderListener watched = new InterruptibleListener(listener, interrupted);
            if (memoryBytes.isPresent()) { // then what is decoded has its turn among what is rendered
                waitForTurn(watched);
            }
            try {
                long start = System.nanoTime();
                pipeline.decode(latents, plan, watched, opener);
                decoding.add((double) Estimate.pixels(plan.grid()) * plan.grid().frames(), System.nanoTime() - start);
                return Boolean.TRUE;
            } finally {
                if (memoryBytes.isPresent()) {
                    renders.release();
                }
            }
        });
    }

    static FrameRate frameRate(RenderPlan plan) {
        return FrameRate.of(plan.fps());
    }

    /** The version in the jar's manifest; a development build has none. */
    static String softwareVersion() {
        String version = Zoetrope.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    /** Waits for what runs, then frees the model and gives the library back. A second call does nothing. */
    @Override
    public void close() {
        engine.close();
        scheduler.close();
        model.close();
        runtime.close();
    }

    /** Passes everything on, and is cancelled by an interrupt of the caller too. */
    private record InterruptibleListener(RenderListener inner, AtomicBoolean interrupted) implements RenderListener {
        @Override
        public void stage(Stage stage) {
            inner.stage(stage);
        }

        @Override
        public void step(int step, int steps, java.time.Duration remaining) {
            inner.step(step, steps, remaining);
        }

        @Override
        public boolean wantsPreview() {
            return inner.wantsPreview();
        }

        @Override
        public void preview(RenderPreview preview) {
            inner.preview(preview);
        }

        @Override
        public void frame(int frame, int frames) {
            inner.frame(frame, frames);
        }

        @Override
        public void warning(String message) {
            inner.warning(message);
        }

        @Override
        public void unknownWords(List<UnknownWord> words) {
            inner.unknownWords(words);
        }

        @Override
        public boolean cancelled() {
            return interrupted.get() || inner.cancelled();
        }
    }
}
