package dev.zoetrope.runtime;

import dev.zoetrope.runtime.pipeline.RenderPlan;
import dev.zoetrope.runtime.timeline.LinePlan;
import dev.zoetrope.runtime.timeline.Window;
import java.util.List;

/**
 * How a request would be made.
 *
 * @param request every default filled in
 * @param frames length of the clip
 * @param latents latents of the clip, those that only guide counted
 * @param windows pieces that are denoised
 * @param largestWindowTokens latent tokens of the largest
 * @param tokens latent tokens of all windows, those read again counted again
 * @param joins frames, from 0, that come from another window or input than the one before them
 * @param segments segments in the packed sequence of a window that is shown nothing: 2 with guidance
 * @param steps sampler steps of a window, the most of any: what is made over begins in the middle and takes fewer
 * @param work tokens that the transformer sees in all steps of all windows together: what the time goes with
 */
public record WorkPlan(
        RenderRequest request,
        int frames,
        int latents,
        int windows,
        long largestWindowTokens,
        long tokens,
        List<Integer> joins,
        int segments,
        int steps,
        long work) {
    public WorkPlan {
        joins = List.copyOf(joins);
    }

    static WorkPlan of(RequestResolver.Resolved resolved) {
        RenderPlan plan = resolved.plan();
        LinePlan line = plan.line();
        return new WorkPlan(
                resolved.request(),
                line.reel().frames(),
                line.reel().latents(),
                line.windows().size(),
                line.largestWindow(),
                line.tokens(),
                line.joins(),
                plan.sampling().segments(),
                line.windows().stream()
                        .mapToInt(window -> steps(plan, window))
                        .max()
                        .orElse(0),
                line.windows().stream()
                        .mapToLong(window -> window.tokens(line.reel().cells())
                                * plan.sampling(window).segmentSteps())
                        .sum());
    }

    private static int steps(RenderPlan plan, Window window) {
        return plan.sampling(window).sigmas().steps();
    }
}
