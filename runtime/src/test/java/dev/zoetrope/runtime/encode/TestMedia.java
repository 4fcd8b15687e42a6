package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_DATA_DISPLAYMATRIX;
import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_WRITE;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGBA;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ420P;

import dev.zoetrope.runtime.frame.Frame;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.IntBinaryOperator;
import java.util.function.IntToDoubleFunction;
import java.util.function.LongUnaryOperator;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avcodec.AVPacketSideData;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swscale;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/** Files as cameras and other programs make them, which our encoder does not write. */
final class TestMedia {
    private static final int MATRIX_BYTES = 9 * Integer.BYTES;

    private TestMedia() {}

    /** Puts the streams of one file into another container, with changed streams and picture time stamps. */
    static void remux(Path from, Path to, String muxer, Consumer<AVStream> change, LongUnaryOperator pictureTime) {
        Ffmpeg.load();
        AVFormatContext output = new AVFormatContext((Pointer) null);
        AVPacket packet = avcodec.av_packet_alloc();
        try (MediaFile media = MediaFile.open(from, InputLimits.none());
                BytePointer name = new BytePointer("file:" + to, StandardCharsets.UTF_8);
                PointerPointer<AVIOContext> place = new PointerPointer<>(1)) {
            place.put(0, (Pointer) null);
            check(avformat.avformat_alloc_output_context2(output, null, muxer, to.toString()));
            AVFormatContext input = media.container();
            for (int index = 0; index < input.nb_streams(); index++) {
                AVStream stream = avformat.avformat_new_stream(output, null);
                check(avcodec.avcodec_parameters_copy(
                        stream.codecpar(), input.streams(index).codecpar()));
                stream.codecpar().codec_tag(0);
                stream.time_base(input.streams(index).time_base());
            }
            change.accept(output.streams(0));
            check(avformat.avio_open(place, name, AVIO_FLAG_WRITE));
            output.pb(place.get(AVIOContext.class, 0));
            check(avformat.avformat_write_header(output, (AVDictionary) null));
            while (avformat.av_read_frame(input, packet) >= 0) {
                int index = packet.stream_index();
                if (index == 0) {
                    packet.pts(pictureTime.applyAsLong(packet.pts())).dts(packet.pts());
                }
                try (AVRational before = input.streams(index).time_base();
                        AVRational after = output.streams(index).time_base()) {
                    avcodec.av_packet_rescale_ts(packet, before, after);
                }
                packet.pos(-1);
                check(avformat.av_interleaved_write_frame(output, packet));
            }
            check(avformat.av_write_trailer(output));
            check(avformat.avio_close(output.pb()));
            output.pb(null);
        } catch (FfmpegException e) {
            throw new IllegalStateException(e);
        } finally {
            avcodec.av_packet_free(packet);
            avformat.avformat_free_context(output);
        }
    }

    /** Writes down how the camera was held: a clockwise turn and then a mirror. */
    static Consumer<AVStream> held(double clockwiseDegrees, boolean mirrored) {
        return stream -> {
            try (IntPointer count = new IntPointer(1).put(0);
                    PointerPointer<AVPacketSideData> place = new PointerPointer<>(1)) {
                place.put(0, (Pointer) null);
                AVPacketSideData entry =
                        avcodec.av_packet_side_data_new(place, count, AV_PKT_DATA_DISPLAYMATRIX, MATRIX_BYTES, 0);
                IntPointer matrix = new IntPointer(entry.data());
                avutil.av_display_rotation_set(matrix, clockwiseDegrees);
                avutil.av_display_matrix_flip(matrix, mirrored ? 1 : 0, 0);
                stream.codecpar().coded_side_data(place.get(AVPacketSideData.class, 0));
                stream.codecpar().nb_coded_side_data(count.get());
            }
        };
    }

    /** One compressed picture as the encoder gives it. */
    static byte[] picture(String encoder, int pixelFormat, int widthPx, int heightPx, IntBinaryOperator argbAt) {
        Ffmpeg.load();
        AVFrame source = frame(AV_PIX_FMT_RGBA, widthPx, heightPx);
        AVFrame converted = frame(pixelFormat, widthPx, heightPx);
        AVPacket packet = avcodec.av_packet_alloc();
        AVCodec codec = avcodec.avcodec_find_encoder_by_name(encoder);
        AVCodecContext context = avcodec.avcodec_alloc_context3(codec);
        SwsContext conversion = swscale.sws_getContext(
                widthPx,
                heightPx,
                AV_PIX_FMT_RGBA,
                widthPx,
                heightPx,
                pixelFormat,
                PixelConverter.FLAGS,
                null,
                null,
                (DoublePointer) null);
        try (AVRational tick = PictureEncoder.rational(1, 25)) {
            fill(source, argbAt);
            check(swscale.sws_scale(
                    conversion, source.data(), source.linesize(), 0, heightPx, converted.data(), converted.linesize()));
            context.width(widthPx)
                    .height(heightPx)
                    .pix_fmt(pixelFormat)
                    .time_base(tick)
                    .global_quality(2 * avutil.FF_QP2LAMBDA)
                    .flags(avcodec.AV_CODEC_FLAG_QSCALE);
            if (pixelFormat == AV_PIX_FMT_YUVJ420P) {
                context.color_range(avutil.AVCOL_RANGE_JPEG);
            }
            check(avcodec.avcodec_open2(context, codec, (AVDictionary) null));
            converted.quality(context.global_quality());
            check(avcodec.avcodec_send_frame(context, converted));
            check(avcodec.avcodec_send_frame(context, (AVFrame) null));
            check(avcodec.avcodec_receive_packet(context, packet));
            byte[] bytes = new byte[packet.size()];
            packet.data().get(bytes);
            return bytes;
        } finally {
            swscale.sws_freeContext(conversion);
            avcodec.avcodec_free_context(context);
            avcodec.av_packet_free(packet);
            avutil.av_frame_free(source);
            avutil.av_frame_free(converted);
        }
    }

    private static AVFrame frame(int pixelFormat, int widthPx, int heightPx) {
        AVFrame frame = avutil.av_frame_alloc();
        frame.width(widthPx).height(heightPx).format(pixelFormat);
        check(avutil.av_frame_get_buffer(frame, 0));
        return frame;
    }

    private static void fill(AVFrame frame, IntBinaryOperator argbAt) {
        ByteBuffer pixels = frame.data(0)
                .capacity((long) frame.linesize(0) * frame.height())
                .asByteBuffer();
        for (int row = 0; row < frame.height(); row++) {
            for (int column = 0; column < frame.width(); column++) {
                int argb = argbAt.applyAsInt(row, column);
                // ARGB to the bytes red, green, blue, alpha
                pixels.order(ByteOrder.BIG_ENDIAN)
                        .putInt(row * frame.linesize(0) + column * Integer.BYTES, Integer.rotateLeft(argb, Byte.SIZE));
            }
        }
    }

    /** Puts an Exif orientation (tag 274, Exif 2.32, 4.6.4) behind the first marker of a JPEG. */
    static byte[] withExifOrientation(byte[] jpeg, int orientation) {
        ByteBuffer segment = ByteBuffer.allocate(36).order(ByteOrder.BIG_ENDIAN);
        segment.putShort((short) 0xFFE1).putShort((short) 34);
        segment.put(new byte[] {'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42}).putInt(8);
        // one entry: tag 274, a short, once; no further directory
        segment.putShort((short) 1).putShort((short) 274).putShort((short) 3).putInt(1);
        segment.putShort((short) orientation).putShort((short) 0).putInt(0);
        ByteBuffer whole = ByteBuffer.allocate(jpeg.length + segment.capacity());
        return whole.put(jpeg, 0, 2)
                .put(segment.flip())
                .put(jpeg, 2, jpeg.length - 2)
                .array();
    }

    /** A WAV file of 16-bit samples, the same in every channel; canonical header of 44 bytes. */
    static void writeWav(Path file, int sampleRate, int channels, double seconds, IntToDoubleFunction sampleAt) {
        int count = (int) Math.round(seconds * sampleRate);
        int bytes = count * channels * Short.BYTES;
        ByteBuffer wav = ByteBuffer.allocate(44 + bytes).order(ByteOrder.LITTLE_ENDIAN);
        wav.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(36 + bytes);
        wav.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16);
        wav.putShort((short) 1).putShort((short) channels).putInt(sampleRate);
        wav.putInt(sampleRate * channels * Short.BYTES).putShort((short) (channels * Short.BYTES));
        wav.putShort((short) 16).put("data".getBytes(StandardCharsets.US_ASCII)).putInt(bytes);
        for (int sample = 0; sample < count; sample++) {
            for (int channel = 0; channel < channels; channel++) {
                wav.putShort((short) Math.round(sampleAt.applyAsDouble(sample) * Short.MAX_VALUE));
            }
        }
        try {
            Files.write(file, wav.array());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Colours in the corners of a frame, a tenth away from its edges: upper left, upper right, lower left, lower right. */
    static int[] corners(Frame frame) {
        int left = frame.widthPx() / 10;
        int top = frame.heightPx() / 10;
        int right = frame.widthPx() - 1 - left;
        int bottom = frame.heightPx() - 1 - top;
        return new int[] {
            colour(frame, top, left),
            colour(frame, top, right),
            colour(frame, bottom, left),
            colour(frame, bottom, right)
        };
    }

    static int colour(Frame frame, int row, int column) {
        return FlatShapes.get(frame, row, column, 0) << 16
                | FlatShapes.get(frame, row, column, 1) << 8
                | FlatShapes.get(frame, row, column, 2);
    }

    /** The largest difference of two colours in one channel. */
    static int distance(int first, int second) {
        int largest = 0;
        for (int shift = 0; shift <= 16; shift += 8) {
            largest = Math.max(largest, Math.abs((first >> shift & 0xFF) - (second >> shift & 0xFF)));
        }
        return largest;
    }

    private static void check(int code) {
        if (code < 0) {
            throw new IllegalStateException(
                    "FFmpeg: " + Ffmpeg.failure(code, "test file").getMessage());
        }
    }
}
