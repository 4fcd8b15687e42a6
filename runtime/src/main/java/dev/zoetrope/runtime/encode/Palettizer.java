package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_BGRA;

import dev.zoetrope.runtime.frame.FrameRate;
import org.bytedeco.ffmpeg.avfilter.AVFilterContext;
import org.bytedeco.ffmpeg.avfilter.AVFilterGraph;
import org.bytedeco.ffmpeg.avfilter.AVFilterInOut;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avfilter;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Reduces BGRA frames to palette indices by FFmpeg's filters palettegen and paletteuse. Each frame gets 256 colours of
 * its own: a palette for the whole clip would need every frame in memory before the first one could be written.
 * Confined to one thread; owns the filter graph.
 */
final class Palettizer implements AutoCloseable {
    /** Ordered dithering: an error-diffused pattern would differ from frame to frame and make flat areas crawl. */
    private static final String FILTERS = "split[picture][sample];"
            + "[sample]palettegen=stats_mode=single:reserve_transparent=0[palette];"
            + "[picture][palette]paletteuse=new=1:dither=bayer:bayer_scale=5";

    private final AVFilterGraph graph;
    private final AVFilterContext input = new AVFilterContext((Pointer) null);
    private final AVFilterContext output = new AVFilterContext((Pointer) null);

    Palettizer(int widthPx, int heightPx, FrameRate rate) throws FfmpegException {
        avfilter.avfilter_version(); // loads the library, which nothing else needs
        this.graph = avfilter.avfilter_graph_alloc();
        graph.nb_threads(1);
        try {
            String size = "video_size=" + widthPx + "x" + heightPx + ":pix_fmt=" + AV_PIX_FMT_BGRA + ":time_base="
                    + rate.denominator() + "/" + rate.numerator() + ":pixel_aspect=1/1:frame_rate=" + rate.numerator()
                    + "/" + rate.denominator();
            create(input, "buffer", "in", size);
            create(output, "buffersink", "out", null);
            parse();
            Ffmpeg.check(avfilter.avfilter_graph_config(graph, null), "palette filters");
        } catch (FfmpegException e) {
            close();
            throw e;
        }
    }

    /** Hands over a frame, which the filters may keep a reference to; null says that no more will come. */
    void send(@Nullable AVFrame frame) throws FfmpegException {
        Ffmpeg.check(
                avfilter.av_buffersrc_add_frame_flags(input, frame, avfilter.AV_BUFFERSRC_FLAG_KEEP_REF),
                "palette filter input");
    }

    /** Takes the next reduced frame; false when more input is needed first, or there is none left. */
    boolean receive(AVFrame frame) throws FfmpegException {
        int code = avfilter.av_buffersink_get_frame(output, frame);
        if (Ffmpeg.isDrained(code)) {
            return false;
        }
        Ffmpeg.check(code, "palette filter output");
        return true;
    }

    private void create(AVFilterContext filter, String name, String label, @Nullable String settings)
            throws FfmpegException {
        Ffmpeg.check(
                avfilter.avfilter_graph_create_filter(
                        filter, avfilter.avfilter_get_by_name(name), label, settings, null, graph),
                "palette filter " + name);
    }

    private void parse() throws FfmpegException {
        AVFilterInOut from = end("in", input);
        AVFilterInOut to = end("out", output);
        try {
            Ffmpeg.check(avfilter.avfilter_graph_parse_ptr(graph, FILTERS, to, from, null), "palette filters");
        } finally {
            avfilter.avfilter_inout_free(from);
            avfilter.avfilter_inout_free(to);
        }
    }

    private static AVFilterInOut end(String label, AVFilterContext filter) {
        AVFilterInOut end = avfilter.avfilter_inout_alloc();
        try (BytePointer name = new BytePointer(label)) {
            end.name(avutil.av_strdup(name)); // freed with the end
        }
        return end.filter_ctx(filter).pad_idx(0).next(null);
    }

    @Override
    public void close() {
        avfilter.avfilter_graph_free(graph); // the filters are the graph's
    }
}
