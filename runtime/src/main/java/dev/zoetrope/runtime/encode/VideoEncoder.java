package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avutil.AV_PICTURE_TYPE_NONE;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_BGRA;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import dev.zoetrope.runtime.frame.FrameSink;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;
import org.jspecify.annotations.Nullable;

/**
 * Writes one clip to a file, frame by frame, at a constant frame rate. The file grows under a temporary name beside the
 * asked one and gets its name in {@link #finish()}; closed before that, nothing is left. Memory does not grow with the
 * clip's length, but for animated WebP, which FFmpeg holds compressed until the end. Equal frames and tags give equal
 * bytes. To be used by one thread at a time; {@link #close()} frees everything native.
 */
public final class VideoEncoder implements FrameSink {
    /* Road of a frame: RGB24 where the decoder left it -> converter (reads it in place) -> [palette filters, GIF only]
     * -> encoder -> packets -> container. `taken` holds the frame for each stage and is reused; a stage that keeps a
     * reference makes av_frame_make_writable give it a new buffer. */

    private final Path target;
    private final int widthPx;
    private final int heightPx;
    private final Deque<AutoCloseable> owned = new ArrayDeque<>();
    private final PictureEncoder encoder;
    private final PacketSink sink;
    private final PixelConverter converter;
    private final @Nullable Palettizer palettizer;
    private final AVFrame picture;
    private final AVFrame reduced;
    private final AVPacket packet;
    private long frames;
    private State state = State.OPEN;

    private enum State {
        OPEN,
        FAILED,
        FINISHED,
        CLOSED
    }

    private VideoEncoder(
            Path target,
            OutputFormat format,
            int widthPx,
            int heightPx,
            FrameRate rate,
            Map<String, String> metadata,
            List<SoundTrack> sound)
            throws IOException, FfmpegException {
        this.target = target;
        this.widthPx = widthPx;
        this.heightPx = heightPx;
        boolean complete = false;
        try {
            if (format == OutputFormat.PNG_SEQUENCE) {
                this.sink = own(new PngFiles(target, metadata));
                this.encoder = own(PictureEncoder.open(format.codec(), widthPx, heightPx, rate, false));
            } else {
                ContainerFile container = own(ContainerFile.create(target, format, metadata));
                this.sink = container;
                this.encoder =
                        own(PictureEncoder.open(format.codec(), widthPx, heightPx, rate, container.separateHeader()));
                container.begin(encoder, SoundStream.open(format, sound, container.separateHeader()));
            }
            boolean palette = format.codec().chroma() == VideoCodec.Chroma.PALETTE;
            this.palettizer = palette ? own(new Palettizer(widthPx, heightPx, rate)) : null;
            int pixelFormat = palette ? AV_PIX_FMT_BGRA : encoder.context().pix_fmt();
            this.converter = own(new PixelConverter(widthPx, heightPx, pixelFormat));
            this.picture = ownFrame(encoder.allocateFrame(pixelFormat));
            this.reduced = ownFrame(avutil.av_frame_alloc());
            this.packet = avcodec.av_packet_alloc();
            owned.push(() -> avcodec.av_packet_free(packet));
            complete = true;
        } finally {
            if (!complete) {
                free();
            }
        }
    }

    /**
     * Starts a file.
     *
     * @param target the file; for PNG see {@link OutputFormat#PNG_SEQUENCE}
     * @param metadata tags to be kept in the file: {@code title}, {@code comment} and others. Matroska, WebM and PNG
     *     (in every file) keep all of them, MP4 all but {@code encoder}, where FFmpeg names itself, GIF keeps
     *     {@code comment}, WebP none
     * @throws dev.zoetrope.runtime.error.RequestException when the format cannot take such a size or frame rate
     * @throws OutputException when the file cannot be written
     */
    @MustBeClosed
    public static VideoEncoder open(
            Path target, OutputFormat format, int widthPx, int heightPx, FrameRate rate, Map<String, String> metadata) {
        return open(target, format, widthPx, heightPx, rate, metadata, List.of());
    }

    /**
     * Starts a file with sound. Packets are copied where the container takes them and the pieces follow one another
     * without a hole; else the sound is decoded and encoded, silent where there is no piece, the sum where there are
     * several. It ends with the pictures. GIF, WebP and PNG have no sound: there the pieces are not even opened.
     *
     * @param target the file; for PNG see {@link OutputFormat#PNG_SEQUENCE}
     * @param metadata tags as in {@link #open(Path, OutputFormat, int, int, FrameRate, Map)}
     * @param sound pieces of other files' sound, in any order
     * @throws dev.zoetrope.runtime.error.RequestException when the format cannot take such a size or frame rate
     * @throws OutputException when the file cannot be written, or a source cannot be read
     */
    @MustBeClosed
    public static VideoEncoder open(
            Path target,
            OutputFormat format,
            int widthPx,
            int heightPx,
            FrameRate rate,
            Map<String, String> metadata,
            List<SoundTrack> sound) {
        format.check(target, widthPx, heightPx, 0, rate);
        Ffmpeg.load();
        try {
            return new VideoEncoder(target, format, widthPx, heightPx, rate, Map.copyOf(metadata), List.copyOf(sound));
        } catch (FfmpegException e) {
            throw OutputErrors.whileWriting(target, e);
        } catch (IOException e) {
            throw OutputErrors.whileWriting(target, e);
        }
    }

    /**
     * Loads FFmpeg on a thread of its own, so that a later {@link #open} does not wait for it. Loading takes a fifth of
     * a second, and once for each version half a second to unpack the libraries into JavaCPP's cache.
     */
    public static void preload() {
        Thread.ofPlatform().daemon().name("zoetrope-ffmpeg-load").start(Ffmpeg::load);
    }

    /** Version, licence and build options of the FFmpeg in use, by the names {@code version}, {@code licence} … */
    public static Map<String, String> libraryInfo() {
        return Ffmpeg.about();
    }

    /** Adds the next frame; its pixels are read where they lie. */
    @Override
    public void accept(Frame frame) {
        requireOpen();
        if (frame.widthPx() != widthPx || frame.heightPx() != heightPx) {
            throw new IllegalArgumentException("frame " + frame.index() + ": expected " + widthPx + "x" + heightPx
                    + " px, found " + frame.widthPx() + "x" + frame.heightPx());
        }
        guarded(() -> {
            Ffmpeg.check(avutil.av_frame_make_writable(picture), "allocating a frame");
            converter.convert(frame, picture);
            picture.pts(frames).duration(1).pict_type(AV_PICTURE_TYPE_NONE);
            frames++;
            if (palettizer == null) {
                encode(picture);
            } else {
                palettizer.send(picture);
                encodeReduced(palettizer);
            }
        });
    }

    /** Completes the file, forces it to the disk and gives it its name. */
    @Override
    public void finish() {
        requireOpen();
        if (frames == 0) {
            throw new OutputException("output " + target + ": expected at least one frame, found none");
        }
        guarded(() -> {
            if (palettizer != null) {
                palettizer.send(null);
                encodeReduced(palettizer);
            }
            encode(null);
            sink.finish();
        });
        state = State.FINISHED;
    }

    /** Frames taken so far. */
    public long frames() {
        return frames;
    }

    private void encodeReduced(Palettizer palette) throws FfmpegException, IOException {
        while (palette.receive(reduced)) {
            reduced.pict_type(AV_PICTURE_TYPE_NONE);
            encode(reduced);
            avutil.av_frame_unref(reduced);
        }
    }

    private void encode(@Nullable AVFrame frame) throws FfmpegException, IOException {
        encoder.send(frame);
        while (encoder.receive(packet)) {
            if (packet.duration() == 0) {
                packet.duration(1);
            }
            sink.write(packet);
            avcodec.av_packet_unref(packet);
        }
    }

    private void guarded(NativeWork work) {
        State before = state;
        state = State.FAILED;
        try {
            work.run();
        } catch (FfmpegException e) {
            throw OutputErrors.whileWriting(target, e);
        } catch (IOException e) {
            throw OutputErrors.whileWriting(target, e);
        }
        state = before;
    }

    @FunctionalInterface
    private interface NativeWork {
        void run() throws FfmpegException, IOException;
    }

    private void requireOpen() {
        if (state != State.OPEN) {
            throw new IllegalStateException("video encoder for " + target + ": expected it open, found it " + state);
        }
    }

    private <T extends AutoCloseable> T own(T resource) {
        owned.push(resource);
        return resource;
    }

    private AVFrame ownFrame(AVFrame frame) {
        owned.push(() -> avutil.av_frame_free(frame));
        return frame;
    }

    /** Frees everything; a file that was not finished is deleted. A second call does nothing. */
    @Override
    public void close() {
        if (state != State.CLOSED) {
            state = State.CLOSED;
            free();
        }
    }

    /** In the reverse order of taking. */
    private void free() {
        while (!owned.isEmpty()) {
            try {
                owned.pop().close();
            } catch (Exception e) {
                throw new IllegalStateException("freeing the video encoder for " + target, e);
            }
        }
    }
}
