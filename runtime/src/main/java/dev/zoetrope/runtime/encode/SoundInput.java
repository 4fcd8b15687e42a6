package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avformat.AVSEEK_FLAG_BACKWARD;
import static org.bytedeco.ffmpeg.global.avformat.AV_DISPOSITION_ATTACHED_PIC;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;

import dev.zoetrope.runtime.error.OutputException;
import java.nio.file.Files;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;

/**
 * The sound stream of one file, opened for one piece of it. Reads packets; times count from the file's first picture.
 * Confined to one thread.
 */
final class SoundInput implements AutoCloseable {
    /** Containers with an index of packets; elsewhere a jump may land at a time that is only guessed. */
    private static final Set<String> INDEXED = Set.of("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm");

    /** A jump lands this much before the asked time, for a decoder needs some packets to become exact. */
    private static final double RUN_UP_SECONDS = 1;

    private final SoundTrack track;
    private final MediaFile media;
    private final AVStream stream;
    private final double tickSeconds;
    private final double originSeconds;
    private boolean closed;

    private SoundInput(SoundTrack track, MediaFile media, AVStream stream) {
        this.track = track;
        this.media = media;
        this.stream = stream;
        this.tickSeconds = MediaFile.tickSeconds(stream);
        this.originSeconds = originSeconds(media, stream);
    }

    /** Opens a piece's source; empty when it has no sound. */
    static Optional<SoundInput> open(SoundTrack track) {
        if (!Files.isRegularFile(track.source())) {
            throw new OutputException("sound of " + track.source() + ": expected a video or sound file, found "
                    + (Files.isDirectory(track.source()) ? "a folder" : "no file of that name"));
        }
        try {
            MediaFile media = MediaFile.open(track.source(), InputLimits.none());
            int index = media.bestStream(AVMEDIA_TYPE_AUDIO);
            if (index < 0) {
                media.close();
                return Optional.empty();
            }
            for (int other = 0; other < media.container().nb_streams(); other++) {
                if (other != index) {
                    media.container().streams(other).discard(avcodec.AVDISCARD_ALL);
                }
            }
            SoundInput input = new SoundInput(track, media, media.container().streams(index));
            input.jump();
            return Optional.of(input);
        } catch (FfmpegException e) {
            throw unreadable(track, e);
        }
    }

    private static double originSeconds(MediaFile media, AVStream sound) {
        int index = media.bestStream(AVMEDIA_TYPE_VIDEO);
        AVStream clock = index < 0 ? sound : media.container().streams(index);
        if ((clock.disposition() & AV_DISPOSITION_ATTACHED_PIC) != 0 || clock.start_time() == AV_NOPTS_VALUE) {
            clock = sound;
        }
        return clock.start_time() == AV_NOPTS_VALUE ? 0 : clock.start_time() * MediaFile.tickSeconds(clock);
    }

    private void jump() {
        double target = track.fromSeconds() - RUN_UP_SECONDS;
        if (target > 0 && INDEXED.contains(media.format())) {
            long stamp = (long) ((target + originSeconds) / tickSeconds);
            // A refused jump leaves the file at its beginning, from where it is read as well.
            int ignored = avformat.av_seek_frame(media.container(), stream.index(), stamp, AVSEEK_FLAG_BACKWARD);
        }
    }

    SoundTrack track() {
        return track;
    }

    AVStream stream() {
        return stream;
    }

    AVCodecParameters parameters() {
        return stream.codecpar();
    }

    /** Seconds after the source's first picture, for a time stamp of the stream; not a number where there is none. */
    double seconds(long timeStamp) {
        return timeStamp == AV_NOPTS_VALUE ? Double.NaN : timeStamp * tickSeconds - originSeconds;
    }

    double tickSeconds() {
        return tickSeconds;
    }

    /** Reads the next packet; false at the end of the file. */
    boolean read(AVPacket packet) {
        try {
            return media.read(stream, packet);
        } catch (FfmpegException e) {
            throw unreadable(track, e);
        }
    }

    private static OutputException unreadable(SoundTrack track, FfmpegException failure) {
        return new OutputException(
                "sound of " + track.source() + ": expected a file that FFmpeg can read, found: " + failure.reason()
                        + " (failed in: " + failure.call() + "; is the file whole?)",
                failure);
    }

    /** A second call does nothing. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            media.close();
        }
    }
}
