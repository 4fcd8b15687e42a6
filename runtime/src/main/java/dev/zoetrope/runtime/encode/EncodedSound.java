package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_BITEXACT;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;

import dev.zoetrope.runtime.error.OutputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Sound that is decoded, mixed and encoded: silent where no piece is heard, the sum where several are. It begins with
 * the clip and ends with it. Confined to one thread; owns its sources and everything native.
 */
final class EncodedSound implements SoundStream {
    /** Where an encoder takes blocks of any length. */
    private static final int FREE_BLOCK_SAMPLES = 1024;

    private static final int MAX_CHANNELS = 2;

    private final SoundCodec codec;
    private final List<SoundPiece> pieces;
    private final AVCodecContext context;
    private final AVFrame frame = avutil.av_frame_alloc();
    private final int blockSamples;
    /** One block, [channels, samples]. */
    private final float[][] block;

    private long position;
    private boolean flushed;

    private EncodedSound(SoundCodec codec, List<SoundPiece> pieces, AVCodecContext context) {
        this.codec = codec;
        this.pieces = pieces;
        this.context = context;
        this.blockSamples = context.frame_size() > 0 ? context.frame_size() : FREE_BLOCK_SAMPLES;
        this.block = new float[context.ch_layout().nb_channels()][blockSamples];
    }

    /** Opens the encoder and the sources' decoders. */
    static EncodedSound open(OutputFormat format, List<SoundInput> inputs, boolean separateHeader)
            throws FfmpegException {
        SoundCodec codec = SoundCodec.of(format);
        int sampleRate = codec.sampleRate(
                inputs.stream().map(input -> input.parameters().sample_rate()).collect(Collectors.toSet()));
        int channels = inputs.stream()
                .mapToInt(input -> input.parameters().ch_layout().nb_channels())
                .map(count -> Math.clamp(count, 1, MAX_CHANNELS))
                .max()
                .orElse(1);
        AVCodecContext context = openEncoder(codec, sampleRate, channels, separateHeader);
        List<SoundPiece> pieces = new ArrayList<>();
        try {
            for (SoundInput input : inputs) {
                pieces.add(SoundPiece.open(input, sampleRate, channels));
            }
        } catch (FfmpegException e) {
            pieces.forEach(SoundPiece::close);
            avcodec.avcodec_free_context(context);
            throw new OutputException(
                    "sound of " + inputs.get(pieces.size()).track().source()
                            + ": expected sound that FFmpeg decodes, found: " + e.reason() + " (" + e.call() + ")",
                    e);
        }
        return new EncodedSound(codec, pieces, context);
    }

    private static AVCodecContext openEncoder(SoundCodec codec, int sampleRate, int channels, boolean separateHeader)
            throws FfmpegException {
        AVCodec implementation = avcodec.avcodec_find_encoder_by_name(codec.encoder());
        if (implementation == null) {
            throw new OutputException("sound codec: expected FFmpeg with the encoder " + codec.encoder()
                    + ", found FFmpeg " + Ffmpeg.about().get("version")
                    + " without (put another build of org.bytedeco:ffmpeg on the class path, or name another format)");
        }
        AVCodecContext context = avcodec.avcodec_alloc_context3(implementation);
        try (AVRational tick = PictureEncoder.rational(1, sampleRate)) {
            avutil.av_channel_layout_default(context.ch_layout(), channels);
            context.sample_rate(sampleRate)
                    .sample_fmt(codec.sampleFormat())
                    .bit_rate(codec.bitsPerSecond(channels))
                    .time_base(tick)
                    .thread_count(1)
                    .flags(context.flags()
                            | AV_CODEC_FLAG_BITEXACT
                            | (separateHeader ? AV_CODEC_FLAG_GLOBAL_HEADER : 0));
        }
        int code = avcodec.avcodec_open2(context, implementation, (AVDictionary) null);
        if (code < 0) {
            avcodec.avcodec_free_context(context);
        }
        Ffmpeg.check(code, "opening the encoder " + codec.encoder());
        return context;
    }

    @Override
    public void describe(AVStream stream) throws FfmpegException {
        Ffmpeg.check(avcodec.avcodec_parameters_from_context(stream.codecpar(), context), "sound parameters");
        try (AVRational tick = timeBase()) {
            stream.time_base(tick);
        }
    }

    @Override
    public AVRational timeBase() {
        return PictureEncoder.rational(1, context.sample_rate());
    }

    @Override
    public boolean next(AVPacket packet, double untilSeconds, boolean last) throws FfmpegException {
        long end = (long) Math.ceil(untilSeconds * context.sample_rate());
        while (true) {
            int code = avcodec.avcodec_receive_packet(context, packet);
            if (code >= 0) {
                return true;
            }
            if (!Ffmpeg.isDrained(code)) {
                throw Ffmpeg.failure(code, "encoding sound");
            }
            if (flushed || (position >= end && !last)) {
                return false;
            }
            feed(end, last);
        }
    }

    private void feed(long end, boolean last) throws FfmpegException {
        int count = last ? (int) Math.min(blockSamples, end - position) : blockSamples;
        if (count <= 0) {
            flushed = true;
            Ffmpeg.check(avcodec.avcodec_send_frame(context, (AVFrame) null), "encoding sound");
            return;
        }
        for (float[] channel : block) {
            Arrays.fill(channel, 0);
        }
        for (SoundPiece piece : pieces) {
            piece.addTo(block, position, count);
        }
        prepare(count);
        fill(count);
        frame.pts(position);
        position += count;
        Ffmpeg.check(avcodec.avcodec_send_frame(context, frame), "encoding sound");
        avutil.av_frame_unref(frame);
    }

    private void prepare(int count) throws FfmpegException {
        frame.nb_samples(count).format(codec.sampleFormat()).sample_rate(context.sample_rate());
        Ffmpeg.check(avutil.av_channel_layout_copy(frame.ch_layout(), context.ch_layout()), "allocating sound");
        Ffmpeg.check(avutil.av_frame_get_buffer(frame, 0), "allocating sound");
    }

    private void fill(int count) {
        int channels = block.length;
        for (float[] channel : block) {
            for (int sample = 0; sample < count; sample++) {
                channel[sample] = Math.clamp(channel[sample], -1f, 1f);
            }
        }
        if (codec.isPlanar()) {
            for (int channel = 0; channel < channels; channel++) {
                new FloatPointer(frame.data(channel)).put(block[channel], 0, count);
            }
            return;
        }
        float[] interleaved = new float[count * channels];
        for (int index = 0; index < interleaved.length; index++) {
            interleaved[index] = block[index % channels][index / channels];
        }
        new FloatPointer(frame.data(0)).put(interleaved, 0, interleaved.length);
    }

    @Override
    public void close() {
        pieces.forEach(SoundPiece::close);
        avutil.av_frame_free(frame);
        avcodec.avcodec_free_context(context);
    }
}
