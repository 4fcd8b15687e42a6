package dev.zoetrope.runtime;

import dev.zoetrope.runtime.error.RequestException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a clip is made from beside its prompt. All of them place known latents on a time line and let the model make the
 * rest, so that what is kept is never decoded and encoded again where its latents are at hand.
 *
 * <p>Files are read when the render starts: pictures and clips of any size, rate and format that FFmpeg reads, scaled to
 * cover the frame and cut at its edges. A clip that has its latents beside it ({@code CLIP.latents.safetensors}) is taken
 * from those.
 */
public sealed interface Edit {
    /** Most seconds that an edit adds or joins. */
    double MAX_SECONDS = 100_000;

    /** The files it reads, in order. */
    List<Path> inputs();

    /**
     * Pictures, clips and prompts at their times; everything between them is made. A still picture at 0 is animated;
     * pictures at 0 and at the end are a first and a last frame.
     *
     * @param placed pictures and clips
     * @param shots prompts after the request's own, each from a time on
     * @param loop whether the end leads back to the beginning
     */
    record Compose(List<Placed> placed, List<Shot> shots, boolean loop) implements Edit {
        public Compose {
            placed = List.copyOf(placed);
            shots = List.copyOf(shots);
        }

        @Override
        public List<Path> inputs() {
            return placed.stream().map(Placed::file).toList();
        }
    }

    /**
     * A picture or clip on the time line.
     *
     * @param file where it is
     * @param atSeconds when it begins; negative = counted from the end
     * @param strength 1 = it is kept as it is; less, pictures only: a hint that is noised to level 1 - strength
     */
    record Placed(Path file, double atSeconds, double strength) {
        /** The time of the last frame, whatever the frame rate. */
        public static final double LAST_FRAME = -1e-9;

        public Placed {
            checkSeconds("time of " + file, atSeconds, -MAX_SECONDS);
            if (!(strength > 0 && strength <= 1)) {
                throw new RequestException(
                        "strength of " + file + ": expected more than 0 and at most 1, found " + strength);
            }
        }

        public static Placed at(Path file, double seconds) {
            return new Placed(file, seconds, 1);
        }
    }

    /**
     * A prompt from a time on.
     *
     * @param atSeconds when it begins
     * @param prompt what is shown from then on
     * @param transition how
     */
    record Shot(double atSeconds, String prompt, Transition transition) {
        public Shot {
            checkSeconds("time of a shot", atSeconds, 0);
            if (prompt.isBlank()) {
                throw new RequestException("prompt of the shot at " + atSeconds + " s: expected words, found none");
            }
        }
    }

    /** How a shot begins. */
    enum Transition {
        /** Nothing of the shot before is looked back at. */
        CUT,
        /** The picture goes over from one to the other. */
        BLEND
    }

    /** More of a clip, after its end or before its beginning. */
    record Extend(Path clip, double seconds, boolean backward) implements Edit {
        public Extend {
            checkSeconds("length to add", seconds, Double.MIN_NORMAL);
        }

        @Override
        public List<Path> inputs() {
            return List.of(clip);
        }
    }

    /** A clip and, behind it, seconds that lead from its end back to its beginning. */
    record Loop(Path clip, double seconds) implements Edit {
        public Loop {
            checkSeconds("length of the way back", seconds, Double.MIN_NORMAL);
        }

        @Override
        public List<Path> inputs() {
            return List.of(clip);
        }
    }

    /**
     * Two clips, and between them seconds that lead from one to the other.
     *
     * @param way how
     */
    record Connect(Path first, Path second, double seconds, Way way) implements Edit {
        public Connect {
            checkSeconds("length of the connection", seconds, Double.MIN_NORMAL);
        }

        /** The way that fits the clips. */
        public Connect(Path first, Path second, double seconds) {
            this(first, second, seconds, Way.AUTO);
        }

        @Override
        public List<Path> inputs() {
            return List.of(first, second);
        }
    }

    /** How one clip leads to another. */
    enum Way {
        /** Clips that share nothing dissolve into each other, of others the model makes what is between them. */
        AUTO,
        /** The model makes what is between them. */
        MADE,
        /** The first goes on, the second is given a past, and one fades into the other. */
        DISSOLVE
    }

    /** A clip at a higher frame rate, the request's; its own frames stay. */
    record Interpolate(Path clip) implements Edit {
        @Override
        public List<Path> inputs() {
            return List.of(clip);
        }
    }

    /**
     * A clip or picture made over to the request's prompt.
     *
     * @param source clip or picture
     * @param strength how far, more than 0 to 1: the noise level the sampler starts from (SDEdit, arXiv:2108.01073)
     * @param mask a picture whose white parts stay as they are; empty = nothing has to
     */
    record Restyle(Path source, double strength, Optional<Path> mask) implements Edit {
        public Restyle {
            if (!(strength > 0 && strength <= 1)) {
                throw new RequestException("strength: expected more than 0 and at most 1, found " + strength);
            }
        }

        @Override
        public List<Path> inputs() {
            return mask.map(path -> List.of(source, path)).orElse(List.of(source));
        }
    }

    /**
     * A clip from its prompt by way of key frames: single frames far apart first, then passes that fill in between.
     *
     * @param stride frames from one key frame to the next: the codec's frames in a latent times a power of two
     */
    record KeyFrames(int stride) implements Edit {
        public KeyFrames {
            if (stride < 1 || stride > 1 << 16) {
                throw new RequestException(
                        "key frames: expected 1 to 65536 frames from one to the next, found " + stride);
            }
        }

        @Override
        public List<Path> inputs() {
            return List.of();
        }
    }

    private static void checkSeconds(String what, double found, double least) {
        if (!(found >= least && found <= MAX_SECONDS)) {
            throw new RequestException(what + ": expected " + (least > 0 ? "more than 0" : least + " s")
                    + " and at most " + MAX_SECONDS + " s, found " + found + " s");
        }
    }
}
