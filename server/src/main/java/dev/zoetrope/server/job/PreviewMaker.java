package dev.zoetrope.server.job;

import dev.zoetrope.runtime.encode.StillEncoder;
import dev.zoetrope.runtime.encode.StillFormat;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.pipeline.RenderPreview;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/** Makes the pictures of running jobs that somebody looks at, on a thread of its own: the engine's must not wait. */
final class PreviewMaker implements AutoCloseable {
    private final JobFeed feed;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            work -> Thread.ofPlatform().name("zoetrope-previews").daemon(true).unstarted(work));

    PreviewMaker(JobFeed feed) {
        this.feed = feed;
    }

    /** Whether somebody who watches a video wants pictures of it. */
    boolean isWanted(String id) {
        return feed.wantsPreviews(id);
    }

    /** Makes a picture soon; {@link RunningJob#preview(JobPreview)} gets it. One at a time for each job. */
    void make(RunningJob job, RenderPreview preview, Runnable done) {
        try {
            thread.execute(() -> {
                try {
                    JobPreview picture = picture(preview);
                    job.preview(picture);
                    feed.publish(job.id(), picture);
                } catch (RuntimeException e) {
                    // A video without previews is still a video.
                    System.getLogger(PreviewMaker.class.getName())
                            .log(Level.WARNING, "preview of " + job.id() + " not made", e);
                } finally {
                    done.run();
                }
            });
        } catch (RejectedExecutionException _) {
            done.run(); // closed: nobody is there to look
        }
    }

    private static JobPreview picture(RenderPreview preview) {
        return new JobPreview(
                preview.step(),
                preview.steps(),
                preview.widthPx(),
                preview.heightPx(),
                encoded(preview, JobPreview.FORMAT));
    }

    /** The whole file of a preview. */
    static byte[] encoded(RenderPreview preview, StillFormat format) {
        byte[] pixels = preview.rgb();
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment memory = scratch.allocate((long) pixels.length + Frame.PADDING_BYTES);
            MemorySegment.copy(pixels, 0, memory, ValueLayout.JAVA_BYTE, 0, pixels.length);
            Frame frame = Frame.packed(memory, preview.widthPx(), preview.heightPx(), 0);
            return StillEncoder.encode(frame, format);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
