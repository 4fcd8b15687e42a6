package dev.zoetrope.cli;

import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.Continuity;
import dev.zoetrope.runtime.FrameSize;
import dev.zoetrope.runtime.RenderOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.WorkPlan;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.frame.FrameSink;
import dev.zoetrope.runtime.pipeline.RenderListener;
import dev.zoetrope.runtime.pipeline.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * About how long a plan takes on this machine as busy as it is now, from a few steps of a small clip. A step's time is
 * taken to be a n + b n² for n tokens, for all of the transformer but attention goes with the tokens and attention with
 * their square; a window of up to {@value #MOST_TOKENS} tokens is measured at its own size, larger ones are extrapolated
 * from two. Opening the model, reading inputs and encoding the video are not in it.
 *
 * @param denoise all sampler steps
 * @param decode all frames
 * @param measuredTokens tokens of the largest window that was measured
 */
record WorkEstimate(Duration denoise, Duration decode, long measuredTokens) {
    /** A step of this many takes about a second on two busy cores. */
    private static final long MOST_TOKENS = 2048;

    /** The first step also opens sessions and is left out. */
    private static final int STEPS = 3;

    /** Frames enough to tell from the plan of them how many a latent holds. */
    private static final int MANY_FRAMES = 97;

    Duration total() {
        return denoise.plus(decode);
    }

    static WorkEstimate measure(Zoetrope engine, WorkPlan plan, BooleanSupplier cancelled) {
        long largest = Math.max(1, plan.largestWindowTokens());
        Sample full = sample(engine, plan.request(), Math.min(largest, MOST_TOKENS), cancelled);
        double perWindow;
        if (largest <= MOST_TOKENS) {
            perWindow = full.stepSeconds() * largest / full.tokens();
        } else {
            Sample half = sample(engine, plan.request(), MOST_TOKENS / 2, cancelled);
            perWindow = extrapolate(half, full, largest);
        }
        double steps = (double) plan.work() / plan.segments() / largest; // of windows as large as the largest
        FrameSize size = plan.request().size().orElseThrow();
        double pixels = (double) plan.frames() * size.widthPx() * size.heightPx();
        return new WorkEstimate(seconds(perWindow * steps), seconds(full.pixelSeconds() * pixels), full.tokens());
    }

    /** From two points on a n + b n²; noise may bend it downwards, and then it is taken to be straight. */
    private static double extrapolate(Sample small, Sample large, long tokens) {
        double smallRate = small.stepSeconds() / small.tokens();
        double largeRate = large.stepSeconds() / large.tokens();
        double bend = Math.max(0, (largeRate - smallRate) / (large.tokens() - small.tokens()));
        return tokens * (largeRate + bend * (tokens - large.tokens()));
    }

    /**
     * What a small clip took.
     *
     * @param tokens latent tokens of its one window
     * @param stepSeconds a sampler step
     * @param pixelSeconds decoding one pixel of one frame
     */
    private record Sample(long tokens, double stepSeconds, double pixelSeconds) {}

    private static Sample sample(Zoetrope engine, RenderRequest like, long tokens, BooleanSupplier cancelled) {
        RenderRequest request = RenderRequest.of(like.prompt())
                .withNegativePrompt(like.negativePrompt())
                .withGuidance(like.guidance().orElseThrow())
                .withSampler(like.sampler().orElseThrow())
                .withFps(like.fps().orElseThrow())
                .withSteps(STEPS);
        request = ofTokens(engine, request, like.size().orElseThrow(), tokens);
        Watch watch = new Watch(cancelled);
        try (Clip clip = engine.render(request, RenderOptions.defaults().withListener(watch))) {
            clip.decodeTo(FrameSink.nowhere());
            double pixels = (double) clip.frames() * clip.widthPx() * clip.heightPx();
            double decode = secondsOf(clip.timings().getOrDefault(Stage.DECODE, Duration.ZERO));
            return new Sample(engine.plan(request).largestWindowTokens(), watch.stepSeconds(), decode / pixels);
        }
    }

    /** A clip of about that many tokens in one window: of the size asked for, or of its shape where that is too large. */
    private static RenderRequest ofTokens(Zoetrope engine, RenderRequest request, FrameSize size, long tokens) {
        long cells = engine.plan(request.withSize(size).withFrames(1)).largestWindowTokens();
        double scale = Math.min(1, Math.sqrt((double) tokens / cells));
        RenderRequest scaled = request.withSize(
                Math.max(1, (int) (size.widthPx() * scale)), Math.max(1, (int) (size.heightPx() * scale)));
        long scaledCells = engine.plan(scaled.withFrames(1)).largestWindowTokens();
        int latents = (int) Math.max(1, Math.round((double) tokens / scaledCells));
        RenderRequest whole = scaled.withContinuity(new Continuity(Math.max(2, latents), 1, 0, false, 0));
        int temporal = Math.max(
                1,
                (MANY_FRAMES - 1) / (engine.plan(whole.withFrames(MANY_FRAMES)).latents() - 1));
        return whole.withFrames(1 + (latents - 1) * temporal);
    }

    private static double secondsOf(Duration time) {
        return time.toNanos() / 1e9;
    }

    private static Duration seconds(double value) {
        return Duration.ofMillis(Math.round(value * 1000));
    }

    /** Takes the time at which each step ends. */
    private static final class Watch implements RenderListener {
        private final List<Long> ends = new ArrayList<>();
        private final BooleanSupplier cancelled;

        Watch(BooleanSupplier cancelled) {
            this.cancelled = cancelled;
        }

        @Override
        public synchronized void step(int step, int steps, Duration remaining) {
            ends.add(System.nanoTime());
        }

        @Override
        public boolean cancelled() {
            return cancelled.getAsBoolean();
        }

        synchronized double stepSeconds() {
            return (ends.getLast() - ends.getFirst()) / 1e9 / (ends.size() - 1);
        }
    }
}
