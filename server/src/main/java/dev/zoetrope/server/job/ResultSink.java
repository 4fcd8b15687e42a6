package dev.zoetrope.server.job;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.ClipRecord;
import dev.zoetrope.runtime.encode.FragmentedEncoder;
import dev.zoetrope.runtime.encode.OutputFormat;
import dev.zoetrope.runtime.encode.VideoEncoder;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import dev.zoetrope.runtime.frame.FrameSink;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * Takes the frames of a clip once and makes everything of them: the stream that is played meanwhile, the pictures, the
 * file. The file is completed last: when it is there, so is all the rest.
 */
final class ResultSink implements FrameSink {
    /** Frames from one look at the disk to the next. */
    private static final int BETWEEN_LOOKS = 8;

    private final Deque<FrameSink> sinks = new ArrayDeque<>();
    private final Runnable requireRoom;
    private final JobTimes times;

    private ResultSink(Runnable requireRoom, JobTimes times) {
        this.requireRoom = requireRoom;
        this.times = times;
    }

    /**
     * To be opened, used and closed by the thread that hands over the frames.
     *
     * @param requireRoom throws where the disk is full
     */
    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // close() closes all
    static ResultSink open(
            Clip clip, ClipRecord record, VideoFolder folder, OutputStream live, Runnable requireRoom, JobTimes times) {
        ResultSink result = new ResultSink(requireRoom, times);
        FrameRate rate = FrameRate.of(clip.fps());
        try {
            result.sinks.add(FragmentedEncoder.open(live, clip.widthPx(), clip.heightPx(), rate));
            result.sinks.add(new StillPictures(clip.frames(), folder));
            result.sinks.add(VideoEncoder.open(
                    folder.video(),
                    OutputFormat.MP4_H264,
                    clip.widthPx(),
                    clip.heightPx(),
                    rate,
                    record.tags(),
                    clip.sound()));
            return result;
        } catch (RuntimeException | Error e) {
            result.close();
            throw e;
        }
    }

    @Override
    public void accept(Frame frame) {
        if (frame.index() % BETWEEN_LOOKS == 0) {
            requireRoom.run();
        }
        timed(sink -> sink.accept(frame));
    }

    @Override
    public void finish() {
        timed(FrameSink::finish);
    }

    private void timed(Consumer<FrameSink> work) {
        long start = System.nanoTime();
        sinks.forEach(work);
        times.encoded(System.nanoTime() - start);
    }

    @Override
    public void close() {
        while (!sinks.isEmpty()) {
            sinks.removeLast().close();
        }
    }
}
