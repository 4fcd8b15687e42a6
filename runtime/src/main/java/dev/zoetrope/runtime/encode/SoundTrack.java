package dev.zoetrope.runtime.encode;

import dev.zoetrope.runtime.error.RequestException;
import java.nio.file.Path;

/**
 * A piece of a file's sound, to be heard from some time of a clip on. Times of the source count from its first picture,
 * or from its first sound where it has no pictures. A source without sound is silent; it is no error.
 *
 * @param source a file that FFmpeg reads, with or without pictures
 * @param fromSeconds where the piece begins in the source
 * @param seconds how long it is; it ends earlier where the source does
 * @param atSeconds when it is heard in the clip
 */
public record SoundTrack(Path source, double fromSeconds, double seconds, double atSeconds) {
    public SoundTrack {
        requireTime(source, "beginning", fromSeconds, fromSeconds >= 0, "0 seconds or more");
        requireTime(source, "length", seconds, seconds > 0, "more than 0 seconds");
        requireTime(source, "place", atSeconds, atSeconds >= 0, "0 seconds or more");
    }

    private static void requireTime(Path source, String what, double seconds, boolean allowed, String expected) {
        if (!allowed || !Double.isFinite(seconds)) {
            throw new RequestException(
                    what + " of the sound of " + source + ": expected " + expected + ", found " + seconds);
        }
    }

    /** When it ends in the clip. */
    double endSeconds() {
        return atSeconds + seconds;
    }

    /** Where it ends in the source. */
    double toSeconds() {
        return fromSeconds + seconds;
    }

    /** Whether another piece goes on in the same file where this one ends, and at once. */
    boolean isContinuedBy(SoundTrack next) {
        // A microsecond is far below one sample, and far above the rounding of sums of doubles.
        double exact = 1e-6;
        return next.source.equals(source)
                && Math.abs(next.fromSeconds - toSeconds()) < exact
                && Math.abs(next.atSeconds - endSeconds()) < exact;
    }
}
