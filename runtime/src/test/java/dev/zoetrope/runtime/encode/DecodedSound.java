package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLT;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLTP;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S16;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.ShortPointer;

/**
 * The first channel of a file's sound, decoded by FFmpeg alone and laid on the time line by the time stamps.
 *
 * @param codec FFmpeg's name of the codec
 * @param sampleRate samples a second
 * @param channels number of channels
 * @param beginSeconds time of the first sample
 * @param samples number of decoded samples
 * @param line samples from time 0 on; silence where there is none
 * @param packets checksums of the packets
 */
record DecodedSound(
        String codec,
        int sampleRate,
        int channels,
        double beginSeconds,
        long samples,
        FloatBuffer line,
        List<Long> packets) {

    /** Matroska rounds times to milliseconds; samples whose time is off by so much follow the ones before. */
    private static final double ROUNDING_SECONDS = 0.0015;

    /** Empty when the file has no sound stream. */
    static Optional<DecodedSound> read(Path file) {
        Ffmpeg.load();
        AVPacket packet = avcodec.av_packet_alloc();
        AVFrame frame = avutil.av_frame_alloc();
        try (MediaFile media = MediaFile.open(file, InputLimits.none())) {
            int index = media.bestStream(AVMEDIA_TYPE_AUDIO);
            if (index < 0) {
                return Optional.empty();
            }
            AVStream stream = media.container().streams(index);
            AVCodecContext decoder = MediaFile.openDecoder(stream, true, Integer.MAX_VALUE);
            double tick = MediaFile.tickSeconds(stream);
            int rate = stream.codecpar().sample_rate();
            List<Long> checksums = new ArrayList<>();
            float[] line = new float[0];
            long samples = 0;
            double begin = Double.NaN;
            int end = 0;
            boolean more = true;
            while (more) {
                more = media.read(stream, packet);
                if (more) {
                    checksums.add(checksum(packet));
                }
                Ffmpeg.check(avcodec.avcodec_send_packet(decoder, more ? packet : null), "sound of a test");
                avcodec.av_packet_unref(packet);
                while (avcodec.avcodec_receive_frame(decoder, frame) >= 0) {
                    double seconds = frame.best_effort_timestamp() * tick;
                    begin = Double.isNaN(begin) ? seconds : begin;
                    int place = (int) Math.round(seconds * rate);
                    place = Math.abs(place - end) <= ROUNDING_SECONDS * rate ? end : place;
                    end = place + frame.nb_samples();
                    line = Arrays.copyOf(line, Math.max(line.length, Math.max(0, place + frame.nb_samples())));
                    float[] made = firstChannel(frame);
                    for (int sample = Math.max(0, -place); sample < made.length; sample++) {
                        line[place + sample] = made[sample];
                    }
                    samples += frame.nb_samples();
                }
            }
            int channels = decoder.ch_layout().nb_channels();
            avcodec.avcodec_free_context(decoder);
            String codec =
                    Ffmpeg.text(avcodec.avcodec_get_name(stream.codecpar().codec_id()));
            return Optional.of(
                    new DecodedSound(codec, rate, channels, begin, samples, FloatBuffer.wrap(line), checksums));
        } catch (FfmpegException e) {
            throw new IllegalStateException(file.toString(), e);
        } finally {
            avutil.av_frame_free(frame);
            avcodec.av_packet_free(packet);
        }
    }

    private static long checksum(AVPacket packet) {
        CRC32 sum = new CRC32();
        byte[] bytes = new byte[packet.size()];
        new BytePointer(packet.data()).get(bytes);
        sum.update(bytes);
        return sum.getValue();
    }

    private static float[] firstChannel(AVFrame frame) {
        float[] samples = new float[frame.nb_samples()];
        int step = frame.format() == AV_SAMPLE_FMT_FLTP ? 1 : frame.ch_layout().nb_channels();
        for (int sample = 0; sample < samples.length; sample++) {
            long place = (long) sample * step;
            if (frame.format() == AV_SAMPLE_FMT_S16) {
                samples[sample] = new ShortPointer(frame.data(0)).get(place) / 32768f;
            } else if (frame.format() == AV_SAMPLE_FMT_FLTP || frame.format() == AV_SAMPLE_FMT_FLT) {
                samples[sample] = new FloatPointer(frame.data(0)).get(place);
            } else {
                throw new IllegalStateException("sample format " + frame.format());
            }
        }
        return samples;
    }

    double endSeconds() {
        return beginSeconds + (double) samples / sampleRate;
    }

    /** Root of the mean square between two times; 1 is a full square wave, a sine of amplitude a has a / sqrt(2). */
    double rms(double fromSeconds, double toSeconds) {
        double sum = 0;
        int from = (int) Math.round(fromSeconds * sampleRate);
        int to = (int) Math.round(toSeconds * sampleRate);
        for (int sample = from; sample < to; sample++) {
            double value = sample < line.capacity() ? line.get(sample) : 0;
            sum += value * value;
        }
        return Math.sqrt(sum / (to - from));
    }

    /** Pitch of a tone in hertz, by the times it rises through zero. */
    double hertz(double fromSeconds, double toSeconds) {
        int from = (int) Math.round(fromSeconds * sampleRate);
        int to = Math.min(line.capacity(), (int) Math.round(toSeconds * sampleRate));
        int rises = 0;
        for (int sample = from + 1; sample < to; sample++) {
            if (line.get(sample - 1) < 0 && line.get(sample) >= 0) {
                rises++;
            }
        }
        return rises * (double) sampleRate / (to - from);
    }
}
