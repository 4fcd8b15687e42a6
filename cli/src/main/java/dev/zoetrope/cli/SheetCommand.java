package dev.zoetrope.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.cli.sheet.ContactSheet;
import dev.zoetrope.cli.sheet.Strip;
import dev.zoetrope.runtime.FrameSize;
import dev.zoetrope.runtime.encode.ClipReader;
import dev.zoetrope.runtime.encode.OutputFormat;
import dev.zoetrope.runtime.encode.VideoEncoder;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import java.awt.image.BufferedImage;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code zoetrope sheet}: frames of clips in one picture. */
@Command(
        name = "sheet",
        mixinStandardHelpOptions = true,
        versionProvider = VersionReport.class,
        sortOptions = false,
        description = "Draws a contact sheet: evenly spaced frames, one row a clip.",
        footer = {
            "",
            "Examples:",
            "  zoetrope sheet ball.mp4 -o ball.png",
            "  zoetrope sheet ball.mp4 sea.mp4 --frames 12 --height 128 --labels -o both.png"
        })
final class SheetCommand implements Callable<Integer> {
    private static final int MAX_FRAMES = 1000;

    @Parameters(arity = "1..*", paramLabel = "CLIP", description = "Clips, or pictures, of any format FFmpeg reads.")
    private List<Path> clips = List.of();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            required = true,
            description = "The sheet, a .png.")
    private @Nullable Path output;

    @Option(
            names = "--frames",
            paramLabel = "N",
            defaultValue = "8",
            description = "Frames of each clip, the first and the last among them; ${DEFAULT-VALUE} if not given.")
    private int frames;

    @Option(
            names = "--height",
            paramLabel = "PX",
            description = "Height of every frame on the sheet; as it is in the clip if not given.")
    private @Nullable Integer heightPx;

    @Option(names = "--labels", description = "Write the clip's name above each row, and the time below each frame.")
    private boolean labels;

    @Option(
            names = {"-f", "--force"},
            description = "Replace a file of that name.")
    private boolean force;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        System.setProperty("java.awt.headless", "true"); // no window is opened: a display would only be waited for
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        Path file = Objects.requireNonNull(output);
        requireArguments(file);
        List<Strip> strips = new ArrayList<>();
        for (Path clip : clips) {
            strips.add(read(clip));
        }
        BufferedImage sheet = new ContactSheet(strips, Optional.ofNullable(heightPx), labels).draw();
        write(file, sheet);
        out.println(json ? describe(file, sheet, strips) : file);
        out.flush();
        return ExitStatus.OK;
    }

    private void requireArguments(Path file) {
        if (!String.valueOf(file.getFileName()).endsWith(".png")
                || String.valueOf(file.getFileName()).contains("%")) {
            throw new RequestException("--output: expected a name that ends in .png, found '" + file + "'");
        }
        requireRange("--frames", frames, MAX_FRAMES);
        if (heightPx != null) {
            requireRange("--height", heightPx, FrameSize.MAX_SIDE_PX);
        }
        for (Path clip : clips) {
            if (!Files.isRegularFile(clip)) {
                throw new RequestException("sheet: expected a clip, found "
                        + (Files.isDirectory(clip) ? "the folder " : "nothing at ") + clip);
            }
        }
        OutputCheck.check(file, false, force);
    }

    private static void requireRange(String option, int found, int largest) {
        if (found < 1 || found > largest) {
            throw new RequestException(option + ": expected 1 to " + largest + ", found " + found);
        }
    }

    private Strip read(Path clip) {
        try (ClipReader reader = ClipReader.open(clip)) {
            Strip strip = Strip.create(
                    String.valueOf(clip.getFileName()),
                    reader.info().rate().framesPerSecond(),
                    reader.info().frames(),
                    frames);
            Optional<Frame> frame = reader.next();
            while (frame.isPresent() && !strip.isFull()) {
                strip.accept(frame.get());
                frame = reader.next();
            }
            return strip;
        }
    }

    /** By the encoder of clips: it makes one file appear whole, and says what stops it. */
    private static void write(Path file, BufferedImage sheet) {
        try (Arena arena = Arena.ofConfined();
                VideoEncoder encoder = VideoEncoder.open(
                        file,
                        OutputFormat.PNG_SEQUENCE,
                        sheet.getWidth(),
                        sheet.getHeight(),
                        FrameRate.of(1),
                        Map.of())) {
            encoder.accept(ContactSheet.frame(sheet, arena));
            encoder.finish();
        }
    }

    private ObjectNode describe(Path file, BufferedImage sheet, List<Strip> strips) {
        ObjectNode report = RenderReport.JSON.createObjectNode();
        report.put("output", file.toString());
        report.put("width", sheet.getWidth());
        report.put("height", sheet.getHeight());
        var rows = report.putArray("rows");
        for (int row = 0; row < strips.size(); row++) {
            ObjectNode node = rows.addObject();
            node.put("clip", clips.get(row).toString());
            strips.get(row).frames().forEach(node.putArray("frames")::add);
        }
        return report;
    }
}
