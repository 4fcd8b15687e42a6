package dev.zoetrope.runtime.encode;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVRational;

/** The compressed sound of a clip being written, in order of time. Confined to one thread; owns its sources. */
sealed interface SoundStream extends AutoCloseable permits CopiedSound, EncodedSound {
    /**
     * Sound for a file: the packets as they are where the container takes them and one piece follows the other, else
     * decoded, mixed and encoded.
     *
     * @param tracks pieces in any order; those whose source has no sound are left out
     * @param separateHeader whether the container keeps the codec's parameters apart
     * @return nothing when no piece has sound, or the format has no place for it
     */
    static Optional<SoundStream> open(OutputFormat format, List<SoundTrack> tracks, boolean separateHeader)
            throws FfmpegException {
        if (!SoundCodec.hasSound(format)) {
            return Optional.empty();
        }
        List<SoundInput> inputs = new ArrayList<>();
        try {
            for (SoundTrack track : joined(tracks)) {
                SoundInput.open(track).ifPresent(inputs::add);
            }
            if (inputs.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(
                    CopiedSound.isPossible(format, inputs)
                            ? new CopiedSound(inputs)
                            : EncodedSound.open(format, inputs, separateHeader));
        } catch (FfmpegException | RuntimeException | Error e) {
            inputs.forEach(SoundInput::close);
            throw e;
        }
    }

    /** In order of time; pieces that go on in the same file become one. */
    private static List<SoundTrack> joined(List<SoundTrack> tracks) {
        List<SoundTrack> joined = new ArrayList<>();
        for (SoundTrack track : tracks.stream()
                .sorted(Comparator.comparingDouble(SoundTrack::atSeconds))
                .toList()) {
            if (!joined.isEmpty() && joined.getLast().isContinuedBy(track)) {
                SoundTrack before = joined.removeLast();
                Path source = before.source();
                joined.add(new SoundTrack(
                        source, before.fromSeconds(), before.seconds() + track.seconds(), before.atSeconds()));
            } else {
                joined.add(track);
            }
        }
        return joined;
    }

    /** Writes the codec's parameters into a stream of the file to be written. */
    void describe(AVStream stream) throws FfmpegException;

    /** The unit of the packets' times; the caller closes it. */
    AVRational timeBase();

    /**
     * Gives the next packet.
     *
     * @param untilSeconds only if it begins before this time of the clip
     * @param last whether the clip ends then
     * @return false when there is none
     */
    boolean next(AVPacket packet, double untilSeconds, boolean last) throws FfmpegException;

    @Override
    void close();
}
