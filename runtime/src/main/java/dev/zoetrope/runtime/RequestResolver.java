package dev.zoetrope.runtime;

import dev.zoetrope.runtime.decode.CompressorGeometry;
import dev.zoetrope.runtime.encode.MeasuredFiles;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.FrameRate;
import dev.zoetrope.runtime.model.Abilities;
import dev.zoetrope.runtime.model.ModelDefaults;
import dev.zoetrope.runtime.model.VideoModel;
import dev.zoetrope.runtime.pipeline.RenderPlan;
import dev.zoetrope.runtime.pipeline.Sampling;
import dev.zoetrope.runtime.sample.GuidanceScale;
import dev.zoetrope.runtime.sample.SamplerKind;
import dev.zoetrope.runtime.schedule.SigmaSchedule;
import dev.zoetrope.runtime.timeline.LatentGrid;
import dev.zoetrope.runtime.timeline.LinePlan;
import dev.zoetrope.runtime.timeline.Windowing;
import java.util.List;
import java.util.OptionalInt;

/** Fills in the model's defaults and refuses, before any work, what cannot be rendered. */
final class RequestResolver {
    /**
     * Latent tokens denoised together. Attention is quadratic in time and a step keeps a few kilobytes a token: beyond this
     * a step would take tens of minutes on a CPU and more memory than the machines this is made for have.
     */
    static final long MAX_TOKENS = 262_144;

    /** Windows that nobody asked for stay below this many tokens where they can: a large picture has shorter ones. */
    private static final int COMFORTABLE_TOKENS = 32_768;

    /** Bytes of a whole clip's latents; they are held in memory. */
    private static final long MAX_LATENT_BYTES = 4L << 30;

    /** Measured on long clips: noise widens the seams, and the clips drift no less (docs/time-line.md). */
    private static final double DEFAULT_CONTEXT_NOISE = 0;

    private final VideoModel model;
    private final ModelDefaults defaults;
    private final CompressorGeometry geometry;
    private final MeasuredFiles files;

    /** @param files remembers what the inputs were found to be */
    RequestResolver(VideoModel model, MeasuredFiles files) {
        this.model = model;
        this.defaults = model.defaults();
        this.geometry = model.compressor().geometry();
        this.files = files;
    }

    /**
     * A request with nothing left open, and how it is made.
     *
     * @param request every default filled in
     * @param sounds what of the inputs' sound belongs where
     */
    record Resolved(RenderRequest request, RenderPlan plan, List<LineResolver.Sound> sounds) {}

    Resolved resolve(RenderRequest asked) {
        RequestInputs inputs = new RequestInputs(
                asked.edit().map(Edit::inputs).orElse(List.of()),
                files,
                () -> model.folder().fingerprint());
        RenderRequest request = settled(withShape(asked, inputs));
        if (request.sampler().isEmpty()) {
            request = request.withSampler(model.schedule().sampler());
        }
        request = withSampling(request);
        FrameSize size = request.size().orElseThrow();
        if (request.continuity().isEmpty()) {
            request = request.withContinuity(continuity(size));
        }
        LineResolver.Line line = new LineResolver(
                        geometry,
                        size,
                        rate(request),
                        windowing(request.continuity().orElseThrow()),
                        request.prompt(),
                        wanted(request),
                        usualFrames(request),
                        inputs,
                        model.abilities().pictures() == Abilities.Pictures.CONDITION)
                .resolve(request.edit());
        checkFirstFrame(line);
        AbilityCheck.check(model.abilities(), request.experimental(), line.line());
        int frames = line.line().reel().frames();
        LatentGrid grid =
                new LatentGrid(size.widthPx(), size.heightPx(), frames, geometry.spatial(), geometry.temporal());
        checkTokens(grid, line.line());
        request = request.withFrames(frames);
        RenderPlan plan = new RenderPlan(
                line.prompts(),
                request.negativePrompt(),
                grid,
                rate(request),
                line.line(),
                line.inputs(),
                line.shown(),
                line.region(),
                request.sampler().orElseThrow(),
                new Sampling(
                        sigmas(request, request.steps()),
                        scale(request, request.guidance().orElseThrow()),
                        request.savings()),
                new Sampling(
                        sigmas(request, request.contextSteps()),
                        scale(request, request.contextGuidance().orElseThrow()),
                        request.savings()),
                request.seed(),
                request.noise());
        return new Resolved(request, plan, line.sounds());
    }

    private GuidanceScale scale(RenderRequest request, double first) {
        return defaults.boundary() == 0
                ? GuidanceScale.of(first)
                : new GuidanceScale(first, request.laterGuidance().orElseThrow(), defaults.boundary());
    }

    private void checkFirstFrame(LineResolver.Line line) {
        boolean wants = model.abilities().pictures() == Abilities.Pictures.CONDITION;
        if (wants && line.shown().stream().noneMatch(picture -> picture.frame() == 0)) {
            throw new RequestException(
                    "picture: expected one on the first frame, for this model animates pictures, found"
                            + (line.shown().isEmpty() ? " none" : " one on the last frame only"));
        }
    }

    /** With the frame rate it is known when the last frame begins. */
    private static RenderRequest settled(RenderRequest request) {
        if (!(request.edit().orElse(null) instanceof Edit.Compose compose)) {
            return request;
        }
        double last = -1 / rate(request);
        List<Edit.Placed> placed = compose.placed().stream()
                .map(thing -> thing.atSeconds() == Edit.Placed.LAST_FRAME
                        ? new Edit.Placed(thing.file(), last, thing.strength())
                        : thing)
                .toList();
        return request.withEdit(new Edit.Compose(placed, compose.shots(), compose.loop()));
    }

    /** Steps and guidance: what is said of a clip holds for all its pieces, what the model says differs by piece. */
    private RenderRequest withSampling(RenderRequest asked) {
        RenderRequest request = asked;
        if (request.steps().isEmpty() && !request.sigmas().isEmpty()) {
            request = request.withSteps(request.sigmas().size() - 1);
        }
        if (request.contextSteps().isEmpty()) {
            request = request.withContextSteps(request.steps().orElse(defaults.contextSteps()));
        }
        if (request.contextGuidance().isEmpty()) {
            request = request.withContextGuidance(request.guidance().orElse(defaults.contextGuidance()));
        }
        if (request.steps().isEmpty()) {
            request = request.withSteps(defaults.steps());
        }
        if (request.laterGuidance().isEmpty() && defaults.boundary() > 0) {
            request = request.withLaterGuidance(request.guidance().orElse(defaults.laterGuidance()));
        } else if (request.laterGuidance().isPresent() && defaults.boundary() == 0) {
            throw new RequestException("later guidance: expected none, for this model has one network, found "
                    + request.laterGuidance().getAsDouble());
        }
        return request.guidance().isEmpty() ? request.withGuidance(defaults.guidance()) : request;
    }

    /** Size and frame rate: the request's, else the first input's, else the model's. */
    private RenderRequest withShape(RenderRequest asked, RequestInputs inputs) {
        RenderRequest request = asked;
        if (inputs.first().isPresent()) {
            InputFile first = inputs.first().get();
            if (request.size().isEmpty()) {
                request = request.withSize(
                        fitted(first.info().widthPx(), first.info().heightPx()));
            }
            boolean raises = request.edit().orElseThrow() instanceof Edit.Interpolate;
            if (request.fps().isEmpty() && !first.isPicture()) {
                double rate = first.info().rate().framesPerSecond();
                request = request.withFps(raises ? 2 * rate : rate);
            }
        }
        if (request.size().isEmpty()) {
            request = request.withSize(defaults.widthPx(), defaults.heightPx());
        }
        return request.fps().isEmpty() ? request.withFps(defaults.fps()) : request;
    }

    /** The size itself, or, of a large one, its shape at the largest area that is taken unasked, in whole cells. */
    private FrameSize fitted(int widthPx, int heightPx) {
        double most = defaults.areaFactor() * defaults.widthPx() * defaults.heightPx();
        double area = (double) widthPx * heightPx;
        if (area <= most && widthPx <= FrameSize.MAX_SIDE_PX && heightPx <= FrameSize.MAX_SIDE_PX) {
            return new FrameSize(widthPx, heightPx);
        }
        double scale = Math.sqrt(most / area);
        return new FrameSize(cells(widthPx * scale), cells(heightPx * scale));
    }

    private int cells(double px) {
        return Math.max(1, (int) Math.round(px / geometry.spatial())) * geometry.spatial();
    }

    private Continuity continuity(FrameSize size) {
        if (defaults.window() == 0) {
            return new Continuity(
                    Continuity.MAX_WINDOW, Continuity.MAX_WINDOW - 1, 0, defaults.anchor(), defaults.matching());
        }
        LatentGrid grid = new LatentGrid(size.widthPx(), size.heightPx(), 1, geometry.spatial(), geometry.temporal());
        long most = COMFORTABLE_TOKENS / ((long) grid.rows() * grid.columns());
        int window = Math.toIntExact(Math.clamp(most, defaults.context() + 1L, (long) defaults.window()));
        return new Continuity(
                window, defaults.context(), DEFAULT_CONTEXT_NOISE, defaults.anchor(), defaults.matching());
    }

    private static Windowing windowing(Continuity continuity) {
        return new Windowing(
                continuity.window(),
                continuity.context(),
                continuity.contextNoise(),
                continuity.anchor(),
                continuity.matching());
    }

    private static OptionalInt wanted(RenderRequest request) {
        if (request.frames().isPresent() || request.seconds().isEmpty()) {
            return request.frames();
        }
        return OptionalInt.of(frames(request, request.seconds().getAsDouble()));
    }

    private int usualFrames(RenderRequest request) {
        return frames(request, defaults.seconds());
    }

    private static int frames(RenderRequest request, double seconds) {
        long frames = Math.max(1, Math.round(seconds * rate(request)));
        if (frames > RenderRequest.MAX_FRAMES) {
            throw new RequestException("length: expected at most " + RenderRequest.MAX_FRAMES + " frames, found "
                    + seconds + " s at " + rate(request) + " frames per second = " + frames
                    + " (nearest that works: " + RenderRequest.MAX_FRAMES / rate(request) + " s)");
        }
        return (int) frames;
    }

    private static double rate(RenderRequest request) {
        return FrameRate.of(request.fps().orElseThrow()).framesPerSecond();
    }

    private SigmaSchedule sigmas(RenderRequest request, OptionalInt steps) {
        SamplerKind sampler = request.sampler().orElseThrow();
        return request.sigmas().isEmpty()
                ? model.schedule().sigmas(sampler, steps.orElseThrow())
                : model.schedule().sigmas(sampler, request.sigmas());
    }

    private void checkTokens(LatentGrid grid, LinePlan line) {
        long cells = (long) grid.rows() * grid.columns();
        if (line.largestWindow() > MAX_TOKENS) {
            double scale = Math.sqrt((double) MAX_TOKENS / line.largestWindow());
            throw new RequestException("clip: expected at most " + MAX_TOKENS + " latent tokens at a time, found "
                    + line.largestWindow() + " (" + grid.widthPx() + "x" + grid.heightPx() + " px, "
                    + line.largestWindow() / cells + " latents; nearest that works: a window of "
                    + MAX_TOKENS / cells + " latents, or " + cellsBelow(grid.widthPx() * scale) + "x"
                    + cellsBelow(grid.heightPx() * scale) + " px)");
        }
        long bytes = line.reel().latents() * cells * geometry.channels() * Float.BYTES;
        if (bytes > MAX_LATENT_BYTES) {
            throw new RequestException("clip: expected at most " + (MAX_LATENT_BYTES >> 20) + " MiB of latents, found "
                    + (bytes >> 20) + " (nearest that works at this size: "
                    + (long) Math.floor((double) grid.frames() * MAX_LATENT_BYTES / bytes) + " frames)");
        }
    }

    private int cellsBelow(double px) {
        return Math.max(1, (int) Math.floor(px / geometry.spatial())) * geometry.spatial();
    }
}
