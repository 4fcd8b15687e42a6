package dev.zoetrope.runtime.encode;

import java.io.IOException;
import org.bytedeco.ffmpeg.avcodec.AVPacket;

/** Puts compressed pictures into files. */
sealed interface PacketSink extends AutoCloseable permits ContainerFile, PngFiles {
    /** Takes one packet of the encoder, times in units of one frame. */
    void write(AVPacket packet) throws FfmpegException, IOException;

    /** Completes the file or files and gives them their names. */
    void finish() throws FfmpegException, IOException;

    /** Frees everything; files that were not finished are deleted. */
    @Override
    void close();
}
