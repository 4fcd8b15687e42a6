package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.avformat.AVFormatContext.AVFMT_FLAG_BITEXACT;
import static org.bytedeco.ffmpeg.global.avformat.AVFMT_GLOBALHEADER;
import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_WRITE;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/** One file with a video stream and perhaps a sound stream, made by a muxer of FFmpeg. Confined to one thread. */
final class ContainerFile implements PacketSink {
    /** What MP4 has places for of old, which every player reads; other names need QuickTime's newer key table. */
    private static final Set<String> PLAIN_MP4_TAGS =
            Set.of("title", "artist", "album", "comment", "genre", "copyright", "encoder", "date", "description");

    private static final int PICTURES = 0;
    private static final int SOUND = 1;

    private final OutputFormat format;
    private final PendingFile file;
    private final Map<String, String> metadata;
    private final AVFormatContext context;
    private Optional<SoundStream> sound = Optional.empty();
    private boolean headerWritten;
    private double picturesEndSeconds;

    private ContainerFile(
            OutputFormat format, PendingFile file, Map<String, String> metadata, AVFormatContext context) {
        this.format = format;
        this.file = file;
        this.metadata = metadata;
        this.context = context;
    }

    /** Creates the temporary file and the muxer; {@link #begin} has to follow. */
    static ContainerFile create(Path target, OutputFormat format, Map<String, String> metadata)
            throws IOException, FfmpegException {
        PendingFile file = PendingFile.create(target);
        AVFormatContext context = new AVFormatContext((Pointer) null);
        int code = avformat.avformat_alloc_output_context2(context, null, format.muxer(), null);
        if (code < 0) {
            file.close();
            throw Ffmpeg.failure(code, "muxer " + format.muxer());
        }
        return new ContainerFile(format, file, metadata, context);
    }

    /** Whether this container keeps the codec's parameters apart from the pictures. */
    boolean separateHeader() {
        return (context.oformat().flags() & AVFMT_GLOBALHEADER) != 0;
    }

    /** Opens the file and writes its beginning. The sound, if any, is taken over and freed with this. */
    void begin(PictureEncoder encoder, Optional<SoundStream> soundStream) throws FfmpegException {
        sound = soundStream;
        AVStream stream = avformat.avformat_new_stream(context, null);
        Ffmpeg.check(
                avcodec.avcodec_parameters_from_context(stream.codecpar(), encoder.context()), "stream parameters");
        try (AVRational frameTime = encoder.context().time_base();
                AVRational frameRate = encoder.context().framerate()) {
            stream.time_base(frameTime).avg_frame_rate(frameRate).r_frame_rate(frameRate);
        }
        if (sound.isPresent()) {
            sound.get().describe(avformat.avformat_new_stream(context, null));
        }
        openFile();
        if (!isMp4()) {
            // No random identifiers: equal clips are equal files. MP4 has none anyway.
            context.flags(context.flags() | AVFMT_FLAG_BITEXACT);
        }
        AVDictionary options = new AVDictionary((Pointer) null);
        try {
            if (isMp4()) {
                boolean plain = PLAIN_MP4_TAGS.containsAll(metadata.keySet());
                Ffmpeg.put(options, "movflags", plain ? "+faststart" : "+faststart+use_metadata_tags");
            } else if (format == OutputFormat.WEBP) {
                Ffmpeg.put(options, "loop", "0");
            }
            Ffmpeg.check(avformat.avformat_init_output(context, options), "file header");
        } finally {
            avutil.av_dict_free(options);
        }
        setTags();
        Ffmpeg.check(avformat.avformat_write_header(context, (AVDictionary) null), "file header");
        headerWritten = true;
    }

    private boolean isMp4() {
        return format.muxer().equals("mp4");
    }

    private void openFile() throws FfmpegException {
        // The prefix keeps a name with a colon from being taken for an address.
        try (BytePointer name = new BytePointer("file:" + file.temporary(), StandardCharsets.UTF_8);
                PointerPointer<AVIOContext> place = new PointerPointer<>(1)) {
            place.put(0, (Pointer) null);
            Ffmpeg.check(avformat.avio_open(place, name, AVIO_FLAG_WRITE), "opening the file");
            context.pb(place.get(AVIOContext.class, 0));
            context.url(
                    avutil.av_strdup(name)); // moving an MP4's index to the front reads the file again; freed with it
        }
    }

    /** After the muxer's initialisation, which drops the encoder tag of a caller. */
    private void setTags() {
        AVDictionary tags = new AVDictionary((Pointer) null);
        metadata.forEach((key, value) -> Ffmpeg.put(tags, key, value));
        context.metadata(tags); // freed with the context
    }

    @Override
    public void write(AVPacket packet) throws FfmpegException {
        AVStream stream = context.streams(PICTURES);
        double frameSeconds =
                (double) stream.avg_frame_rate().den() / stream.avg_frame_rate().num();
        writeSound(packet.pts() * frameSeconds, false);
        picturesEndSeconds = Math.max(picturesEndSeconds, (packet.pts() + packet.duration()) * frameSeconds);
        try (AVRational streamTime = stream.time_base();
                AVRational frameTime = PictureEncoder.rational(
                        stream.avg_frame_rate().den(), stream.avg_frame_rate().num())) {
            avcodec.av_packet_rescale_ts(packet, frameTime, streamTime);
        }
        packet.stream_index(PICTURES);
        put(packet, "writing a frame");
    }

    private void put(AVPacket packet, String call) throws FfmpegException {
        Ffmpeg.check(avformat.av_interleaved_write_frame(context, packet), call);
        // What does not fit the buffer is written at once; an error there is kept and would surface only at the end.
        Ffmpeg.check(context.pb().error(), call);
    }

    /** Writes the sound up to a time, so that both streams lie side by side in the file and nothing piles up. */
    private void writeSound(double untilSeconds, boolean last) throws FfmpegException {
        if (sound.isEmpty()) {
            return;
        }
        AVPacket packet = avcodec.av_packet_alloc();
        try (AVRational soundTime = sound.get().timeBase();
                AVRational streamTime = context.streams(SOUND).time_base()) {
            while (sound.get().next(packet, untilSeconds, last)) {
                avcodec.av_packet_rescale_ts(packet, soundTime, streamTime);
                packet.stream_index(SOUND);
                put(packet, "writing sound");
                avcodec.av_packet_unref(packet);
            }
        } finally {
            avcodec.av_packet_free(packet);
        }
    }

    @Override
    public void finish() throws FfmpegException, IOException {
        writeSound(picturesEndSeconds, true);
        headerWritten = false; // also a failed trailer must not be written twice
        Ffmpeg.check(avformat.av_write_trailer(context), "completing the file");
        avformat.avio_flush(context.pb());
        Ffmpeg.check(context.pb().error(), "completing the file");
        closeFile();
        if (format == OutputFormat.GIF) {
            GifComment.insert(file.temporary(), metadata);
        }
        file.settle();
    }

    private void closeFile() throws FfmpegException {
        AVIOContext output = context.pb();
        if (output != null && !output.isNull()) {
            context.pb(null);
            Ffmpeg.check(avformat.avio_close(output), "closing the file");
        }
    }

    @Override
    public void close() {
        try {
            if (headerWritten) {
                headerWritten = false;
                // Frees what muxers hold until the end; the file is thrown away, so a failure does not matter.
                int ignored = avformat.av_write_trailer(context);
            }
            closeFile();
        } catch (FfmpegException e) {
            System.getLogger(ContainerFile.class.getName())
                    .log(System.Logger.Level.DEBUG, "closing a file that is thrown away", e);
        } finally {
            avformat.avformat_free_context(context);
            sound.ifPresent(SoundStream::close);
            file.close();
        }
    }
}
