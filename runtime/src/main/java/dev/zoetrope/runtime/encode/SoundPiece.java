package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLTP;

import dev.zoetrope.runtime.error.OutputException;
import java.util.Arrays;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVChannelLayout;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swresample;
import org.bytedeco.ffmpeg.swresample.SwrContext;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;

/**
 * One piece of a file's sound, decoded, at the sample rate and number of channels of the clip, read forwards. Samples
 * count from the beginning of the piece. Confined to one thread; owns everything native.
 */
final class SoundPiece implements AutoCloseable {
    /** Sound that is cut in full swing clicks; over this time it rises and falls. */
    private static final double FADE_SECONDS = 0.005;

    /** Time stamps that are off by less are rounded; more is a hole in the source, which stays silent. */
    private static final double HOLE_SECONDS = 0.1;

    private final SoundInput input;
    private final int sampleRate;
    private final int channels;
    private final long length;
    private final int fade;
    private final AVCodecContext decoder;
    private final AVPacket packet = avcodec.av_packet_alloc();
    private final AVFrame frame = avutil.av_frame_alloc();
    private @Nullable SwrContext resampler;
    private int lastFormat;
    private int lastRate;
    private int lastChannels;
    /** Decoded samples that wait, [channels, capacity]; `ready` of them from `start` on. */
    private float[][] samples;

    private long start;
    private int ready;
    private boolean flushing;
    private boolean ended;

    private SoundPiece(SoundInput input, AVCodecContext decoder, int sampleRate, int channels) {
        this.input = input;
        this.decoder = decoder;
        this.sampleRate = sampleRate;
        this.channels = channels;
        this.length = Math.round(input.track().seconds() * sampleRate);
        this.fade = (int) Math.min(Math.round(FADE_SECONDS * sampleRate), Math.max(1, length / 2));
        this.samples = new float[channels][sampleRate];
    }

    /** Opens the decoder; the source is closed with the piece. */
    static SoundPiece open(SoundInput input, int sampleRate, int channels) throws FfmpegException {
        return new SoundPiece(
                input, MediaFile.openDecoder(input.stream(), false, Integer.MAX_VALUE), sampleRate, channels);
    }

    /**
     * Adds what is heard in a stretch of the clip; successive calls go forwards.
     *
     * @param block sums, [channels, count or more]
     * @param firstSample the stretch's beginning, in samples of the clip
     * @param count its length
     */
    void addTo(float[][] block, long firstSample, int count) {
        long offset = firstSample - Math.round(input.track().atSeconds() * sampleRate);
        long from = Math.max(0, offset);
        long to = Math.min(length, offset + count);
        if (from >= to) {
            return;
        }
        while (!ended && start + ready < to) {
            decodeMore();
            drop(from);
        }
        drop(from);
        for (long sample = Math.max(from, start); sample < Math.min(to, start + ready); sample++) {
            float gain = gain(sample);
            for (int channel = 0; channel < channels; channel++) {
                block[channel][(int) (sample - offset)] += gain * samples[channel][(int) (sample - start)];
            }
        }
    }

    /** Full but for the two ends, where it rises and falls in a straight line. */
    private float gain(long sample) {
        long fromEnd = Math.min(sample + 1, length - sample);
        return fromEnd >= fade ? 1 : (float) fromEnd / fade;
    }

    /** Forgets what lies before a sample. */
    private void drop(long before) {
        int gone = (int) Math.clamp(before - start, 0L, (long) ready);
        if (gone > 0) {
            for (float[] channel : samples) {
                System.arraycopy(channel, gone, channel, 0, ready - gone);
            }
            start += gone;
            ready -= gone;
        }
    }

    /** Decodes one frame, or what the decoder and the resampler still hold at the end of the file. */
    private void decodeMore() {
        while (true) {
            int code = avcodec.avcodec_receive_frame(decoder, frame);
            if (code >= 0) {
                take();
                return;
            }
            if (flushing && !isAgain(code)) {
                ended = true;
                convert(0);
                return;
            }
            if (flushing) {
                continue;
            }
            flushing = !input.read(packet);
            // A damaged packet is silence: the pictures matter more. Its time is filled by the next one's time stamp.
            int ignored = avcodec.avcodec_send_packet(decoder, flushing ? null : packet);
            avcodec.av_packet_unref(packet);
        }
    }

    private static boolean isAgain(int code) {
        return Ffmpeg.isDrained(code) && code != avutil.AVERROR_EOF;
    }

    private void take() {
        SwrContext context = resampler;
        boolean first = context == null;
        if (context != null && !isLikeLast()) {
            convert(0);
            swresample.swr_free(context);
            context = null;
        }
        if (context == null) {
            context = openResampler();
            resampler = context;
            lastFormat = frame.format();
            lastRate = frame.sample_rate();
            lastChannels = frame.ch_layout().nb_channels();
        }
        double seconds = input.seconds(frame.best_effort_timestamp());
        if (!Double.isNaN(seconds)) {
            long place = Math.round((seconds - input.track().fromSeconds()) * sampleRate);
            long expected = start + ready + swresample.swr_get_delay(context, sampleRate);
            if (first) {
                start = place;
            } else if (place - expected > HOLE_SECONDS * sampleRate) {
                reserve((int) Math.min(place - expected, length));
                for (float[] channel : samples) {
                    Arrays.fill(channel, ready, ready + (int) Math.min(place - expected, length), 0);
                }
                ready += (int) Math.min(place - expected, length);
            }
        }
        convert(frame.nb_samples());
    }

    private boolean isLikeLast() {
        return frame.format() == lastFormat
                && frame.sample_rate() == lastRate
                && frame.ch_layout().nb_channels() == lastChannels;
    }

    private SwrContext openResampler() {
        try (AVChannelLayout target = new AVChannelLayout();
                PointerPointer<SwrContext> place = new PointerPointer<>(1)) {
            avutil.av_channel_layout_default(target, channels);
            place.put(0, (Pointer) null);
            int code = swresample.swr_alloc_set_opts2(
                    place,
                    frame.ch_layout().nb_channels() == 1 ? frame.ch_layout() : target,
                    AV_SAMPLE_FMT_FLTP,
                    sampleRate,
                    frame.ch_layout(),
                    frame.format(),
                    frame.sample_rate(),
                    0,
                    null);
            Ffmpeg.check(code, "sound conversion");
            SwrContext context = place.get(SwrContext.class, 0);
            Ffmpeg.check(swresample.swr_init(context), "sound conversion");
            return context;
        } catch (FfmpegException e) {
            throw new OutputException(
                    "sound of " + input.track().source() + ": expected a sound format that FFmpeg converts, found: "
                            + e.reason(),
                    e);
        }
    }

    /** Converts the frame's samples, or none to get what the resampler still holds. */
    private void convert(int inputSamples) {
        SwrContext context = resampler;
        if (context == null) {
            return;
        }
        int room = swresample.swr_get_out_samples(context, inputSamples);
        if (room <= 0) {
            return;
        }
        reserve(room);
        try (FloatPointer plane = new FloatPointer((long) room * channels);
                PointerPointer<FloatPointer> planes = new PointerPointer<>(channels)) {
            for (int channel = 0; channel < channels; channel++) {
                planes.put(channel, plane.getPointer((long) channel * room));
            }
            PointerPointer<?> source = inputSamples == 0 ? null : frame.extended_data();
            int made = swresample.swr_convert(context, planes, room, source, inputSamples);
            for (int channel = 0; channel < channels && made > 0; channel++) {
                // FFmpeg would make one channel softer in two; here it is as loud as it was.
                int from = lastChannels == 1 ? 0 : channel;
                plane.position((long) from * room).get(samples[channel], ready, made);
            }
            ready += Math.max(0, made);
        }
    }

    private void reserve(int more) {
        int needed = Math.addExact(ready, more);
        if (needed > samples[0].length) {
            int capacity = Math.max(needed, samples[0].length * 2);
            for (int channel = 0; channel < channels; channel++) {
                samples[channel] = Arrays.copyOf(samples[channel], capacity);
            }
        }
    }

    @Override
    public void close() {
        if (resampler != null) {
            swresample.swr_free(resampler);
        }
        avutil.av_frame_free(frame);
        avcodec.av_packet_free(packet);
        avcodec.avcodec_free_context(decoder);
        input.close();
    }
}
