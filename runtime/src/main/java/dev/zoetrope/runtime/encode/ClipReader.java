package dev.zoetrope.runtime.encode;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import dev.zoetrope.runtime.frame.FrameSink;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avutil;

/**
 * Reads a clip that FFmpeg can read: what it is, and its frames as RGB24 outside the heap, one at a time. Opening reads
 * through the file once to count the frames, and decodes the first one. To be used by one thread at a time; owns
 * everything native.
 */
public final class ClipReader implements AutoCloseable {
    private static final int ROW_ALIGNMENT_BYTES = 64;

    private final Path file;
    private final ClipStream stream;
    private final FrameReader frameReader;
    private final ClipInfo info;
    private final Arena arena;
    private final int strideBytes;
    private final MemorySegment pixels;
    private Optional<AVFrame> first;
    private long nextIndex;
    private boolean closed;

    @SuppressWarnings("MustBeClosed") // close() frees the arena
    private ClipReader(Path file, ClipStream stream, AVFrame first, ClipInfo info) {
        this.file = file;
        this.stream = stream;
        this.first = Optional.of(first);
        this.frameReader = new FrameReader(first);
        this.info = info;
        this.arena = Arena.ofShared();
        // Rows begin at multiples of 64 bytes, for swscale writes whole vectors.
        int rowBytes = info.widthPx() * Frame.PIXEL_BYTES;
        this.strideBytes = Math.ceilDiv(rowBytes, ROW_ALIGNMENT_BYTES) * ROW_ALIGNMENT_BYTES;
        this.pixels = arena.allocate((long) strideBytes * info.heightPx() + Frame.PADDING_BYTES, ROW_ALIGNMENT_BYTES);
    }

    /**
     * Opens a clip.
     *
     * @throws OutputException when there is no such file, or FFmpeg cannot read it as a video
     */
    @MustBeClosed
    public static ClipReader open(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new OutputException("clip " + file + ": expected a video file, found "
                    + (Files.isDirectory(file) ? "a folder" : "no file of that name"));
        }
        Ffmpeg.load();
        try {
            long frames = count(file);
            ClipStream stream = ClipStream.open(file);
            try {
                AVFrame first = stream.decode().orElseThrow(() -> withoutFrames(file));
                return new ClipReader(file, stream, first, describe(file, stream, first, frames));
            } catch (FfmpegException | IOException | RuntimeException | Error e) {
                stream.close();
                throw e;
            }
        } catch (FfmpegException e) {
            throw unreadable(file, e);
        } catch (IOException e) {
            throw new OutputException("clip " + file + ": expected to read it, found: " + e.getMessage(), e);
        }
    }

    private static long count(Path file) throws FfmpegException {
        try (ClipStream stream = ClipStream.open(file)) {
            long frames = stream.countPackets();
            if (frames == 0) {
                throw withoutFrames(file);
            }
            return frames;
        }
    }

    private static ClipInfo describe(Path file, ClipStream stream, AVFrame first, long frames)
            throws FfmpegException, IOException {
        FrameRate rate = stream.frameRate();
        Map<String, String> tags = stream.metadata();
        if (stream.codecName().equals(VideoCodec.PNG.label())) {
            tags.putAll(PngText.read(file));
        }
        Map<String, String> metadata = new HashMap<>();
        tags.forEach((key, value) -> metadata.putIfAbsent(key.toLowerCase(Locale.ROOT), value));
        return new ClipInfo(
                first.width(),
                first.height(),
                frames,
                rate,
                rate.secondsAt(frames),
                stream.codecName(),
                Ffmpeg.text(avutil.av_get_pix_fmt_name(first.format())),
                stream.containerName(),
                metadata);
    }

    /** What the file is. */
    public ClipInfo info() {
        return info;
    }

    /** The tags of the file, keys in lower case. */
    public Map<String, String> metadata() {
        return info.metadata();
    }

    /** The next frame, or nothing after the last one. Its pixels hold until the next call. */
    public Optional<Frame> next() {
        if (closed) {
            throw new IllegalStateException("clip " + file + ": expected it open, found it closed");
        }
        try {
            Optional<AVFrame> decoded = first.isPresent() ? first : stream.decode();
            first = Optional.empty();
            if (decoded.isEmpty()) {
                return Optional.empty();
            }
            AVFrame picture = decoded.get();
            requireSame(picture);
            frameReader.read(picture, pixels, strideBytes);
            return Optional.of(new Frame(pixels, info.widthPx(), info.heightPx(), strideBytes, nextIndex++));
        } catch (FfmpegException e) {
            throw unreadable(file, e);
        }
    }

    private void requireSame(AVFrame picture) {
        if (picture.width() != info.widthPx()
                || picture.height() != info.heightPx()
                || picture.format() != frameReader.pixelFormat()) {
            throw new OutputException("clip " + file + ", frame " + nextIndex + ": expected " + info.widthPx() + "x"
                    + info.heightPx() + " px of " + info.pixelFormat() + " as before, found " + picture.width() + "x"
                    + picture.height() + " px of " + Ffmpeg.text(avutil.av_get_pix_fmt_name(picture.format())));
        }
    }

    /** Hands all frames that are left to a sink, which is neither finished nor closed. */
    public void readTo(FrameSink sink) {
        for (Optional<Frame> frame = next(); frame.isPresent(); frame = next()) {
            sink.accept(frame.get());
        }
    }

    private static String extension(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.substring(Math.max(0, name.lastIndexOf('.'))).toLowerCase(Locale.ROOT);
    }

    private static OutputException withoutFrames(Path file) {
        return new OutputException("clip " + file + ": expected a video, found a file without any frame");
    }

    private static OutputException unreadable(Path file, FfmpegException failure) {
        if (OutputFormat.WEBP.extension().equals(extension(file))) {
            return new OutputException(
                    "clip " + file
                            + ": expected a video file that FFmpeg can read, found an animated WebP, which it only"
                            + " writes (keep an .mp4 beside it)",
                    failure);
        }
        return new OutputException(
                "clip " + file + ": expected a video file that FFmpeg can read, found: " + failure.reason()
                        + " (failed in: " + failure.call() + "; is the file whole?)",
                failure);
    }

    /** Frees everything native. A second call does nothing. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            first = Optional.empty();
            frameReader.close();
            stream.close();
            arena.close();
        }
    }
}
