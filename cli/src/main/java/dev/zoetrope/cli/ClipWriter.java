package dev.zoetrope.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.encode.OutputFormat;
import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.runtime.frame.FrameRate;
import dev.zoetrope.runtime.pipeline.LatentsFile;
import dev.zoetrope.runtime.pipeline.RenderListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Where one clip goes, checked before the work begins.
 *
 * @param file its name
 * @param format what is written
 * @param keepLatents whether the latents are written beside it
 */
record ClipWriter(Path file, OutputFormat format, boolean keepLatents) {
    /** Only GIF has an upper bound; this one passes it until the model's own rate is known. */
    private static final double UNKNOWN_RATE = 1;

    /**
     * Refuses what the format cannot hold, as far as the request says it: the model's defaults are checked when they are
     * known.
     */
    void check(RenderRequest request) {
        FrameRate rate = FrameRate.of(request.fps().orElse(UNKNOWN_RATE));
        request.size()
                .ifPresent(size -> format.check(
                        file, size.widthPx(), size.heightPx(), request.frames().orElse(0), rate));
    }

    /** Writes the clip and what goes with it; if the second fails, the first is taken away again. */
    ObjectNode write(Clip clip, Zoetrope engine, RenderListener listener, long startNanos) {
        clip.save(file, format, listener);
        Optional<Path> latents = Optional.empty();
        if (keepLatents) {
            latents = Optional.of(latentsFile());
            try {
                clip.saveLatents(latents.get());
            } catch (RuntimeException e) {
                discard(e);
                throw e;
            }
        }
        Duration total = Duration.ofNanos(System.nanoTime() - startNanos);
        return RenderReport.of(clip, engine.info(), file, latents, total);
    }

    Path latentsFile() {
        return LatentsFile.beside(file);
    }

    private void discard(RuntimeException reason) {
        try {
            if (Files.isRegularFile(file)) {
                Files.delete(file);
            }
        } catch (IOException e) {
            reason.addSuppressed(new OutputException("output " + file + ": cannot be removed: " + e.getMessage(), e));
        }
    }
}
