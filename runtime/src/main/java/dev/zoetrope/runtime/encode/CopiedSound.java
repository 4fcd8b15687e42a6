package dev.zoetrope.runtime.encode;

import java.nio.ByteBuffer;
import java.util.List;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;

/**
 * Sound whose packets are taken over as they are, without loss. A packet (21 ms of AAC) belongs to a piece if its middle
 * does. Confined to one thread; owns its sources.
 */
final class CopiedSound implements SoundStream {
    /**
     * The longest hole between two pieces, about one packet: players go over it. Longer silence is encoded, for in MP4 a
     * hole is only a packet that claims to last longer, which some players play too early.
     */
    private static final double JOIN_SECONDS = 0.03;

    private final List<SoundInput> inputs;
    private final AVPacket held = avcodec.av_packet_alloc();
    private int current;
    private boolean pending;
    private long endOfLast = Long.MIN_VALUE;

    CopiedSound(List<SoundInput> inputs) {
        this.inputs = List.copyOf(inputs);
    }

    /** Whether one piece follows the other, all compressed alike, in a way that the format takes. */
    static boolean isPossible(OutputFormat format, List<SoundInput> inputs) {
        AVCodecParameters first = inputs.getFirst().parameters();
        if (!SoundCodec.isTaken(format, first)) {
            return false;
        }
        for (int index = 1; index < inputs.size(); index++) {
            double gap = inputs.get(index).track().atSeconds()
                    - inputs.get(index - 1).track().endSeconds();
            if (Math.abs(gap) > JOIN_SECONDS
                    || !areAlike(first, inputs.get(index).parameters())) {
                return false;
            }
        }
        return true;
    }

    private static boolean areAlike(AVCodecParameters first, AVCodecParameters second) {
        return first.codec_id() == second.codec_id()
                && first.sample_rate() == second.sample_rate()
                && first.ch_layout().nb_channels() == second.ch_layout().nb_channels()
                && first.profile() == second.profile()
                && first.format() == second.format()
                && header(first).equals(header(second));
    }

    private static ByteBuffer header(AVCodecParameters parameters) {
        return parameters.extradata_size() == 0
                ? ByteBuffer.allocate(0)
                : parameters.extradata().capacity(parameters.extradata_size()).asByteBuffer();
    }

    @Override
    public void describe(AVStream stream) throws FfmpegException {
        AVCodecParameters source = inputs.getFirst().parameters();
        Ffmpeg.check(avcodec.avcodec_parameters_copy(stream.codecpar(), source), "sound parameters");
        stream.codecpar().codec_tag(0); // each container has its own
        try (AVRational tick = timeBase()) {
            stream.time_base(tick);
        }
    }

    @Override
    public AVRational timeBase() {
        return PictureEncoder.rational(1, inputs.getFirst().parameters().sample_rate());
    }

    @Override
    public boolean next(AVPacket packet, double untilSeconds, boolean last) {
        while (current < inputs.size()) {
            SoundInput input = inputs.get(current);
            if (!pending && !fetch(input)) {
                current++;
                continue;
            }
            pending = true;
            if (held.pts() * sampleSeconds() >= untilSeconds) {
                return false;
            }
            avcodec.av_packet_move_ref(packet, held);
            pending = false;
            endOfLast = packet.pts() + packet.duration();
            return true;
        }
        return false;
    }

    private double sampleSeconds() {
        return 1.0 / inputs.getFirst().parameters().sample_rate();
    }

    /** Reads the piece's next packet and gives it the clip's time; false when the piece is over. */
    private boolean fetch(SoundInput input) {
        SoundTrack track = input.track();
        while (input.read(held)) {
            trim(input);
            double begin = input.seconds(held.pts());
            double length = held.duration() * input.tickSeconds();
            double middle = begin + length / 2;
            // What a codec needs before its first sample has a time below 0 and belongs to the beginning.
            boolean begun = middle >= track.fromSeconds() || (track.fromSeconds() == 0 && begin < 0);
            if (begun && middle >= track.toSeconds()) {
                avcodec.av_packet_unref(held);
                return false;
            }
            long samples = Math.round(length / sampleSeconds());
            long place = Math.round((begin - track.fromSeconds() + track.atSeconds()) / sampleSeconds());
            if (begun && place + samples / 2 >= endOfLast) {
                long free = Math.max(place, endOfLast);
                held.pts(free).dts(free).duration(samples).pos(-1);
                return true;
            }
            avcodec.av_packet_unref(held);
        }
        return false;
    }

    /** Uncompressed packets are cut to the sample. */
    private void trim(SoundInput input) {
        int sampleBytes = input.parameters().block_align();
        boolean plain = avcodec.av_get_exact_bits_per_sample(input.parameters().codec_id()) > 0;
        if (!plain || sampleBytes < 1) {
            return;
        }
        double begin = input.seconds(held.pts());
        long count = held.size() / sampleBytes;
        long from = Math.clamp(Math.round((input.track().fromSeconds() - begin) / sampleSeconds()), 0L, count);
        long to = Math.clamp(Math.round((input.track().toSeconds() - begin) / sampleSeconds()), from, count);
        if (to - from == count || from == to) {
            return;
        }
        held.data(held.data().getPointer(from * sampleBytes)).size((int) (to - from) * sampleBytes);
        double ticksOfSample = sampleSeconds() / input.tickSeconds();
        held.pts(held.pts() + Math.round(from * ticksOfSample)).duration(Math.round((to - from) * ticksOfSample));
    }

    @Override
    public void close() {
        avcodec.av_packet_free(held);
        inputs.forEach(SoundInput::close);
    }
}
