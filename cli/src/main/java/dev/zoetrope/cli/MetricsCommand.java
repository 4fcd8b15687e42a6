package dev.zoetrope.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.cli.metrics.ClipMetrics;
import dev.zoetrope.cli.metrics.ClipReport;
import dev.zoetrope.cli.metrics.Picture;
import dev.zoetrope.runtime.encode.ClipInfo;
import dev.zoetrope.runtime.encode.ClipReader;
import dev.zoetrope.runtime.encode.FootageReader;
import dev.zoetrope.runtime.error.RequestException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code zoetrope metrics}: figures of clips, by code alone. */
@Command(
        name = "metrics",
        mixinStandardHelpOptions = true,
        versionProvider = VersionReport.class,
        sortOptions = false,
        description = "Measures clips: flicker, motion, jumps, seams, loops, colour drift, camera, likeness.",
        footer = {
            "",
            "Examples:",
            "  zoetrope metrics ball.mp4 sea.mp4",
            "  zoetrope metrics long.mp4 --joins 16,32,48 --json",
            "  zoetrope metrics longer.mp4 --against ball.mp4            # extended: its beginning",
            "  zoetrope metrics between.mp4 --picture 0=a.png --picture 15=b.png",
            "  zoetrope metrics edited.mp4 --against ball.mp4 --mask kept.png",
            "",
            "What each figure means: docs/metrics.md."
        })
final class MetricsCommand implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "CLIP", description = "Clips, or pictures, of any format FFmpeg reads.")
    private List<Path> clips = List.of();

    @Option(
            names = "--joins",
            paramLabel = "FRAME",
            split = ",",
            description = "Joins to look at: for each, the number of the first frame after it, from 1.")
    private List<Integer> joins = List.of();

    @Option(
            names = "--picture",
            paramLabel = "FRAME=FILE",
            description =
                    "Compare a frame, counted from 0, with a picture; can be given several times. Other sizes are scaled and cut as"
                            + " rendering does.")
    private Map<Long, Path> pictures = new LinkedHashMap<>();

    @Option(names = "--against", paramLabel = "CLIP", description = "Compare frame by frame with another clip.")
    private @Nullable Path against;

    @Option(
            names = "--offset",
            paramLabel = "FRAME",
            description = "The frame at which the other clip begins; below 0, so many of its frames are skipped.")
    private @Nullable Long offset;

    @Option(
            names = "--mask",
            paramLabel = "FILE",
            description = "Look along the boundary of a kept part: a picture, white where the clip was kept.")
    private @Nullable Path mask;

    @Option(
            names = "--feather",
            paramLabel = "PX",
            description = "Width of the cross-over outside the white part; 0 if not given.")
    private @Nullable Integer featherPx;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        requireArguments();
        Map<Path, ClipReport> reports = new LinkedHashMap<>();
        for (Path clip : clips) {
            reports.put(clip, measure(clip));
        }
        if (json) {
            ObjectNode object = RenderReport.JSON.createObjectNode();
            var array = object.putArray("clips");
            reports.forEach((clip, report) -> array.add(MetricsJson.of(clip, report)));
            out.println(object);
        } else {
            MetricsTable.print(out, reports);
        }
        out.flush();
        return ExitStatus.OK;
    }

    /** Before any clip is read: a long one takes minutes. */
    private void requireArguments() {
        clips.forEach(clip -> requireFile("metrics", "a clip", clip));
        pictures.values().forEach(picture -> requireFile("--picture", "a picture", picture));
        if (against != null) {
            requireFile("--against", "a clip", against);
        } else if (offset != null) {
            throw new RequestException("--offset: expected --against beside it, found none");
        }
        if (mask != null) {
            requireFile("--mask", "a picture", mask);
        } else if (featherPx != null) {
            throw new RequestException("--feather: expected --mask beside it, found none");
        }
    }

    private static void requireFile(String what, String kind, Path file) {
        if (!Files.isRegularFile(file)) {
            throw new RequestException(what + ": expected " + kind + ", found "
                    + (Files.isDirectory(file) ? "the folder " : "nothing at ") + file);
        }
    }

    private ClipReport measure(Path clip) {
        try (ClipReader reader = ClipReader.open(clip);
                ClipMetrics metrics = ClipMetrics.create(reader.info().rate().framesPerSecond())) {
            requireFrames(clip, reader.info().frames());
            metrics.joins(joins);
            pictures.forEach((frame, file) -> metrics.picture(frame, readPicture(file, reader.info())));
            if (mask != null) {
                metrics.kept(readPicture(mask, reader.info()), Objects.requireNonNullElse(featherPx, 0));
            }
            if (against == null) {
                reader.readTo(metrics);
                return metrics.report();
            }
            try (ClipReader other = ClipReader.open(against)) {
                metrics.against(other::next, Objects.requireNonNullElse(offset, 0L));
                reader.readTo(metrics);
                return metrics.report();
            }
        }
    }

    /** Refuses numbers of frames that the clip does not have before it is read. */
    private void requireFrames(Path clip, long frames) {
        for (int join : joins) {
            if (join < 1 || join >= frames) {
                throw new RequestException("--joins: expected the first frame after each join, 1 to " + (frames - 1)
                        + " in " + clip + ", found " + join);
            }
        }
        for (long frame : pictures.keySet()) {
            if (frame < 0 || frame >= frames) {
                throw new RequestException("--picture: expected the number of a frame, 0 to " + (frames - 1) + " in "
                        + clip + ", found " + frame);
            }
        }
    }

    /** As the engine reads pictures that are put on the time line: upright, scaled to cover the clip, cut at the centre. */
    private static Picture readPicture(Path file, ClipInfo clip) {
        try (FootageReader reader = FootageReader.open(file, clip.widthPx(), clip.heightPx(), clip.rate())) {
            return Picture.of(reader.next().orElseThrow());
        }
    }
}
