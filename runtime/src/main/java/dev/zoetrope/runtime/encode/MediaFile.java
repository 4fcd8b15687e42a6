package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avformat.AVFMT_NOFILE;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.StringJoiner;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVInputFormat;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/** A file opened for reading, of any format that FFmpeg knows and that is one file. Confined to one thread. */
final class MediaFile implements AutoCloseable {
    /** Lists of other files or addresses: a file that somebody sent must not make this process open those. */
    private static final Set<String> LISTS =
            Set.of("concat", "hls", "dash", "webm_dash_manifest", "imf", "sdp", "rtsp", "rtp", "sap");

    /** Formats that take files beside their own by the names of these. */
    private static final Set<String> OF_SEVERAL_FILES = Set.of("vobsub", "mlv");

    /** Formats that paint any text or bytes as a picture. */
    private static final Set<String> OF_ANYTHING = Set.of("tty", "bin", "xbin", "adf", "idf", "data");

    /** FFmpeg's reader of a picture that is known by its name alone. */
    static final String PICTURE = "image2";

    private static final String PROTOCOLS = "file";

    /** FFmpeg's name for a decoder's limit. */
    private static final String MOST_PIXELS = "max_pixels";

    private final AVFormatContext container;

    private MediaFile(AVFormatContext container) {
        this.container = container;
    }

    /** Opens a file and finds out which streams it has. */
    static MediaFile open(Path file, InputLimits limits) throws FfmpegException {
        AVDictionary options = new AVDictionary((Pointer) null);
        Ffmpeg.put(options, "format_whitelist", Formats.READ);
        Ffmpeg.put(options, "protocol_whitelist", PROTOCOLS);
        // A name such as ball-%d.png means that one file, not a sequence; formats without the option pass over it.
        Ffmpeg.put(options, "pattern_type", "none");
        // The prefix keeps a name with a colon from being taken for an address.
        try (BytePointer name = new BytePointer("file:" + file, StandardCharsets.UTF_8);
                PointerPointer<AVFormatContext> place = new PointerPointer<>(1);
                PointerPointer<AVDictionary> optionPlace = new PointerPointer<>(1)) {
            place.put(0, (Pointer) null);
            optionPlace.put(0, options);
            int code = avformat.avformat_open_input(place, name, null, optionPlace);
            avutil.av_dict_free(optionPlace);
            Ffmpeg.check(code, "opening the file");
            MediaFile media = new MediaFile(place.get(AVFormatContext.class, 0));
            try {
                media.findStreams(limits);
            } catch (FfmpegException e) {
                media.close();
                throw e;
            }
            return media;
        }
    }

    /** FFmpeg may decode some frames to find out: the limit is set for each stream. */
    private void findStreams(InputLimits limits) throws FfmpegException {
        int streams = container.nb_streams();
        try (PointerPointer<AVDictionary> options = new PointerPointer<>(Math.max(1, streams))) {
            for (int index = 0; index < streams; index++) {
                AVDictionary dictionary = new AVDictionary((Pointer) null);
                Ffmpeg.put(dictionary, MOST_PIXELS, String.valueOf(limits.pixels(isPicture())));
                options.put(index, dictionary);
            }
            int code = avformat.avformat_find_stream_info(container, options);
            for (int index = 0; index < streams; index++) {
                avutil.av_dict_free(options.position(index));
            }
            options.position(0);
            Ffmpeg.check(code, "looking for streams");
        }
    }

    AVFormatContext container() {
        return container;
    }

    /** FFmpeg's name of the format, such as {@code mov,mp4,m4a,3gp,3g2,mj2}. */
    String format() {
        return Ffmpeg.text(container.iformat().name());
    }

    /** Whether it is a still picture in a file of its own. */
    boolean isPicture() {
        return format().endsWith("_pipe") || format().equals(PICTURE);
    }

    /** Index of the stream of a kind that a player would choose, or a negative error code. */
    int bestStream(int mediaType) {
        return avformat.av_find_best_stream(container, mediaType, -1, -1, (AVCodec) null, 0);
    }

    /** Reads the next packet of one stream; false at the end of the file. */
    boolean read(AVStream stream, AVPacket packet) throws FfmpegException {
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

    /**
     * Opens a decoder for a stream; the caller frees it.
     *
     * @param strict whether a damaged part is an error, not something to paint over
     * @param mostPixels of a frame; what is larger is not decoded
     */
    static AVCodecContext openDecoder(AVStream stream, boolean strict, long mostPixels) throws FfmpegException {
        AVCodec codec = avcodec.avcodec_find_decoder(stream.codecpar().codec_id());
        if (codec == null) {
            throw Ffmpeg.failure(
                    avutil.AVERROR_DECODER_NOT_FOUND,
                    "looking for a decoder of "
                            + Ffmpeg.text(
                                    avcodec.avcodec_get_name(stream.codecpar().codec_id())));
        }
        AVCodecContext decoder = avcodec.avcodec_alloc_context3(codec);
        int code = avcodec.avcodec_parameters_to_context(decoder, stream.codecpar());
        if (code >= 0) {
            // The reader of TIFF takes every tag that it does not know for damage.
            boolean tiff = stream.codecpar().codec_id() == avcodec.AV_CODEC_ID_TIFF;
            int errors = strict && !tiff ? avcodec.AV_EF_EXPLODE : 0;
            decoder.max_pixels(mostPixels);
            decoder.thread_count(1).err_recognition(decoder.err_recognition() | errors);
            try (AVRational tick = stream.time_base()) {
                decoder.pkt_timebase(tick);
            }
            code = avcodec.avcodec_open2(decoder, codec, (AVDictionary) null);
        }
        if (code < 0) {
            avcodec.avcodec_free_context(decoder);
        }
        Ffmpeg.check(code, "opening the decoder");
        return decoder;
    }

    /** Seconds that one unit of a stream's time stamps lasts. */
    static double tickSeconds(AVStream stream) {
        try (AVRational tick = stream.time_base()) {
            return (double) tick.num() / tick.den();
        }
    }

    @Override
    public void close() {
        avformat.avformat_close_input(container);
    }

    /** Asked of FFmpeg once, when its libraries are loaded. */
    private static final class Formats {
        static final String READ = read();

        private static String read() {
            StringJoiner names = new StringJoiner(",");
            try (Pointer place = new Pointer((Pointer) null)) {
                AVInputFormat format;
                while ((format = avformat.av_demuxer_iterate(place)) != null) {
                    String name = Ffmpeg.text(format.name());
                    boolean file = (format.flags() & AVFMT_NOFILE) == 0 || name.equals(PICTURE);
                    if (file
                            && !LISTS.contains(name)
                            && !OF_SEVERAL_FILES.contains(name)
                            && !OF_ANYTHING.contains(name)) {
                        names.add(name);
                    }
                }
            }
            return names.toString();
        }
    }
}
