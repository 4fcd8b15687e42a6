package dev.zoetrope.runtime.encode;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import dev.zoetrope.runtime.frame.FrameSink;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/**
 * Reads a clip or a picture that FFmpeg can read: what it is, and its frames as RGB24 outside the heap, one at a time,
 * upright, with square pixels, and over white where they are transparent. Opening reads through the file once to count
 * the frames, and decodes the first one. {@link FootageReader} gives the frames of a file in another size and rate. To be
 * used by one thread at a time; owns everything native.
 */
public final class ClipReader implements AutoCloseable {
    private final Path file;
    private final ClipSource source;
    private final FrameReader frameReader;
    private final ClipInfo info;
    private long nextIndex;
    private boolean closed;

    private ClipReader(Path file, ClipSource source) {
        this.file = file;
        this.source = source;
        AVFrame first = source.first();
        this.frameReader = new FrameReader(
                first,
                FrameReader.Fit.natural(first.width(), first.height(), source.pixelAspect()),
                source.orientation());
        FrameRate rate = source.rate();
        long frames = source.extent().frames();
        this.info = source.info(
                frameReader.widthPx(), frameReader.heightPx(), frames, rate, seconds(source.extent(), rate));
    }

    /** Counted in frames, or by the time stamps where frames are of unequal length. */
    private static double seconds(ClipStream.Extent extent, FrameRate rate) {
        double counted = rate.secondsAt(extent.frames());
        // Time stamps are rounded, to milliseconds in many containers; half a frame is more than that.
        boolean equal = Math.abs(extent.seconds() - counted) < rate.secondsAt(1) / 2;
        return equal ? counted : extent.seconds();
    }

    /**
     * Opens a clip or a picture.
     *
     * @throws OutputException when there is no such file, or FFmpeg cannot read it as a video
     */
    @MustBeClosed
    public static ClipReader open(Path file) {
        return open(file, InputLimits.none());
    }

    /**
     * Opens a clip or a picture within limits.
     *
     * @throws OutputException when there is no such file, FFmpeg cannot read it as a video, or it is above a limit
     */
    @MustBeClosed
    public static ClipReader open(Path file, InputLimits limits) {
        ClipSource source = ClipSource.open(file, limits);
        try {
            return new ClipReader(file, source);
        } catch (RuntimeException | Error e) {
            source.close();
            throw e;
        }
    }

    /** What the file is. */
    public ClipInfo info() {
        return info;
    }

    /** Where the frames come from; of use for measuring before the first one is taken. */
    ClipSource source() {
        return source;
    }

    /** The tags of the file, keys in lower case. */
    public Map<String, String> metadata() {
        return info.metadata();
    }

    /** The next frame, or nothing after the last one. Its pixels hold until the next call. */
    public Optional<Frame> next() {
        Optional<AVFrame> picture = source.next();
        if (picture.isEmpty()) {
            return Optional.empty();
        }
        requireSame(picture.get());
        try {
            return Optional.of(frameReader.read(picture.get(), nextIndex++));
        } catch (FfmpegException e) {
            throw source.unreadable(e);
        }
    }

    private void requireSame(AVFrame picture) {
        if (!frameReader.takes(picture)) {
            throw new OutputException("clip " + file + ", frame " + nextIndex + ": expected frames of one size and"
                    + " pixel format, found a change to " + picture.width() + "x" + picture.height() + " px");
        }
    }

    /** Hands all frames that are left to a sink, which is neither finished nor closed. */
    public void readTo(FrameSink sink) {
        for (Optional<Frame> frame = next(); frame.isPresent(); frame = next()) {
            sink.accept(frame.get());
        }
    }

    /** Frees everything native. A second call does nothing. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            frameReader.close();
            source.close();
        }
    }
}
