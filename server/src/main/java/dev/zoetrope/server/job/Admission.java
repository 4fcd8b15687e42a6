package dev.zoetrope.server.job;

import dev.zoetrope.runtime.Estimate;
import dev.zoetrope.runtime.FrameSize;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.server.config.WorkLimits;
import java.time.Duration;
import java.util.Optional;
import java.util.function.IntFunction;

/** Refuses, before any work, what would take more than the server gives one video, and says what would fit. */
final class Admission {
    private final Zoetrope engine;
    private final WorkLimits limits;

    Admission(Zoetrope engine, WorkLimits limits) {
        this.engine = engine;
        this.limits = limits;
    }

    /**
     * What a request will take.
     *
     * @throws TooLargeException when that is too much
     * @throws RequestException when it cannot be rendered as asked
     */
    Estimate check(RenderRequest request) {
        Estimate estimate = engine.estimate(request);
        if (!fits(estimate)) {
            throw new TooLargeException("video: expected to take at most " + reason(estimate) + nearest(request));
        }
        return estimate;
    }

    private boolean fits(Estimate estimate) {
        return estimate.memoryBytes() <= limits.memoryBytes()
                && estimate.time().orElse(Duration.ZERO).compareTo(limits.time()) <= 0;
    }

    private String reason(Estimate estimate) {
        if (estimate.memoryBytes() > limits.memoryBytes()) {
            return (limits.memoryBytes() >> 20) + " MiB of memory, found about " + (estimate.memoryBytes() >> 20);
        }
        return limits.time().toSeconds() + " s, found about "
                + estimate.time().orElse(Duration.ZERO).toSeconds();
    }

    /** Of an edit, size and length come from its inputs: what to change is for the client to say. */
    private String nearest(RenderRequest request) {
        if (request.edit().isPresent()) {
            return "";
        }
        int frames = request.frames().orElseThrow();
        FrameSize size = request.size().orElseThrow();
        Optional<String> shorter = largest(frames, request::withFrames).map(most -> size + " with " + most + " frames");
        Optional<String> smaller = largest(
                        Math.max(size.widthPx(), size.heightPx()), side -> request.withSize(scaled(size, side)))
                .map(side -> scaled(size, side) + " with " + frames + " frames");
        return shorter.or(() -> smaller).isEmpty()
                ? " (fewer steps take less)"
                : " (nearest that fits: "
                        + shorter.map(text -> text + smaller.map(" or "::concat).orElse(""))
                                .orElseGet(smaller::orElseThrow)
                        + ")";
    }

    /** The shape of a size, with even sides as encoders want them. */
    private static FrameSize scaled(FrameSize size, int longest) {
        double scale = (double) longest / Math.max(size.widthPx(), size.heightPx());
        return new FrameSize(even(size.widthPx() * scale), even(size.heightPx() * scale));
    }

    private static int even(double px) {
        return Math.max(16, 2 * (int) Math.floor(px / 2));
    }

    /** The largest number up to {@code most} with which it fits. */
    private Optional<Integer> largest(int most, IntFunction<RenderRequest> of) {
        int fitting = 0;
        int tooMuch = most;
        while (tooMuch - fitting > 1) {
            int middle = (fitting + tooMuch) >>> 1;
            if (fitsAt(of.apply(middle))) {
                fitting = middle;
            } else {
                tooMuch = middle;
            }
        }
        return fitting == 0 ? Optional.empty() : Optional.of(fitting);
    }

    private boolean fitsAt(RenderRequest request) {
        try {
            return fits(engine.estimate(request));
        } catch (RequestException e) {
            return false; // too small, or still too large for the engine itself
        }
    }
}
