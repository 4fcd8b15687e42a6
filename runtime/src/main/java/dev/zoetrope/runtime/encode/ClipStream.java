package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avcodec.AV_EF_EXPLODE;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_INVALIDDATA;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_STREAM_NOT_FOUND;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;

import dev.zoetrope.runtime.frame.FrameRate;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/** The video stream of one open file: demuxer and decoder. Confined to one thread; owns everything native. */
final class ClipStream implements AutoCloseable {
    /**
     * Containers that are read. FFmpeg knows play lists and concatenations as well, which name other files: a file that
     * somebody sent must not make this process open those.
     */
    private static final String CONTAINERS =
            "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,gif,webp,webp_pipe,webp_anim,awebp,png_pipe,apng,jpeg_pipe,avi,mpegts,"
                    + "mpeg,flv,ogg,ivf,h264,hevc,obu,y4m,yuv4mpegpipe,nut";

    private static final String PROTOCOLS = "file";

    private final AVFormatContext container;
    private final AVStream stream;
    private final AVCodecContext decoder;
    private final AVPacket packet = avcodec.av_packet_alloc();
    private final AVFrame frame = avutil.av_frame_alloc();
    private boolean flushing;

    private ClipStream(AVFormatContext container, AVStream stream, AVCodecContext decoder) {
        this.container = container;
        this.stream = stream;
        this.decoder = decoder;
    }

    static ClipStream open(Path file) throws FfmpegException {
        AVFormatContext container = openContainer(file);
        try {
            Ffmpeg.check(
                    avformat.avformat_find_stream_info(container, (AVDictionary) null), "looking for a video stream");
            int index = avformat.av_find_best_stream(container, AVMEDIA_TYPE_VIDEO, -1, -1, (AVCodec) null, 0);
            Ffmpeg.check(index, "looking for a video stream");
            AVStream stream = container.streams(index);
            return new ClipStream(container, stream, openDecoder(stream));
        } catch (FfmpegException e) {
            avformat.avformat_close_input(container);
            throw e;
        }
    }

    private static AVFormatContext openContainer(Path file) throws FfmpegException {
        AVDictionary options = new AVDictionary((Pointer) null);
        Ffmpeg.put(options, "format_whitelist", CONTAINERS);
        Ffmpeg.put(options, "protocol_whitelist", PROTOCOLS);
        // The prefix keeps a name with a colon from being taken for an address.
        try (BytePointer name = new BytePointer("file:" + file, StandardCharsets.UTF_8);
                PointerPointer<AVFormatContext> place = new PointerPointer<>(1);
                PointerPointer<AVDictionary> optionPlace = new PointerPointer<>(1)) {
            place.put(0, (Pointer) null);
            optionPlace.put(0, options);
            int code = avformat.avformat_open_input(place, name, null, optionPlace);
            avutil.av_dict_free(optionPlace);
            Ffmpeg.check(code, "opening the file");
            return place.get(AVFormatContext.class, 0);
        }
    }

    private static AVCodecContext openDecoder(AVStream stream) throws FfmpegException {
        AVCodec codec = avcodec.avcodec_find_decoder(stream.codecpar().codec_id());
        if (codec == null) {
            throw Ffmpeg.failure(avutil.AVERROR_DECODER_NOT_FOUND, "looking for a decoder");
        }
        AVCodecContext decoder = avcodec.avcodec_alloc_context3(codec);
        int code = avcodec.avcodec_parameters_to_context(decoder, stream.codecpar());
        if (code >= 0) {
            // A damaged picture is an error, not something to paint over.
            decoder.thread_count(1).err_recognition(decoder.err_recognition() | AV_EF_EXPLODE);
            code = avcodec.avcodec_open2(decoder, codec, (AVDictionary) null);
        }
        if (code < 0) {
            avcodec.avcodec_free_context(decoder);
        }
        Ffmpeg.check(code, "opening the decoder");
        return decoder;
    }

    /** Reads to the end of the file and counts the stream's packets, one for each frame. */
    long countPackets() throws FfmpegException {
        long packets = 0;
        while (readPacket()) {
            packets++;
            avcodec.av_packet_unref(packet);
        }
        long promised = stream.nb_frames();
        if (promised > packets) {
            throw new FfmpegException(
                    "counting frames",
                    AVERROR_INVALIDDATA,
                    packets + " of the " + promised + " frames that its header promises");
        }
        return packets;
    }

    /** The next decoded frame, valid until the next call; empty after the last one. */
    Optional<AVFrame> decode() throws FfmpegException {
        while (true) {
            int code = avcodec.avcodec_receive_frame(decoder, frame);
            if (code >= 0) {
                return Optional.of(frame);
            }
            if (code == AVERROR_EOF) {
                return Optional.empty();
            }
            if (!Ffmpeg.isDrained(code) || flushing) {
                throw Ffmpeg.failure(code, "decoding a frame");
            }
            feed();
        }
    }

    private void feed() throws FfmpegException {
        if (readPacket()) {
            int code = avcodec.avcodec_send_packet(decoder, packet);
            avcodec.av_packet_unref(packet);
            Ffmpeg.check(code, "decoding a frame");
        } else {
            flushing = true;
            Ffmpeg.check(avcodec.avcodec_send_packet(decoder, null), "decoding a frame");
        }
    }

    /** Reads the next packet of the stream; false at the end of the file. */
    private boolean readPacket() throws FfmpegException {
        while (true) {
            int code = avformat.av_read_frame(container, packet);
            if (code == AVERROR_EOF) {
                Ffmpeg.check(container.pb() == null ? 0 : container.pb().error(), "reading the file");
                return false;
            }
            Ffmpeg.check(code, "reading the file");
            if (packet.stream_index() == stream.index()) {
                return true;
            }
            avcodec.av_packet_unref(packet);
        }
    }

    /** Frames per second by the container, or what FFmpeg makes of its time stamps. */
    FrameRate frameRate() throws FfmpegException {
        try (AVRational rate = avformat.av_guess_frame_rate(container, stream, null)) {
            if (rate.num() < 1 || rate.den() < 1) {
                throw Ffmpeg.failure(AVERROR_STREAM_NOT_FOUND, "looking for a frame rate");
            }
            return new FrameRate(rate.num(), rate.den());
        }
    }

    /** Tags of the file and of the stream. */
    Map<String, String> metadata() {
        Map<String, String> metadata = new LinkedHashMap<>();
        Ffmpeg.collect(container.metadata(), metadata);
        Ffmpeg.collect(stream.metadata(), metadata);
        return metadata;
    }

    String codecName() {
        return Ffmpeg.text(avcodec.avcodec_get_name(stream.codecpar().codec_id()));
    }

    String containerName() {
        return Ffmpeg.text(container.iformat().name());
    }

    @Override
    public void close() {
        avutil.av_frame_free(frame);
        avcodec.av_packet_free(packet);
        avcodec.avcodec_free_context(decoder);
        avformat.avformat_close_input(container);
    }
}
