package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_PROP_INTRA_ONLY;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_DISCARD;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_KEY;
import static org.bytedeco.ffmpeg.global.avformat.AV_STREAM_GROUP_PARAMS_TILE_GRID;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_INVALIDDATA;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_PATCHWELCOME;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.AV_TIME_BASE;

import dev.zoetrope.runtime.frame.FrameRate;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVCodecDescriptor;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avformat.AVStreamGroup;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;

/** The video stream of one open file: demuxer and decoder. Confined to one thread; owns everything native. */
final class ClipStream implements AutoCloseable {
    /** What FFmpeg gives pictures without any time, and what is taken where a stream does not tell. */
    private static final FrameRate UNKNOWN_RATE = FrameRate.of(25);

    /** A nominal rate this much off the measured one is a greatest common divisor of unequal times, not a rate. */
    private static final double NOMINAL_RATE_FACTOR = 1.5;

    /** Containers and codecs where one packet is one picture, so that pictures are counted without decoding them. */
    private static final Set<String> EXACT_CONTAINERS =
            Set.of("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "gif", "apng", "ivf");

    private static final Set<String> EXACT_CODECS = Set.of("h264", "hevc", "vp9", "av1", "gif", "apng");
    private static final String MOV = "mov,mp4,m4a,3gp,3g2,mj2";

    /** Broadcast streams may begin anywhere; what comes before the first key frame cannot be decoded. */
    private static final Set<String> BEGIN_ANYWHERE = Set.of("mpegts", "mpeg", "mpegvideo", "h264", "hevc");

    private final Path file;
    private final InputLimits limits;
    private final MediaFile media;
    private final AVStream stream;
    private final AVCodecContext decoder;
    private final AVPacket packet = avcodec.av_packet_alloc();
    private final AVFrame frame = avutil.av_frame_alloc();
    private final double tickSeconds;
    private final boolean still;
    private boolean awaitsKeyFrame;
    private boolean flushing;
    private double frameSeconds = Double.NaN;
    private double frameEndSeconds;

    /**
     * How much there is of a clip.
     *
     * @param frames number of pictures
     * @param beginSeconds time stamp of the first
     * @param endSeconds when the last one ends
     */
    record Extent(long frames, double beginSeconds, double endSeconds) {
        double seconds() {
            return endSeconds - beginSeconds;
        }
    }

    private ClipStream(Path file, InputLimits limits, MediaFile media, AVStream stream, AVCodecContext decoder) {
        this.file = file;
        this.limits = limits;
        this.media = media;
        this.stream = stream;
        this.decoder = decoder;
        this.tickSeconds = MediaFile.tickSeconds(stream);
        // A photograph may have a second, smaller picture behind the first; only the first is meant.
        this.still = media.isPicture();
        this.awaitsKeyFrame = BEGIN_ANYWHERE.contains(media.format());
    }

    static ClipStream open(Path file, InputLimits limits) throws FfmpegException {
        MediaFile media = MediaFile.open(file, limits);
        try {
            requireWholePicture(media.container());
            AVStream stream = media.container()
                    .streams(Ffmpeg.check(media.bestStream(AVMEDIA_TYPE_VIDEO), "looking for a video stream"));
            boolean picture = media.isPicture();
            limits.checkSize(
                    file, picture, stream.codecpar().width(), stream.codecpar().height());
            limits.checkLength(file, 0, (double) media.container().duration() / AV_TIME_BASE);
            return new ClipStream(
                    file, limits, media, stream, MediaFile.openDecoder(stream, true, limits.pixels(picture)));
        } catch (FfmpegException | RuntimeException e) {
            media.close();
            throw e;
        }
    }

    /** A picture in tiles (HEIC of phones) is a stream a tile; one of them, or the thumbnail, must not pass for it. */
    private static void requireWholePicture(AVFormatContext container) throws FfmpegException {
        for (int index = 0; index < container.nb_stream_groups(); index++) {
            AVStreamGroup group = container.stream_groups(index);
            if (group.type() == AV_STREAM_GROUP_PARAMS_TILE_GRID && group.nb_streams() > 1) {
                throw new FfmpegException(
                        "looking for a whole picture",
                        AVERROR_PATCHWELCOME,
                        "a picture in " + group.nb_streams() + " tiles, save it as JPEG or PNG");
            }
        }
    }

    /** Reads to the end of the file and counts. The stream is of no use for reading after that. */
    Extent measure() throws FfmpegException {
        return !still && onePacketAFrame() ? measurePackets() : measureFrames();
    }

    private boolean onePacketAFrame() {
        AVCodecDescriptor codec =
                avcodec.avcodec_descriptor_get(stream.codecpar().codec_id());
        boolean intra = codec != null && (codec.props() & AV_CODEC_PROP_INTRA_ONLY) != 0;
        return EXACT_CONTAINERS.contains(media.format()) && (intra || EXACT_CODECS.contains(codecName()));
    }

    private Extent measurePackets() throws FfmpegException {
        long packets = 0;
        long shown = 0;
        double begin = Double.POSITIVE_INFINITY;
        double end = Double.NEGATIVE_INFINITY;
        while (readPacket()) {
            packets++;
            // What an edit list leaves out is decoded, for others refer to it, but not shown.
            if ((packet.flags() & AV_PKT_FLAG_DISCARD) == 0) {
                double seconds = seconds(packet.pts() == AV_NOPTS_VALUE ? packet.dts() : packet.pts(), shown);
                begin = Math.min(begin, seconds);
                end = Math.max(end, seconds + durationSeconds(packet.duration()));
                shown++;
                limits.checkLength(file, shown, end - begin);
            }
            avcodec.av_packet_unref(packet);
        }
        // MP4 lists its pictures, which may be fewer than its header counts where a part has been cut away.
        long promised =
                media.format().equals(MOV) ? avformat.avformat_index_get_entries_count(stream) : stream.nb_frames();
        if (promised > packets) {
            throw new FfmpegException(
                    "counting frames",
                    AVERROR_INVALIDDATA,
                    packets + " of the " + promised + " frames that its header promises");
        }
        return new Extent(shown, begin, end);
    }

    private Extent measureFrames() throws FfmpegException {
        long frames = 0;
        double begin = 0;
        while (decode().isPresent()) {
            if (frames++ == 0) {
                begin = frameSeconds;
            }
            limits.checkLength(file, frames, frameEndSeconds - begin);
        }
        return new Extent(frames, begin, frameEndSeconds);
    }

    private double seconds(long timeStamp, long index) {
        return timeStamp == AV_NOPTS_VALUE ? index * nominalFrameSeconds() : timeStamp * tickSeconds;
    }

    private double durationSeconds(long ticks) {
        return ticks > 0 ? ticks * tickSeconds : nominalFrameSeconds();
    }

    private double nominalFrameSeconds() {
        double guessed = guessedRate();
        // For uneven frames the guess is the clock's own rate, which is not how long a frame is seen.
        boolean rate = guessed > 0 && guessed <= FrameRate.MAX_FRAMES_PER_SECOND;
        return 1 / (rate ? guessed : UNKNOWN_RATE.framesPerSecond());
    }

    /** The next decoded frame, valid until the next call; empty after the last one. */
    Optional<AVFrame> decode() throws FfmpegException {
        if (still && !Double.isNaN(frameSeconds)) {
            return Optional.empty();
        }
        while (true) {
            int code = avcodec.avcodec_receive_frame(decoder, frame);
            if (code >= 0) {
                takeTime();
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

    private void takeTime() {
        long stamp = frame.best_effort_timestamp();
        // Raw streams carry no times: a picture then follows the one before.
        double seconds = stamp == AV_NOPTS_VALUE ? frameEndSeconds : stamp * tickSeconds;
        frameSeconds = Double.isNaN(frameSeconds) ? seconds : Math.max(frameSeconds, seconds);
        frameEndSeconds = frameSeconds + durationSeconds(frame.duration());
    }

    /** When the last decoded frame is to be shown, by the file's own clock. */
    double frameSeconds() {
        return frameSeconds;
    }

    /** When the last decoded frame ends if nothing follows it. */
    double frameEndSeconds() {
        return frameEndSeconds;
    }

    /** The coarseness of the file's clock in seconds. */
    double tickSeconds() {
        return tickSeconds;
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
        while (media.read(stream, packet)) {
            if (!awaitsKeyFrame || (packet.flags() & AV_PKT_FLAG_KEY) != 0) {
                awaitsKeyFrame = false;
                return true;
            }
            avcodec.av_packet_unref(packet);
        }
        return false;
    }

    /** Frames per second by the container, or what FFmpeg makes of its time stamps; 0 if neither says. */
    private double guessedRate() {
        try (AVRational rate = avformat.av_guess_frame_rate(media.container(), stream, null)) {
            return rate.num() > 0 && rate.den() > 0 ? (double) rate.num() / rate.den() : 0;
        }
    }

    /** Frames per second: what the file says if its frames bear that out, else the mean. */
    FrameRate frameRate(Extent extent) {
        double guessed = guessedRate();
        double measured = extent.seconds() > 0 ? extent.frames() / extent.seconds() : 0;
        double nominal = guessed > 0 ? guessed : measured;
        boolean borneOut = measured == 0
                || (nominal <= measured * NOMINAL_RATE_FACTOR && nominal >= measured / NOMINAL_RATE_FACTOR);
        double rate = borneOut ? nominal : measured;
        if (rate == 0) {
            return UNKNOWN_RATE;
        }
        double allowed = Math.clamp(rate, 1.0 / FrameRate.MAX_FRAME_SECONDS, (double) FrameRate.MAX_FRAMES_PER_SECOND);
        if (allowed != guessed) {
            return FrameRate.of(allowed);
        }
        try (AVRational exact = avformat.av_guess_frame_rate(media.container(), stream, null)) {
            return new FrameRate(exact.num(), exact.den());
        }
    }

    /** The shape of a frame's pixels: width over height, 1 where nothing sensible is said. */
    double pixelAspect(AVFrame picture) {
        try (AVRational aspect = avformat.av_guess_sample_aspect_ratio(media.container(), stream, picture)) {
            return aspect.num() > 0 && aspect.den() > 0 ? (double) aspect.num() / aspect.den() : 1;
        }
    }

    /** Whether the file has sound as well. */
    boolean hasSound() {
        return media.bestStream(AVMEDIA_TYPE_AUDIO) >= 0;
    }

    /** Tags of the file and of the stream. */
    Map<String, String> metadata() {
        Map<String, String> metadata = new LinkedHashMap<>();
        Ffmpeg.collect(media.container().metadata(), metadata);
        Ffmpeg.collect(stream.metadata(), metadata);
        return metadata;
    }

    String codecName() {
        return Ffmpeg.text(avcodec.avcodec_get_name(stream.codecpar().codec_id()));
    }

    String containerName() {
        return media.format();
    }

    @Override
    public void close() {
        avutil.av_frame_free(frame);
        avcodec.av_packet_free(packet);
        avcodec.avcodec_free_context(decoder);
        media.close();
    }
}
