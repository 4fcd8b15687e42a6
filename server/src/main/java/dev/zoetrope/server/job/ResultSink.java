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

/**
 * Takes the frames of a clip once and makes everything of them: the stream that is played meanwhile, the pictures, the
 * file. The file is completed last: when it is there, so is all the rest.
 */
final class ResultSink implements FrameSink {
    private final Deque<FrameSink> sinks = new ArrayDeque<>();

    private ResultSink() {}

    /** To be opened, used and closed by the thread that hands over the frames. */
    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // close() closes all
    static ResultSink open(Clip clip, ClipRecord record, VideoFolder folder, OutputStream live) {
        ResultSink result = new ResultSink();
        FrameRate rate = FrameRate.of(clip.fps());
        try {
            result.sinks.add(FragmentedEncoder.open(live, clip.widthPx(), clip.heightPx(), rate));
            result.sinks.add(new StillPictures(clip.frames(), folder));
            result.sinks.add(VideoEncoder.open(
                    folder.video(), OutputFormat.MP4_H264, clip.widthPx(), clip.heightPx(), rate, record.tags()));
            return result;
        } catch (RuntimeException | Error e) {
            result.close();
            throw e;
        }
    }

    @Override
    public void accept(Frame frame) {
        sinks.forEach(sink -> sink.accept(frame));
    }

    @Override
    public void finish() {
        sinks.forEach(FrameSink::finish);
    }

    @Override
    public void close() {
        while (!sinks.isEmpty()) {
            sinks.removeLast().close();
        }
    }
}
