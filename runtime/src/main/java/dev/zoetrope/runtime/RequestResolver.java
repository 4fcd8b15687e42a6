package dev.zoetrope.runtime;

import dev.zoetrope.runtime.decode.CompressorGeometry;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.FrameRate;
import dev.zoetrope.runtime.model.ModelDefaults;
import dev.zoetrope.runtime.pipeline.RenderPlan;
import dev.zoetrope.runtime.sample.SamplerKind;
import dev.zoetrope.runtime.schedule.SigmaSchedule;
import dev.zoetrope.runtime.timeline.LatentGrid;

/** Fills in the model's defaults and refuses, before any work, what cannot be rendered. */
final class RequestResolver {
    /**
     * Latent tokens of one clip. Attention is quadratic in time and a step keeps a few kilobytes a token: beyond this a
     * step would take tens of minutes on a CPU and more memory than the machines this is made for have.
     */
    static final long MAX_TOKENS = 262_144;

    private RequestResolver() {}

    /** The request with every default filled in. */
    static RenderRequest resolve(RenderRequest request, ModelDefaults defaults) {
        RenderRequest resolved = request;
        if (resolved.size().isEmpty()) {
            resolved = resolved.withSize(defaults.widthPx(), defaults.heightPx());
        }
        if (resolved.fps().isEmpty()) {
            resolved = resolved.withFps(defaults.fps());
        }
        if (resolved.frames().isEmpty()) {
            double seconds = resolved.seconds().orElse(defaults.seconds());
            long frames = Math.max(1, Math.round(seconds * rate(resolved)));
            if (frames > RenderRequest.MAX_FRAMES) {
                throw new RequestException("length: expected at most " + RenderRequest.MAX_FRAMES + " frames, found "
                        + seconds + " s at " + rate(resolved) + " frames per second = " + frames
                        + " (nearest that works: " + RenderRequest.MAX_FRAMES / rate(resolved) + " s)");
            }
            resolved = resolved.withFrames((int) frames);
        }
        if (resolved.sampler().isEmpty()) {
            resolved = resolved.withSampler(SamplerKind.FLOW_EULER);
        }
        if (resolved.steps().isEmpty()) {
            resolved = resolved.withSteps(
                    resolved.sigmas().isEmpty()
                            ? defaults.steps()
                            : resolved.sigmas().size() - 1);
        }
        if (resolved.guidance().isEmpty()) {
            resolved = resolved.withGuidance(defaults.guidance());
        }
        return resolved;
    }

    /** A resolved request as the pipeline takes it. */
    static RenderPlan plan(RenderRequest request, ModelDefaults defaults, CompressorGeometry geometry) {
        FrameSize size = request.size().orElseThrow();
        LatentGrid grid = new LatentGrid(
                size.widthPx(),
                size.heightPx(),
                request.frames().orElseThrow(),
                geometry.spatial(),
                geometry.temporal());
        checkTokens(grid);
        return new RenderPlan(
                request.prompt(),
                request.negativePrompt(),
                grid,
                rate(request),
                request.sampler().orElseThrow(),
                sigmas(request, defaults),
                request.guidance().orElseThrow(),
                request.seed(),
                request.noise());
    }

    private static double rate(RenderRequest request) {
        return FrameRate.of(request.fps().orElseThrow()).framesPerSecond();
    }

    private static SigmaSchedule sigmas(RenderRequest request, ModelDefaults defaults) {
        try {
            return request.sigmas().isEmpty()
                    ? SigmaSchedule.linear(request.steps().orElseThrow()).shifted(defaults.shift())
                    : SigmaSchedule.of(request.sigmas());
        } catch (IllegalArgumentException e) {
            throw new RequestException(String.valueOf(e.getMessage()), e);
        }
    }

    private static void checkTokens(LatentGrid grid) {
        long cells = (long) grid.rows() * grid.columns();
        long tokens = cells * grid.groups();
        if (tokens > MAX_TOKENS) {
            long groups = Math.max(1, MAX_TOKENS / cells);
            throw new RequestException("clip: expected at most " + MAX_TOKENS + " latent tokens, found " + tokens
                    + " (" + grid.widthPx() + "x" + grid.heightPx() + " px, " + grid.frames()
                    + " frames; nearest that works at this size: " + (1 + grid.temporal() * (groups - 1)) + " frames)");
        }
    }
}
