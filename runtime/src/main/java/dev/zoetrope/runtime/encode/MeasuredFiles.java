package dev.zoetrope.runtime.encode;

import dev.zoetrope.runtime.error.OutputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Remembers what pictures and clips were found to be, so that a file is read through once however often a request that
 * names it is looked at. A file that was changed or replaced since is read through again. Holds nothing open.
 * Thread-safe.
 */
public final class MeasuredFiles {
    /** More than any request names; a server that sees many forgets the ones that were not asked for the longest. */
    private static final int MOST_FILES = 256;

    private final Map<Path, Known> known = new LinkedHashMap<>(16, 0.75f, true);
    private final InputLimits limits;
    private long readings;

    /** Of files of any size. */
    public MeasuredFiles() {
        this(InputLimits.none());
    }

    /** Of files within limits; others are refused. */
    public MeasuredFiles(InputLimits limits) {
        this.limits = limits;
    }

    /** A file of these is taken for unchanged. Who replaces a file makes another key or time, whatever its size. */
    private record Stamp(long bytes, FileTime modified, Optional<Object> key) {}

    private record Known(Stamp stamp, MeasuredClip clip) {}

    /**
     * What a picture or clip is.
     *
     * @throws OutputException when there is no such file, or FFmpeg cannot read it as a video
     */
    public synchronized MeasuredClip measure(Path file) {
        Optional<Stamp> stamp = stamp(file);
        Known before = known.get(file);
        if (before != null && stamp.isPresent() && before.stamp().equals(stamp.get())) {
            return before.clip();
        }
        known.remove(file);
        readings++;
        MeasuredClip clip = MeasuredClip.of(file, limits);
        // Of a file that somebody still writes, the stamp from before is the one that will not fit later.
        stamp.ifPresent(found -> known.put(file, new Known(found, clip)));
        if (known.size() > MOST_FILES) {
            known.remove(known.keySet().iterator().next());
        }
        return clip;
    }

    /** How often a file was read through so far. */
    public synchronized long readings() {
        return readings;
    }

    private static Optional<Stamp> stamp(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return Optional.of(new Stamp(
                    attributes.size(), attributes.lastModifiedTime(), Optional.ofNullable(attributes.fileKey())));
        } catch (IOException _) {
            return Optional.empty(); // measuring it says what is wrong
        }
    }
}
