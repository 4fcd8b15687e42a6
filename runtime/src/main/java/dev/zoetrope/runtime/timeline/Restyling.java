package dev.zoetrope.runtime.timeline;

import dev.zoetrope.runtime.timeline.LineBuilder.Latent;
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
        line.runs().addAll(line.lay(0, runs, 0));
        List<Latent> all = LineBuilder.latentsOf(line.runs());
        for (Windowing.Piece piece : windowing.pieces(0, all.size())) { // no anchor: each has its own part of the clip
            line.window(0, LineBuilder.seats(all, piece, windowing));
        }
        return line.build(grid.rows(), grid.columns(), strength);
    }
}
