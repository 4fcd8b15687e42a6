package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avutil.AVERROR_INVALIDDATA;

import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.frame.FrameRate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avutil;

/**
 * One file's pictures as they are stored, for the readers to bring into shape: measured once, then decoded in order. Says
 * in one line what is wrong with a file. Confined to one thread; owns everything native.
 */
final class ClipSource implements AutoCloseable {
    private static final String MATROSKA = "matroska,webm";

    private final Path file;
    private final InputLimits limits;
    private final ClipStream stream;
    private final ClipStream.Extent extent;
    private final AVFrame first;
    private final Orientation orientation;
    private final double pixelAspect;
    private boolean firstTaken;
    private boolean closed;

    private ClipSource(Path file, InputLimits limits, ClipStream stream, ClipStream.Extent extent, AVFrame first) {
        this.file = file;
        this.limits = limits;
        this.stream = stream;
        this.extent = extent;
        this.first = first;
        this.orientation = Orientation.of(first);
        this.pixelAspect = stream.pixelAspect(first);
    }

    /** Reads the file through to count its pictures, then opens it at its beginning. */
    static ClipSource open(Path file, InputLimits limits) {
        return open(file, limits, Optional.empty());
    }

    /** Opens a file that was measured before. */
    static ClipSource open(MeasuredClip measured) {
        return open(measured.file(), measured.limits(), Optional.of(measured.extent()));
    }

    private static ClipSource open(Path file, InputLimits limits, Optional<ClipStream.Extent> measured) {
        requireContent(file);
        Ffmpeg.load();
        try {
            ClipStream.Extent extent = measured.isPresent() ? measured.get() : measure(file, limits);
            ClipStream stream = ClipStream.open(file, limits);
            try {
                AVFrame first = stream.decode().orElseThrow(() -> withoutFrames(file));
                return new ClipSource(file, limits, stream, extent, first);
            } catch (FfmpegException | RuntimeException | Error e) {
                stream.close();
                throw e;
            }
        } catch (FfmpegException e) {
            throw unreadable(file, limits, e);
        }
    }

    private static void requireContent(Path file) {
        String found = null;
        try {
            if (!Files.isRegularFile(file)) {
                found = Files.isDirectory(file) ? "a folder" : "no file of that name";
            } else if (Files.size(file) == 0) {
                found = "an empty file";
            }
        } catch (IOException e) {
            throw new OutputException("clip " + file + ": expected to read it, found: " + e.getMessage(), e);
        }
        if (found != null) {
            throw new OutputException("clip " + file + ": expected a video or picture file, found " + found);
        }
    }

    private static ClipStream.Extent measure(Path file, InputLimits limits) throws FfmpegException {
        try (ClipStream stream = ClipStream.open(file, limits)) {
            ClipStream.Extent extent = stream.measure();
            if (extent.frames() == 0) {
                throw withoutFrames(file);
            }
            if (stream.containerName().equals(MATROSKA)) {
                requireWhole(file);
            }
            return extent;
        }
    }

    private static void requireWhole(Path file) throws FfmpegException {
        try {
            OptionalLong promised = MatroskaLength.promised(file);
            long found = Files.size(file);
            if (promised.isPresent() && found < promised.getAsLong()) {
                throw new FfmpegException(
                        "counting frames",
                        AVERROR_INVALIDDATA,
                        found + " of the " + promised.getAsLong() + " bytes that its header promises");
            }
        } catch (IOException e) {
            throw new OutputException("clip " + file + ": expected to read it, found: " + e.getMessage(), e);
        }
    }

    /** The picture that {@link #next()} gives first, before it has been called. */
    AVFrame first() {
        return first;
    }

    /** How the pictures are to be turned; said once, by the first. */
    Orientation orientation() {
        return orientation;
    }

    /** Width over height of a pixel as it is stored. */
    double pixelAspect() {
        return pixelAspect;
    }

    ClipStream.Extent extent() {
        return extent;
    }

    FrameRate rate() {
        return stream.frameRate(extent);
    }

    /** The coarseness of the file's clock in seconds. */
    double tickSeconds() {
        return stream.tickSeconds();
    }

    /** When the picture given last begins, by the file's own clock. */
    double frameSeconds() {
        return stream.frameSeconds();
    }

    /** When the picture given last ends if nothing follows. */
    double frameEndSeconds() {
        return stream.frameEndSeconds();
    }

    /** The next picture, valid until the next call; empty after the last one. */
    Optional<AVFrame> next() {
        if (closed) {
            throw new IllegalStateException("clip " + file + ": expected it open, found it closed");
        }
        if (!firstTaken) {
            firstTaken = true;
            return Optional.of(first);
        }
        try {
            return stream.decode();
        } catch (FfmpegException e) {
            throw unreadable(file, limits, e);
        }
    }

    /** What the file is, read in the given size and rate. */
    ClipInfo info(int widthPx, int heightPx, long frames, FrameRate rate, double seconds) {
        Map<String, String> tags = stream.metadata();
        if (stream.codecName().equals(VideoCodec.PNG.label())) {
            try {
                tags.putAll(PngText.read(file));
            } catch (IOException e) {
                throw new OutputException("clip " + file + ": expected to read it, found: " + e.getMessage(), e);
            }
        }
        Map<String, String> metadata = new HashMap<>();
        tags.forEach((key, value) -> metadata.putIfAbsent(key.toLowerCase(Locale.ROOT), value));
        return new ClipInfo(
                widthPx,
                heightPx,
                frames,
                rate,
                seconds,
                stream.codecName(),
                Ffmpeg.text(avutil.av_get_pix_fmt_name(first.format())),
                stream.containerName(),
                stream.hasSound(),
                metadata);
    }

    /** What a failure of FFmpeg means for the file. */
    OutputException unreadable(FfmpegException failure) {
        return unreadable(file, limits, failure);
    }

    private static OutputException withoutFrames(Path file) {
        return new OutputException("clip " + file + ": expected a video, found a file without any frame");
    }

    private static OutputException unreadable(Path file, InputLimits limits, FfmpegException failure) {
        if (OutputFormat.WEBP.extension().equals(extension(file))) {
            return new OutputException(
                    "clip " + file
                            + ": expected a video file that FFmpeg can read, found an animated WebP, which it only"
                            + " writes (keep an .mp4 beside it)",
                    failure);
        }
        return new OutputException(
                "clip " + file + ": expected a video file that FFmpeg can read" + limits.words() + ", found: "
                        + failure.reason()
                        + " (failed in: " + failure.call() + "; is the file whole?)",
                failure);
    }

    private static String extension(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.substring(Math.max(0, name.lastIndexOf('.'))).toLowerCase(Locale.ROOT);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            stream.close();
        }
    }
}
