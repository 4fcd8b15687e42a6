package dev.zoetrope.runtime;

import dev.zoetrope.runtime.decode.Compressor;
import dev.zoetrope.runtime.decode.CompressorGeometry;
import dev.zoetrope.runtime.pipeline.RenderPlan;
import dev.zoetrope.runtime.sample.StepCost;
import dev.zoetrope.runtime.timeline.LatentGrid;
import dev.zoetrope.runtime.timeline.LinePlan;
import dev.zoetrope.runtime.timeline.Window;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a render will take, known before any work is done. Times are those of a render that has the machine to itself, at the
 * speed of the engine's latest steps and frames: after one small clip alone they were up to twice too long, later within a third.
 * Reading and encoding inputs is not in them. Memory is an upper bound of what the render adds to an idle engine; a half to a third
 * of it was in use.
 *
 * @param tokens packed tokens of its largest step
 * @param work tokens of all steps together, with what their attention costs; those of answers that are used again counted too
 * @param memoryBytes at most in use at a time, of machine memory
 * @param denoise all steps; empty before the engine's first
 * @param decode all frames, with writing them; empty before the engine's first
 */
public record Estimate(
        long tokens, double work, long memoryBytes, Optional<Duration> denoise, Optional<Duration> decode) {
    /** Latent tokens of small windows that a step takes together (WindowRun), at most. */
    private static final long TOGETHER = 4096;

    /** Copies of a window's latents: its own, packed, the network's answer, and what samplers keep. */
    private static final long LATENT_COPIES = 6;

    /**
     * Of a plan.
     *
     * @param workRate work a second
     * @param pixelRate pixels of frames decoded and written a second
     */
    static Estimate of(
            RenderPlan plan, Compressor compressor, StepCost cost, OptionalDouble workRate, OptionalDouble pixelRate) {
        Working working = working(plan, compressor, cost);
        LatentGrid grid = plan.grid();
        return new Estimate(
                working.tokens(),
                allWork(plan, cost),
                working.latentBytes()
                        + working.denoiseBytes()
                        + (takesInput(plan)
                                ? Math.max(working.encodeBytes(), working.decodeBytes())
                                : working.decodeBytes()),
                time(allWork(plan, cost), workRate),
                time((double) pixels(grid) * grid.frames(), pixelRate));
    }

    /** Tokens of all steps together, with what their attention costs. */
    static double allWork(RenderPlan plan, StepCost cost) {
        LinePlan line = plan.line();
        int cells = line.reel().cells();
        double work = 0;
        for (Window window : line.windows()) {
            work += plan.sampling(window).segmentSteps() * cost.work(window.tokens(cells));
        }
        return work;
    }

    /**
     * Memory beside the networks, from above.
     *
     * @param tokens packed tokens of the largest step
     * @param latentBytes of the clip
     * @param denoiseBytes of a step
     * @param encodeBytes of the encoder
     * @param decodeBytes of the decoder
     */
    record Working(long tokens, long latentBytes, long denoiseBytes, long encodeBytes, long decodeBytes) {}

    /** Whether anything is encoded. */
    static boolean takesInput(RenderPlan plan) {
        return !plan.inputs().isEmpty() || !plan.shown().isEmpty();
    }

    static Working working(RenderPlan plan, Compressor compressor, StepCost cost) {
        LinePlan line = plan.line();
        int cells = line.reel().cells();
        long largest = 0;
        for (Window window : line.windows()) {
            largest = Math.max(
                    largest, window.tokens(cells) * plan.sampling(window).segments());
        }
        int segments = Math.max(plan.sampling().segments(), plan.inContext().segments());
        long tokens = Math.max(largest, segments * Math.min(TOGETHER, line.tokens()));
        CompressorGeometry geometry = compressor.geometry();
        LatentGrid grid = plan.grid();
        long latentBytes = (long) geometry.channels() * Float.BYTES;
        long frames = pixels(grid) * 3 * (grid.temporal() + 1);
        return new Working(
                tokens,
                (long) line.reel().latents() * cells * latentBytes,
                tokens * (LATENT_COPIES * latentBytes + cost.bytesPerToken()),
                pixels(grid) * compressor.bytesPerPixel() + frames,
                compressor.decodedPixels(grid.rows(), grid.columns()) * compressor.bytesPerPixel() + frames);
    }

    /** Pixels of a frame, as it is decoded. */
    static long pixels(LatentGrid grid) {
        return (long) grid.codedWidthPx() * grid.codedHeightPx();
    }

    private static Optional<Duration> time(double amount, OptionalDouble rate) {
        return rate.isEmpty()
                ? Optional.empty()
                : Optional.of(Duration.ofNanos(Math.round(1e9 * amount / rate.getAsDouble())));
    }

    /** Denoising and decoding together; empty before the engine has done both. */
    public Optional<Duration> time() {
        return denoise.flatMap(steps -> decode.map(steps::plus));
    }
}
