package dev.zoetrope.runtime;

import dev.zoetrope.runtime.encode.ClipInfo;
import dev.zoetrope.runtime.encode.FootageReader;
import dev.zoetrope.runtime.encode.MeasuredClip;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameRate;
import dev.zoetrope.runtime.pipeline.Footage;
import dev.zoetrope.runtime.pipeline.LatentsFile;
import dev.zoetrope.runtime.timeline.LatentGrid;
import dev.zoetrope.runtime.timeline.RunSpan;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** A picture or clip that a request names: what it is, and the runs of the codec that it becomes. */
final class InputFile {
    /** Where a clip's frames do not fill whole latents, which end keeps the odd ones, each a latent of its own. */
    enum Odd {
        /** The clip's end is a whole latent, so that a run can go on from there. */
        FIRST,
        /** The clip's beginning is one run, so that another can lead up to it. */
        LAST,
        /** Every frame is a latent of its own. */
        ALL
    }

    private final MeasuredClip clip;
    private final Supplier<String> fingerprint;

    /** @param fingerprint of the model; asked for only where there are latents */
    InputFile(MeasuredClip clip, Supplier<String> fingerprint) {
        this.clip = clip;
        this.fingerprint = fingerprint;
    }

    boolean isPicture() {
        return clip.isPicture();
    }

    ClipInfo info() {
        return clip.info();
    }

    MeasuredClip measured() {
        return clip;
    }

    /**
     * The first or the last frame as it is kept in a clip of this size and rate, packed RGB.
     *
     * @throws RequestException when the file turns out to be damaged
     */
    byte[] frame(boolean last, FrameSize size, double fps) {
        try (FootageReader reader = FootageReader.open(clip, size.widthPx(), size.heightPx(), FrameRate.of(fps))) {
            byte[] pixels = new byte[size.widthPx() * size.heightPx() * Frame.PIXEL_BYTES];
            Optional<Frame> frame = reader.next();
            while (frame.isPresent()) {
                copy(frame.get(), pixels);
                frame = last ? reader.next() : Optional.empty();
            }
            return pixels;
        } catch (OutputException e) {
            throw RequestException.ofInput(e);
        }
    }

    private static void copy(Frame frame, byte[] pixels) {
        int row = frame.widthPx() * Frame.PIXEL_BYTES;
        for (int y = 0; y < frame.heightPx(); y++) {
            MemorySegment.copy(
                    frame.pixels(), ValueLayout.JAVA_BYTE, (long) y * frame.strideBytes(), pixels, y * row, row);
        }
    }

    /**
     * What the file becomes at this size and rate. Its latents are taken where they lie beside it, were made by the same
     * model at the same size and rate, and are those of the file as it is now.
     */
    Footage footage(LatentGrid grid, double fps, Odd odd, int channels) {
        if (isPicture()) {
            return Footage.of(clip, fps, Optional.empty(), List.of(RunSpan.of(1, 1)));
        }
        Path beside = LatentsFile.beside(clip.file());
        Optional<String> warning = Optional.empty();
        if (odd != Odd.ALL && Files.isRegularFile(beside)) {
            LatentsFile.Header header = header(beside);
            if (fits(header, grid, fps, channels)) {
                if (header.goesWith(clip::digest)) {
                    return Footage.of(
                            clip, fps, Optional.of(beside), header.layout().runs());
                }
                warning = Optional.of(
                        "latents " + beside + ": expected those of " + clip.file()
                                + ", found those of another file: it was changed or replaced since; its pixels are encoded instead");
            }
        }
        int frames = Math.toIntExact(clip.frames(FrameRate.of(fps)));
        return new Footage(clip, fps, Optional.empty(), warning, runs(frames, odd, grid.temporal()));
    }

    private boolean fits(LatentsFile.Header header, LatentGrid grid, double fps, int channels) {
        return header.channels() == channels
                && header.layout().rows() == grid.rows()
                && header.layout().columns() == grid.columns()
                && header.layout().temporal() == grid.temporal()
                && Math.abs(header.layout().fps() - fps) < 1e-6
                && info().widthPx() == grid.widthPx()
                && info().heightPx() == grid.heightPx()
                && header.layout().frames() == info().frames()
                && ClipRecord.parse(header.record())
                        .filter(record -> record.modelFingerprint().equals(fingerprint.get()))
                        .isPresent();
    }

    private static LatentsFile.Header header(Path file) {
        try {
            return LatentsFile.readHeader(file);
        } catch (OutputException e) {
            throw RequestException.ofInput(e);
        }
    }

    static List<RunSpan> runs(int frames, Odd odd, int temporal) {
        int single = odd == Odd.ALL ? frames - 1 : (frames - 1) % temporal;
        int whole = frames - single;
        RunSpan run = RunSpan.of(1 + (whole - 1) / temporal, whole);
        List<RunSpan> runs = new ArrayList<>();
        if (odd == Odd.LAST) {
            runs.add(run);
        }
        for (int i = 0; i < single; i++) {
            runs.add(RunSpan.of(1, 1));
        }
        if (odd != Odd.LAST) {
            runs.add(run);
        }
        return runs;
    }
}
