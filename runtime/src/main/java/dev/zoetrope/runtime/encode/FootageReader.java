package dev.zoetrope.runtime.encode;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import dev.zoetrope.runtime.frame.FrameSink;
import java.nio.file.Path;
import java.util.Optional;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.jspecify.annotations.Nullable;

/**
 * Reads a clip or a picture as a model wants it: in a given size and at a given frame rate, whatever the file has. The
 * picture is turned upright, scaled until it covers the size, and cut at the centre. Of the file's frames the output
 * frame at a time takes the last one that is shown by then, so a clip of uneven frame times keeps its pace: at a lower
 * rate frames are left out, at a higher one repeated; none are mixed. A picture is a clip of one frame. To be used by one
 * thread at a time; owns everything native.
 */
public final class FootageReader implements AutoCloseable {
    /** Containers round time stamps to their clock's tick; ticks of a larger part of a frame are exact. */
    private static final double FINE_TICKS_PER_FRAME = 4;

    /** Rounding of the sums of doubles here; far below every container's tick. */
    private static final double EXACT_SECONDS = 1e-6;

    private final ClipSource source;
    private final int widthPx;
    private final int heightPx;
    private final FrameRate rate;
    private final Timing timing;
    private final ClipInfo info;
    private FrameReader frameReader;
    /** Nothing before the first call of {@link #next()}. */
    private @Nullable Frame shown;

    private Optional<AVFrame> ahead;
    private double aheadSeconds;
    private double endSeconds;
    private long nextIndex;
    private boolean closed;

    /**
     * What of a file's clock decides which frames are taken.
     *
     * @param originSeconds time stamp of the first picture
     * @param toleranceSeconds by how much time stamps may be off
     */
    record Timing(double originSeconds, double toleranceSeconds) {
        /** Of a source whose first picture was not taken yet, or was the last one taken. */
        static Timing of(ClipSource source) {
            double frameSeconds = source.rate().secondsAt(1);
            boolean fine = source.tickSeconds() * FINE_TICKS_PER_FRAME <= frameSeconds;
            return new Timing(source.frameSeconds(), fine ? source.tickSeconds() : EXACT_SECONDS);
        }

        /** Output frames of the whole file. */
        long frames(ClipStream.Extent extent, FrameRate rate) {
            return extent.frames() == 1 ? 1 : framesWithin(extent.endSeconds() - originSeconds, rate);
        }

        /** Output frames that begin before a time; at least one. */
        long framesWithin(double seconds, FrameRate rate) {
            return Math.max(1, (long) Math.ceil((seconds - toleranceSeconds) * rate.framesPerSecond()));
        }
    }

    private FootageReader(ClipSource source, int widthPx, int heightPx, FrameRate rate) {
        this.source = source;
        this.widthPx = widthPx;
        this.heightPx = heightPx;
        this.rate = rate;
        this.timing = Timing.of(source);
        this.ahead = source.next();
        this.frameReader = reader(source.first());
        takeTime();
        long frames = timing.frames(source.extent(), rate);
        this.info = source.info(widthPx, heightPx, frames, rate, rate.secondsAt(frames));
    }

    /**
     * Opens a clip or a picture.
     *
     * @param widthPx columns of the frames to be given
     * @param heightPx rows of the frames to be given
     * @param rate how many of them a second
     * @throws OutputException when there is no such file, or FFmpeg cannot read it as a video
     */
    @MustBeClosed
    public static FootageReader open(Path file, int widthPx, int heightPx, FrameRate rate) {
        requireSize(file, widthPx, heightPx);
        return read(ClipSource.open(file, InputLimits.none()), widthPx, heightPx, rate);
    }

    /**
     * Opens a clip or a picture that was measured, without reading it through once more.
     *
     * @param widthPx columns of the frames to be given
     * @param heightPx rows of the frames to be given
     * @param rate how many of them a second
     * @throws OutputException when the file is there no longer, or FFmpeg cannot read it as a video
     */
    @MustBeClosed
    public static FootageReader open(MeasuredClip clip, int widthPx, int heightPx, FrameRate rate) {
        requireSize(clip.file(), widthPx, heightPx);
        return read(ClipSource.open(clip), widthPx, heightPx, rate);
    }

    private static void requireSize(Path file, int widthPx, int heightPx) {
        if (widthPx < 1 || heightPx < 1) {
            throw new RequestException(
                    "size of footage from " + file + ": expected at least 1x1 px, found " + widthPx + "x" + heightPx);
        }
    }

    @MustBeClosed
    private static FootageReader read(ClipSource source, int widthPx, int heightPx, FrameRate rate) {
        try {
            return new FootageReader(source, widthPx, heightPx, rate);
        } catch (RuntimeException | Error e) {
            source.close();
            throw e;
        }
    }

    /** What the frames to be given are: size, number and rate of these, codec and tags of the file. */
    public ClipInfo info() {
        return info;
    }

    /** The next frame, padded, or nothing after the last one. Its pixels hold until the next call. */
    public Optional<Frame> next() {
        if (closed) {
            throw new IllegalStateException("footage: expected it open, found it closed");
        }
        double time = rate.secondsAt(nextIndex);
        boolean wholeStill = source.extent().frames() == 1 && nextIndex > 0;
        while (ahead.isPresent() && aheadSeconds <= time + timing.toleranceSeconds()) {
            show(ahead.get());
            ahead = source.next();
            takeTime();
        }
        Frame frame = shown;
        if (frame == null || wholeStill || (ahead.isEmpty() && nextIndex >= timing.framesWithin(endSeconds, rate))) {
            return Optional.empty();
        }
        return Optional.of(new Frame(frame.pixels(), widthPx, heightPx, frame.strideBytes(), nextIndex++));
    }

    private void takeTime() {
        if (ahead.isPresent()) {
            aheadSeconds = source.frameSeconds() - timing.originSeconds();
            endSeconds = source.frameEndSeconds() - timing.originSeconds();
        }
    }

    private void show(AVFrame picture) {
        // Recordings of calls and broadcasts change their size on the way.
        if (!frameReader.takes(picture)) {
            frameReader.close();
            frameReader = reader(picture);
        }
        try {
            shown = frameReader.read(picture, nextIndex);
        } catch (FfmpegException e) {
            throw source.unreadable(e);
        }
    }

    private FrameReader reader(AVFrame example) {
        Orientation orientation = source.orientation();
        return new FrameReader(
                example,
                FrameReader.Fit.covering(
                        example.width(),
                        example.height(),
                        source.pixelAspect(),
                        orientation.width(widthPx, heightPx),
                        orientation.width(heightPx, widthPx)),
                orientation);
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
