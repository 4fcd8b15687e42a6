package dev.zoetrope.runtime.encode;

import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.frame.FrameRate;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What a picture or clip was found to be when it was read through, so that nobody has to count its frames again. Holds
 * nothing open. Thread-safe.
 */
public final class MeasuredClip {
    private final Path file;
    private final InputLimits limits;
    private final ClipInfo info;
    private final ClipStream.Extent extent;
    private final FootageReader.Timing timing;
    /** Nothing until it is asked for. */
    private @Nullable String digest;

    private MeasuredClip(Path file, InputLimits limits, ClipInfo info, ClipSource source) {
        this.file = file;
        this.limits = limits;
        this.info = info;
        this.extent = source.extent();
        this.timing = FootageReader.Timing.of(source);
    }

    /**
     * Reads a file through.
     *
     * @throws OutputException when there is no such file, or FFmpeg cannot read it as a video
     */
    public static MeasuredClip of(Path file) {
        return of(file, InputLimits.none());
    }

    /**
     * Reads a file through, and keeps to the limits whenever it is read again.
     *
     * @throws OutputException when there is no such file, FFmpeg cannot read it as a video, or it is above a limit
     */
    public static MeasuredClip of(Path file, InputLimits limits) {
        try (ClipReader reader = ClipReader.open(file, limits)) {
            return new MeasuredClip(file, limits, reader.info(), reader.source());
        }
    }

    public Path file() {
        return file;
    }

    /** What the file is, as {@link ClipReader} says it. */
    public ClipInfo info() {
        return info;
    }

    public boolean isPicture() {
        return info.frames() == 1;
    }

    /** How many frames a {@link FootageReader} gives at this rate. */
    public long frames(FrameRate rate) {
        return timing.frames(extent, rate);
    }

    /** SHA-256 of the file's bytes in hexadecimal digits; the file is read when it is first asked for. */
    public synchronized String digest() {
        String known = digest;
        if (known == null) {
            known = digestOf(file);
            digest = known;
        }
        return known;
    }

    /** SHA-256 of a file's bytes in hexadecimal digits. */
    public static String digestOf(Path file) {
        try (InputStream input = Files.newInputStream(file);
                DigestInputStream digesting = new DigestInputStream(input, MessageDigest.getInstance("SHA-256"))) {
            digesting.transferTo(java.io.OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digesting.getMessageDigest().digest());
        } catch (IOException e) {
            throw new OutputException("clip " + file + ": expected to read it, found: " + e.getMessage(), e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256: expected in every Java, found none", e);
        }
    }

    InputLimits limits() {
        return limits;
    }

    ClipStream.Extent extent() {
        return extent;
    }
}
