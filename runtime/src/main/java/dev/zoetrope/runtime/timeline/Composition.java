package dev.zoetrope.runtime.timeline;

import dev.zoetrope.runtime.error.RequestException;
import java.util.List;
import java.util.OptionalInt;

/**
 * What lies on a time line, in frames: clips that are kept, pictures, prompts and cuts. Everything between the kept clips
 * is made: {@link #plan} says how.
 *
 * @param frames length of the whole
 * @param kept clips, in order, without overlap; input i of the plan is the i-th
 * @param stills pictures; input {@code kept.size() + j} of the plan is the j-th
 * @param shots from when which prompt holds; the first begins at 0
 * @param loop whether the end leads back to the beginning
 */
public record Composition(int frames, List<Kept> kept, List<Still> stills, List<Shot> shots, boolean loop) {
    /**
     * A clip that stays as it is.
     *
     * @param atFrame where it begins
     * @param runs its latents
     * @param dissolve the prompt of what leads up to it where that is mixed with what is before it (see
     *     {@link LinePlan.Dissolve}); empty where the way there is made in one
     */
    public record Kept(int atFrame, List<RunSpan> runs, OptionalInt dissolve) {
        public Kept {
            runs = List.copyOf(runs);
        }

        /** A clip, and a way there that is made in one. */
        public Kept(int atFrame, List<RunSpan> runs) {
            this(atFrame, runs, OptionalInt.empty());
        }

        int frames() {
            return runs.stream().mapToInt(RunSpan::frames).sum();
        }

        int endFrame() {
            return atFrame + frames();
        }
    }

    /**
     * A picture.
     *
     * @param frame when it is shown
     * @param strength 1: as it is; less: noised once to level 1 - strength and held there
     */
    public record Still(int frame, double strength) {}

    /**
     * A prompt; the i-th shot has prompt i.
     *
     * @param fromFrame its first frame
     * @param cut whether nothing of what was before is looked back at
     */
    public record Shot(int fromFrame, boolean cut) {}

    public Composition {
        kept = List.copyOf(kept);
        stills = List.copyOf(stills);
        shots = List.copyOf(shots);
        checkKept(frames, kept);
        for (Still still : stills) {
            if (still.frame() < 0 || still.frame() >= frames) {
                throw new RequestException("picture: expected on frame 0 to " + (frames - 1) + ", found on frame "
                        + still.frame() + " (nearest that works: " + Math.clamp(still.frame(), 0, frames - 1) + ")");
            }
            if (!(still.strength() > 0 && still.strength() <= 1)) {
                throw new RequestException(
                        "strength of a picture: expected more than 0 and at most 1, found " + still.strength());
            }
        }
        checkShots(frames, shots);
    }

    private static void checkKept(int frames, List<Kept> kept) {
        int end = 0;
        for (Kept clip : kept) {
            if (clip.atFrame() < end) {
                throw new RequestException("clip: expected to begin where the one before it has ended, frame " + end
                        + " or later, found frame " + clip.atFrame() + " (nearest that works: " + end + ")");
            }
            end = clip.endFrame();
        }
        if (end > frames) {
            throw new RequestException(
                    "time line: expected at least " + end + " frames, for that is where its last clip" + " ends, found "
                            + frames + " (nearest that works: " + end + ")");
        }
    }

    private static void checkShots(int frames, List<Shot> shots) {
        int before = -1;
        for (Shot shot : shots) {
            if (shot.fromFrame() <= before || shot.fromFrame() >= frames || (before < 0 && shot.fromFrame() != 0)) {
                throw new RequestException("shot: expected the first at frame 0, each after the one before it and all"
                        + " before frame " + frames + ", found frame " + shot.fromFrame());
            }
            before = shot.fromFrame();
        }
        if (before < 0) {
            throw new RequestException("shots: expected at least one, found none");
        }
    }

    /** A clip of one prompt, without anything given. */
    public static Composition of(int frames) {
        return new Composition(frames, List.of(), List.of(), List.of(new Shot(0, false)), false);
    }

    /** Whether there is a cut at a frame. */
    boolean isCut(int frame) {
        return shots.stream().anyMatch(shot -> shot.cut() && shot.fromFrame() == frame && frame > 0);
    }

    /** The prompt that holds at a frame. */
    int promptAt(double frame) {
        int prompt = 0;
        for (int i = 0; i < shots.size(); i++) {
            if (shots.get(i).fromFrame() <= frame) {
                prompt = i;
            }
        }
        return prompt;
    }

    /**
     * The runs and windows of this composition.
     *
     * @param grid size of the picture, and the codec's factors; its length is not looked at
     */
    public LinePlan plan(LatentGrid grid, double fps, Windowing windowing) {
        return new Composer(this, windowing, grid.temporal(), fps).compose(grid.rows(), grid.columns());
    }
}
