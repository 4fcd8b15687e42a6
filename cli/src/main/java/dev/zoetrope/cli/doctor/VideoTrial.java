package dev.zoetrope.cli.doctor;

import dev.zoetrope.runtime.encode.OutputFormat;
import dev.zoetrope.runtime.encode.VideoEncoder;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Writes a few grey frames in every format: an encoder that is listed may still not run. */
final class VideoTrial {
    private static final int SIDE_PX = 16;

    /** NVENC's least is larger than what codecs on the CPU take. */
    private static final int GPU_SIDE_PX = 256;

    private static final int FRAMES = 2;
    private static final FrameRate RATE = FrameRate.of(8);

    private VideoTrial() {}

    static Finding run() {
        Map<String, String> library = VideoEncoder.libraryInfo();
        String about = "FFmpeg " + library.get("version") + ", " + library.get("licence");
        List<String> works = new ArrayList<>();
        List<String> fails = new ArrayList<>();
        try {
            Path folder = Files.createTempDirectory("zoetrope-doctor-");
            try {
                for (OutputFormat format : OutputFormat.values()) {
                    if (!format.codec().needsGpu()) {
                        attempt(folder, format, works, fails);
                    }
                }
            } finally {
                delete(folder);
            }
        } catch (IOException e) {
            return Finding.warn("video", about + ", not tried: " + e, "free space in the folder for temporary files");
        }
        String found = about + ", writes " + String.join(" ", works);
        return fails.isEmpty()
                ? Finding.ok("video", found)
                : new Finding(
                        "video",
                        works.isEmpty() ? Finding.Level.FAIL : Finding.Level.WARN,
                        found + "; cannot write " + String.join("; ", fails),
                        "use one of the formats that work (--format, --codec)");
    }

    /** Whether the GPU encodes video too; a render does without. */
    static Finding runOnGpu() {
        List<String> works = new ArrayList<>();
        List<String> fails = new ArrayList<>();
        try {
            Path folder = Files.createTempDirectory("zoetrope-doctor-");
            try {
                attempt(folder, OutputFormat.MP4_H264_NVENC, works, fails);
            } finally {
                delete(folder);
            }
        } catch (IOException e) {
            return Finding.warn("video", "not tried: " + e, "free space in the folder for temporary files");
        }
        return fails.isEmpty()
                ? Finding.ok("video", "writes " + String.join(" ", works))
                : Finding.warn("video", String.join("; ", fails), "");
    }

    private static void attempt(Path folder, OutputFormat format, List<String> works, List<String> fails) {
        String name = format.extension().substring(1) + "/" + format.codec().label();
        Path file = folder.resolve(format.name() + "-%d" + format.extension());
        try {
            write(file, format);
            works.add(name);
        } catch (RuntimeException e) {
            fails.add(name + ": " + e.getMessage());
        }
    }

    private static void write(Path file, OutputFormat format) {
        int sidePx = format.codec().needsGpu() ? GPU_SIDE_PX : SIDE_PX;
        try (Arena arena = Arena.ofConfined();
                VideoEncoder encoder = VideoEncoder.open(file, format, sidePx, sidePx, RATE, Map.of())) {
            MemorySegment pixels = arena.allocate((long) sidePx * sidePx * Frame.PIXEL_BYTES + Frame.PADDING_BYTES, 64);
            pixels.fill((byte) 128);
            for (int index = 0; index < FRAMES; index++) {
                encoder.accept(Frame.packed(pixels, sidePx, sidePx, index));
            }
            encoder.finish();
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            files.forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        Files.delete(folder);
    }
}
