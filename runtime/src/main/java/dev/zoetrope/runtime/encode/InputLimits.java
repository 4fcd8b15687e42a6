package dev.zoetrope.runtime.encode;

import dev.zoetrope.runtime.error.OutputException;
import java.nio.file.Path;

/**
 * How much of a picture or clip is read at all: for files of strangers, a few kilobytes of which can promise more than the
 * machine has memory for.
 *
 * @param picturePixels most columns times rows of a still picture
 * @param clipPixels most columns times rows of a frame, as it is stored; a decoder may hold seventeen of them
 * @param frames most frames
 * @param seconds longest time it plays
 */
public record InputLimits(long picturePixels, long clipPixels, long frames, double seconds) {
    /** Everything that FFmpeg takes. */
    public static InputLimits none() {
        return new InputLimits(Integer.MAX_VALUE, Integer.MAX_VALUE, Long.MAX_VALUE, Double.POSITIVE_INFINITY);
    }

    /** For a refusal by FFmpeg, which does not say that a frame is too large. */
    String words() {
        return equals(none()) ? "" : ", with at most " + clipPixels + " pixels a frame";
    }

    long pixels(boolean picture) {
        return picture ? picturePixels : clipPixels;
    }

    void checkSize(Path file, boolean picture, long widthPx, long heightPx) {
        if (widthPx * heightPx > pixels(picture)) {
            throw new OutputException((picture ? "picture " : "clip ") + file + ": expected at most " + pixels(picture)
                    + " pixels, found " + widthPx + "x" + heightPx);
        }
    }

    void checkLength(Path file, long foundFrames, double foundSeconds) {
        if (foundFrames > frames) {
            throw new OutputException("clip " + file + ": expected at most " + frames + " frames, found more");
        }
        if (foundSeconds > seconds) {
            throw new OutputException(
                    "clip " + file + ": expected at most " + seconds + " s, found " + foundSeconds + " s or more");
        }
    }
}
