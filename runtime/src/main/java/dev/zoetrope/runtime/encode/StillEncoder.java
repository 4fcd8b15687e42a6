package dev.zoetrope.runtime.encode;

import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import java.io.ByteArrayOutputStream;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;
import org.jspecify.annotations.Nullable;

/** Compresses single pictures in memory. Equal pictures give equal bytes. */
public final class StillEncoder {
    /** A picture has no time, but an encoder wants one. */
    private static final FrameRate ANY_RATE = FrameRate.of(1);

    private StillEncoder() {}

    /**
     * The whole file of a picture, without tags. Any thread may call it; nothing native is left behind.
     *
     * @throws OutputException when FFmpeg cannot take it
     */
    public static byte[] encode(Frame frame, StillFormat format) {
        Ffmpeg.load();
        AVPacket packet = avcodec.av_packet_alloc();
        try (PictureEncoder encoder =
                        PictureEncoder.open(format.codec(), frame.widthPx(), frame.heightPx(), ANY_RATE, false);
                PixelConverter converter = new PixelConverter(
                        frame.widthPx(), frame.heightPx(), encoder.context().pix_fmt())) {
            AVFrame picture = encoder.allocateFrame(encoder.context().pix_fmt());
            try {
                converter.convert(frame, picture);
                picture.pts(0).duration(1);
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                drain(encoder, picture, packet, bytes);
                drain(encoder, null, packet, bytes);
                return bytes.toByteArray();
            } finally {
                avutil.av_frame_free(picture);
            }
        } catch (FfmpegException e) {
            throw new OutputException(
                    "picture of " + frame.widthPx() + "x" + frame.heightPx() + " px: expected to write it as "
                            + format.id() + ", found: " + e.getMessage(),
                    e);
        } finally {
            avcodec.av_packet_free(packet);
        }
    }

    private static void drain(
            PictureEncoder encoder, @Nullable AVFrame picture, AVPacket packet, ByteArrayOutputStream bytes)
            throws FfmpegException {
        encoder.send(picture);
        while (encoder.receive(packet)) {
            byte[] part = new byte[packet.size()];
            packet.data().get(part);
            bytes.writeBytes(part);
            avcodec.av_packet_unref(packet);
        }
    }
}
