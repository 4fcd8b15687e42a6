package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_BITEXACT;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;
import static org.bytedeco.ffmpeg.global.avutil.AVCHROMA_LOC_LEFT;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_PRI_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_JPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_MPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT470BG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_RGB;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_IEC61966_2_1;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_BGRA;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_PAL8;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ420P;

import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.FrameRate;
import java.util.Map;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/** An open FFmpeg encoder for one codec, size and frame rate. Confined to one thread; owns its context. */
final class PictureEncoder implements AutoCloseable {
    /** A key frame every two seconds: players can jump there, and a broken packet hurts no longer. */
    private static final int KEY_FRAME_SECONDS = 2;

    /**
     * Up to this size every H.264 frame is a key frame. openh264 seems to decide by brightness alone which blocks to skip: a
     * thing as bright as what it moves over leaves its colour behind until the next key frame (2 to 4 dB); and in small
     * frames predicted ones save almost nothing (4 to 17 % measured on flat shapes).
     */
    private static final int ALL_KEY_FRAMES_PX = 256 * 256;

    private final AVCodecContext context;

    private PictureEncoder(AVCodecContext context) {
        this.context = context;
    }

    /**
     * Opens the codec's encoder.
     *
     * @param separateHeader whether the container keeps the codec's parameters apart from the pictures
     */
    static PictureEncoder open(VideoCodec codec, int widthPx, int heightPx, FrameRate rate, boolean separateHeader)
            throws FfmpegException {
        AVCodec implementation = find(codec);
        AVCodecContext context = avcodec.avcodec_alloc_context3(implementation);
        PictureEncoder encoder = new PictureEncoder(context);
        try {
            encoder.configure(codec, widthPx, heightPx, rate, separateHeader);
            encoder.openWith(implementation, codec.settings());
        } catch (FfmpegException e) {
            encoder.close();
            throw e;
        }
        return encoder;
    }

    /**
     * Opens the codec's encoder and closes it again: only the driver knows whether it will.
     *
     * @throws RequestException if it does not; a clip is refused before anything is computed for it
     */
    static void requireGpu(VideoCodec codec, int widthPx, int heightPx, FrameRate rate) {
        Ffmpeg.load();
        Ffmpeg.takeLoggedError(); // of some other call
        try {
            open(codec, widthPx, heightPx, rate, true).close();
        } catch (FfmpegException e) {
            String logged = Ffmpeg.takeLoggedError();
            throw new RequestException(
                    "video codec " + codec.label() + ": expected an NVIDIA GPU whose driver encodes video, found: "
                            + (logged.isEmpty() ? e.reason() : logged) + " (nearest that works: "
                            + VideoCodec.H264.label() + ")",
                    e);
        }
    }

    private static AVCodec find(VideoCodec codec) {
        AVCodec implementation = avcodec.avcodec_find_encoder_by_name(codec.encoder());
        if (implementation == null) {
            throw new OutputException("video codec " + codec.label() + ": expected FFmpeg with the encoder "
                    + codec.encoder() + ", found FFmpeg " + Ffmpeg.about().get("version")
                    + " without (put another build of org.bytedeco:ffmpeg on the class path, or name another format)");
        }
        return implementation;
    }

    private void configure(VideoCodec codec, int widthPx, int heightPx, FrameRate rate, boolean separateHeader) {
        try (AVRational frameTime = rational(rate.denominator(), rate.numerator());
                AVRational frameRate = rational(rate.numerator(), rate.denominator());
                AVRational square = rational(1, 1)) {
            context.width(widthPx)
                    .height(heightPx)
                    .time_base(frameTime)
                    .framerate(frameRate)
                    .sample_aspect_ratio(square)
                    .pix_fmt(pixelFormat(codec))
                    .gop_size(keyFrameInterval(codec, widthPx, heightPx, rate))
                    .max_b_frames(0)
                    .thread_count(1) // the bytes must not depend on the number of processors
                    .flags(context.flags()
                            | AV_CODEC_FLAG_BITEXACT
                            | (separateHeader ? AV_CODEC_FLAG_GLOBAL_HEADER : 0));
        }
        if (codec.chroma() == VideoCodec.Chroma.FULL_RANGE) {
            context.color_range(AVCOL_RANGE_JPEG).colorspace(AVCOL_SPC_BT470BG);
        } else if (codec.chroma() == VideoCodec.Chroma.SUBSAMPLED) {
            context.color_range(AVCOL_RANGE_MPEG)
                    .colorspace(AVCOL_SPC_BT709)
                    .color_primaries(AVCOL_PRI_BT709)
                    .color_trc(AVCOL_TRC_BT709)
                    .chroma_sample_location(AVCHROMA_LOC_LEFT);
        } else {
            context.color_range(AVCOL_RANGE_JPEG)
                    .colorspace(AVCOL_SPC_RGB)
                    .color_primaries(AVCOL_PRI_BT709)
                    .color_trc(AVCOL_TRC_IEC61966_2_1);
        }
    }

    private static int keyFrameInterval(VideoCodec codec, int widthPx, int heightPx, FrameRate rate) {
        if (codec == VideoCodec.H264 && (long) widthPx * heightPx <= ALL_KEY_FRAMES_PX) {
            return 1;
        }
        return Math.max(1, (int) Math.round(rate.framesPerSecond() * KEY_FRAME_SECONDS));
    }

    private void openWith(AVCodec implementation, String settings) throws FfmpegException {
        AVDictionary dictionary = new AVDictionary((Pointer) null);
        try {
            String name = Ffmpeg.text(implementation.name());
            Ffmpeg.check(avutil.av_dict_parse_string(dictionary, settings, "=", ":", 0), "settings of " + name);
            Ffmpeg.check(avcodec.avcodec_open2(context, implementation, dictionary), "opening the encoder " + name);
            Map<String, String> unknown = Ffmpeg.entries(dictionary);
            if (!unknown.isEmpty()) {
                throw new IllegalStateException("encoder " + name + ": expected to know its options, found " + unknown);
            }
        } finally {
            avutil.av_dict_free(dictionary);
        }
    }

    static AVRational rational(int numerator, int denominator) {
        return new AVRational().num(numerator).den(denominator);
    }

    private static int pixelFormat(VideoCodec codec) {
        return switch (codec.chroma()) {
            case SUBSAMPLED -> AV_PIX_FMT_YUV420P;
            case FULL_RANGE -> AV_PIX_FMT_YUVJ420P;
            case PALETTE -> AV_PIX_FMT_PAL8;
            case BLUE_GREEN_RED -> AV_PIX_FMT_BGRA;
            case RED_GREEN_BLUE -> AV_PIX_FMT_RGB24;
        };
    }

    /** The encoder's settings, for the container; owned by this. */
    AVCodecContext context() {
        return context;
    }

    /** A frame like those the encoder takes, with a buffer; the caller frees it. */
    AVFrame allocateFrame(int pixelFormat) throws FfmpegException {
        AVFrame frame = avutil.av_frame_alloc();
        frame.width(context.width())
                .height(context.height())
                .format(pixelFormat)
                .color_range(context.color_range())
                .colorspace(context.colorspace())
                .color_primaries(context.color_primaries())
                .color_trc(context.color_trc())
                .chroma_location(context.chroma_sample_location());
        int code = avutil.av_frame_get_buffer(frame, 0);
        if (code < 0) {
            avutil.av_frame_free(frame);
        }
        Ffmpeg.check(code, "allocating a frame");
        return frame;
    }

    /** Hands over a frame, times in units of one frame; null says that no more will come. */
    void send(@Nullable AVFrame frame) throws FfmpegException {
        Ffmpeg.check(avcodec.avcodec_send_frame(context, frame), "encoding a frame");
    }

    /** Takes the next packet; false when more frames are needed first, or there is none left. */
    boolean receive(AVPacket packet) throws FfmpegException {
        int code = avcodec.avcodec_receive_packet(context, packet);
        if (Ffmpeg.isDrained(code)) {
            return false;
        }
        Ffmpeg.check(code, "encoding a frame");
        return true;
    }

    @Override
    public void close() {
        avcodec.avcodec_free_context(context);
    }
}
