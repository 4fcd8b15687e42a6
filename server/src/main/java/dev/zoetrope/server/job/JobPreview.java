package dev.zoetrope.server.job;

import dev.zoetrope.runtime.encode.StillFormat;

/**
 * A small picture of a video that is being made.
 *
 * @param step the step it belongs to, from 1
 * @param steps steps in all
 * @param file the whole picture file, in {@link #FORMAT}; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // handed from one place to another; nobody compares previews
public record JobPreview(int step, int steps, int widthPx, int heightPx, byte[] file) {
    /** A tenth of a PNG's bytes, and every browser shows it. */
    public static final StillFormat FORMAT = StillFormat.WEBP;
}
