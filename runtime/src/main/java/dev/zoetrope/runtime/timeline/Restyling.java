package dev.zoetrope.runtime.timeline;

import dev.zoetrope.runtime.timeline.LineBuilder.Draft;
import dev.zoetrope.runtime.timeline.LineBuilder.Latent;
import java.util.ArrayList;
import java.util.List;

/**
 * Plans a clip that is made over: all of its latents are given, noised to a level and denoised from there (SDEdit,
 * arXiv:2108.01073), window by window; a window looks back at what has been made over already.
 */
public final class Restyling {
    private Restyling() {}

    /**
     * The windows over a clip.
     *
     * @param grid size of the clip
     * @param runs its latents; input 0 of the plan
     * @param strength the noise level, more than 0 to 1
     */
    public static LinePlan plan(LatentGrid grid, double fps, List<RunSpan> runs, double strength, Windowing windowing) {
        LineBuilder line = new LineBuilder(grid.temporal(), fps);
        int shown = 0;
        int taken = 0;
        List<Latent> all = new ArrayList<>();
        for (RunSpan span : runs) {
            if (span.frames() == 0) { // a picture that guided the clip when it was made
                taken += span.latents();
                continue;
            }
            Draft run = line.append((double) shown - span.firstFrame());
            run.firstFrame = span.firstFrame();
            run.frames = span.frames();
            for (int i = 0; i < span.latents(); i++) {
                all.add(run.add());
            }
            line.give(0, taken, run.first(), span.latents());
            taken += span.latents();
            shown += span.frames();
        }
        for (Windowing.Piece piece : windowing.pieces(0, all.size())) { // no anchor: each has its own part of the clip
            line.window(0, LineBuilder.seats(all, piece, windowing));
        }
        return line.build(grid.rows(), grid.columns(), strength);
    }
}
