package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_AAC;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLT;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLTP;

import java.util.Set;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;

/** How sound is compressed where it cannot be copied, and what each container takes as it is. */
enum SoundCodec {
    /** AAC-LC by FFmpeg itself: plays wherever MP4 does. */
    AAC("aac", AV_SAMPLE_FMT_FLTP, 96_000),
    /** Opus by libopus, which counts time at 48 kHz whatever it is given. */
    OPUS("libopus", AV_SAMPLE_FMT_FLT, 64_000);

    private static final int COMMON_RATE = 48_000;

    /** Sampling frequencies of MPEG-4 audio that are in use (ISO/IEC 14496-3, table 1.18). */
    private static final Set<Integer> AAC_RATES =
            Set.of(96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000);

    /** What players of MP4 know; FFmpeg would put more into it. */
    private static final Set<String> PLAYED_IN_MP4 = Set.of("aac", "mp3", "ac3", "eac3", "alac");

    /** All that WebM allows. */
    private static final Set<String> ALLOWED_IN_WEBM = Set.of("opus", "vorbis");

    private final String encoder;
    private final int sampleFormat;
    private final int bitsPerSecondOfAChannel;

    SoundCodec(String encoder, int sampleFormat, int bitsPerSecondOfAChannel) {
        this.encoder = encoder;
        this.sampleFormat = sampleFormat;
        this.bitsPerSecondOfAChannel = bitsPerSecondOfAChannel;
    }

    /** Whether a format has a place for sound: GIF, WebP and PNG have none. */
    static boolean hasSound(OutputFormat format) {
        return switch (format.muxer()) {
            case "mp4", "matroska", "webm" -> true;
            default -> false;
        };
    }

    /** What sound is encoded to. */
    static SoundCodec of(OutputFormat format) {
        return format.muxer().equals("webm") ? OPUS : AAC;
    }

    /** Whether a format takes such packets as they are. */
    static boolean isTaken(OutputFormat format, AVCodecParameters sound) {
        // AAC of broadcasts carries its parameters in every packet; these containers want them apart.
        if (sound.codec_id() == AV_CODEC_ID_AAC && sound.extradata_size() == 0) {
            return false;
        }
        String name = Ffmpeg.text(avcodec.avcodec_get_name(sound.codec_id()));
        return switch (format.muxer()) {
            case "mp4" -> PLAYED_IN_MP4.contains(name);
            case "webm" -> ALLOWED_IN_WEBM.contains(name);
            default ->
                avformat.avformat_query_codec(
                                avformat.av_guess_format(format.muxer(), null, null),
                                sound.codec_id(),
                                avcodec.FF_COMPLIANCE_NORMAL)
                        == 1;
        };
    }

    /** FFmpeg's name of the encoder that makes it. */
    String encoder() {
        return encoder;
    }

    /** How FFmpeg's encoder wants its samples: 32-bit floats, each channel apart or all interleaved. */
    int sampleFormat() {
        return sampleFormat;
    }

    boolean isPlanar() {
        return sampleFormat == AV_SAMPLE_FMT_FLTP;
    }

    int bitsPerSecond(int channels) {
        return bitsPerSecondOfAChannel * channels;
    }

    /** The sources' rate if they have one and AAC knows it, else 48 kHz. */
    int sampleRate(Set<Integer> sourceRates) {
        int only = sourceRates.size() == 1 ? sourceRates.iterator().next() : COMMON_RATE;
        return this == AAC && AAC_RATES.contains(only) ? only : COMMON_RATE;
    }
}
