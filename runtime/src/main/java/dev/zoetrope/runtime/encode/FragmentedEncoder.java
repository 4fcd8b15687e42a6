package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.avformat.AVFormatContext.AVFMT_FLAG_CUSTOM_IO;
import static org.bytedeco.ffmpeg.global.avutil.AV_PICTURE_TYPE_NONE;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_EIO;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import dev.zoetrope.runtime.frame.FrameSink;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avformat.Write_packet_Pointer_BytePointer_int;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Writes one clip as fragmented MP4 with H.264 to a stream that cannot be rewound: every frame is a fragment of its own and
 * has left the encoder when {@link #accept} returns, so a player shows it while later ones are still made. No tags, no
 * sound; {@link VideoEncoder} makes the file to keep. To be opened, used and closed by one thread; the target is neither
 * flushed nor closed.
 */
public final class FragmentedEncoder implements FrameSink {
    /** A fragment of a small frame fits; of a larger one it is handed over in pieces. */
    private static final int BUFFER_BYTES = 1 << 16;

    /* frag_custom: a fragment ends where av_write_frame is called without a packet. The automatic kinds hold a fragment
     * back until the first packet of the next one. */
    private static final String FLAGS = "+frag_custom+empty_moov+default_base_moof";

    private final Deque<AutoCloseable> owned = new ArrayDeque<>();
    private final PictureEncoder encoder;
    private final PixelConverter converter;
    private final AVFormatContext context;
    private final Target target;
    private final AVFrame picture;
    private final AVPacket packet;
    private long frames;
    private boolean headerWritten;
    private boolean closed;

    private FragmentedEncoder(OutputStream output, int widthPx, int heightPx, FrameRate rate) throws FfmpegException {
        boolean complete = false;
        try {
            this.encoder = own(PictureEncoder.open(OutputFormat.MP4_H264.codec(), widthPx, heightPx, rate, true));
            this.converter =
                    own(new PixelConverter(widthPx, heightPx, encoder.context().pix_fmt()));
            this.picture = encoder.allocateFrame(encoder.context().pix_fmt());
            owned.push(() -> avutil.av_frame_free(picture));
            this.packet = avcodec.av_packet_alloc();
            owned.push(() -> avcodec.av_packet_free(packet));
            this.target = own(new Target(output));
            this.context = new AVFormatContext((Pointer) null);
            Ffmpeg.check(
                    avformat.avformat_alloc_output_context2(context, null, OutputFormat.MP4_H264.muxer(), null),
                    "muxer mp4");
            owned.push(() -> avformat.avformat_free_context(context));
            begin();
            complete = true;
        } finally {
            if (!complete) {
                free();
            }
        }
    }

    /**
     * Starts a stream; its header is written at once.
     *
     * @param output takes the bytes as they come; may block, which holds the caller up
     * @throws dev.zoetrope.runtime.error.RequestException when H.264 cannot take such a size
     * @throws OutputException when the target cannot be written
     */
    @MustBeClosed
    public static FragmentedEncoder open(OutputStream output, int widthPx, int heightPx, FrameRate rate) {
        OutputFormat.MP4_H264.check(Path.of("stream.mp4"), widthPx, heightPx, 0, rate);
        Ffmpeg.load();
        try {
            return new FragmentedEncoder(output, widthPx, heightPx, rate);
        } catch (FfmpegException e) {
            throw failed(e);
        }
    }

    private void begin() throws FfmpegException {
        context.pb(target.context());
        context.flags(context.flags() | AVFMT_FLAG_CUSTOM_IO);
        AVStream stream = avformat.avformat_new_stream(context, null);
        Ffmpeg.check(
                avcodec.avcodec_parameters_from_context(stream.codecpar(), encoder.context()), "stream parameters");
        try (AVRational frameTime = encoder.context().time_base();
                AVRational frameRate = encoder.context().framerate()) {
            stream.time_base(frameTime).avg_frame_rate(frameRate).r_frame_rate(frameRate);
        }
        AVDictionary options = new AVDictionary((Pointer) null);
        try {
            Ffmpeg.put(options, "movflags", FLAGS);
            Ffmpeg.check(avformat.avformat_write_header(context, options), "stream header");
        } finally {
            avutil.av_dict_free(options);
        }
        headerWritten = true;
        handOver("stream header");
    }

    /** Adds the next frame; its fragment has been written when this returns. */
    @Override
    public void accept(Frame frame) {
        try {
            Ffmpeg.check(avutil.av_frame_make_writable(picture), "allocating a frame");
            converter.convert(frame, picture);
            picture.pts(frames).duration(1).pict_type(AV_PICTURE_TYPE_NONE);
            frames++;
            encode(picture);
        } catch (FfmpegException e) {
            throw target.failure(e);
        }
    }

    /** Writes what the encoder still holds and the end of the stream. */
    @Override
    public void finish() {
        try {
            encode(null);
            headerWritten = false; // also a failed trailer must not be written twice
            Ffmpeg.check(avformat.av_write_trailer(context), "completing the stream");
            handOver("completing the stream");
        } catch (FfmpegException e) {
            throw target.failure(e);
        }
    }

    private void encode(@Nullable AVFrame frame) throws FfmpegException {
        encoder.send(frame);
        while (encoder.receive(packet)) {
            if (packet.duration() == 0) {
                packet.duration(1);
            }
            try (AVRational streamTime = context.streams(0).time_base();
                    AVRational frameTime = encoder.context().time_base()) {
                avcodec.av_packet_rescale_ts(packet, frameTime, streamTime);
            }
            packet.stream_index(0);
            Ffmpeg.check(avformat.av_write_frame(context, packet), "writing a frame");
            avcodec.av_packet_unref(packet);
            Ffmpeg.check(avformat.av_write_frame(context, (AVPacket) null), "ending a fragment");
            handOver("writing a frame");
        }
    }

    private void handOver(String call) throws FfmpegException {
        avformat.avio_flush(context.pb());
        Ffmpeg.check(context.pb().error(), call);
    }

    private static OutputException failed(Exception failure) {
        return new OutputException("stream: expected to write the clip, found: " + failure.getMessage(), failure);
    }

    private <T extends AutoCloseable> T own(T resource) {
        owned.push(resource);
        return resource;
    }

    /** Frees everything; a stream that was not finished simply stops. A second call does nothing. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            free();
        }
    }

    /** In the reverse order of taking. */
    private void free() {
        if (headerWritten) {
            headerWritten = false;
            target.stop();
            // Frees what the muxer holds; its bytes go nowhere, so a failure does not matter.
            int ignored = avformat.av_write_trailer(context);
        }
        while (!owned.isEmpty()) {
            try {
                owned.pop().close();
            } catch (Exception e) {
                throw new IllegalStateException("freeing the encoder of a stream", e);
            }
        }
    }

    /** FFmpeg's output, turned into calls of a Java stream. */
    private static final class Target implements AutoCloseable {
        private final OutputStream output;
        private final Write write;
        private final AVIOContext context;
        private @Nullable IOException failure;
        private boolean stopped;

        Target(OutputStream output) {
            this.output = output;
            this.write = Write.take(this);
            BytePointer buffer = new BytePointer(avutil.av_malloc(BUFFER_BYTES));
            this.context = avformat.avio_alloc_context(buffer, BUFFER_BYTES, 1, null, null, write, null);
            context.seekable(0);
        }

        AVIOContext context() {
            return context;
        }

        void stop() {
            stopped = true;
        }

        OutputException failure(FfmpegException code) {
            return failed(failure == null ? code : failure);
        }

        @Override
        public void close() {
            avutil.av_free(context.buffer()); // FFmpeg may have replaced the first one
            avformat.avio_context_free(context);
            write.giveBack();
        }

        private int write(BytePointer bytes, int count) {
            if (stopped) {
                return count;
            }
            try {
                byte[] copy = new byte[count];
                bytes.get(copy, 0, count);
                output.write(copy);
                return count;
            } catch (IOException e) {
                failure = e;
            } catch (RuntimeException | Error e) {
                // Nothing may leave an upcall: it would end the process.
                failure = new IOException(e);
            }
            return AVERROR_EIO();
        }
    }

    /**
     * A function that FFmpeg can call, for one stream after another. JavaCPP has ten places for functions of a type and no lock around
     * them: of two threads that take or leave one at the same time, both may get the same, and a call through a place that is free again
     * ends the process. So each is taken once, under a lock, and kept.
     */
    private static final class Write extends Write_packet_Pointer_BytePointer_int {
        private static final int MOST = 10;
        private static final BlockingQueue<Write> FREE = new LinkedBlockingQueue<>();
        private static int made;

        private volatile @Nullable Target target;

        /** A function that nobody uses; waits for one if there are no more. */
        static Write take(Target target) {
            Write write = FREE.poll();
            if (write == null) {
                write = made();
            }
            if (write == null) {
                write = left();
            }
            write.target = target;
            return write;
        }

        private static @Nullable Write made() {
            synchronized (FREE) {
                if (made == MOST) {
                    return null;
                }
                made++;
                return new Write();
            }
        }

        private static Write left() {
            boolean interrupted = false;
            try {
                while (true) {
                    try {
                        return FREE.take();
                    } catch (InterruptedException e) {
                        interrupted = true; // encoders that are at work are done soon
                    }
                }
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        void giveBack() {
            target = null;
            FREE.add(this);
        }

        @Override
        public int call(Pointer ignored, BytePointer bytes, int count) {
            Target current = target;
            return current == null ? AVERROR_EIO() : current.write(bytes, count);
        }
    }
}
