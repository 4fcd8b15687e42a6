package dev.zoetrope.runtime;

import dev.zoetrope.runtime.encode.MeasuredClip;
import dev.zoetrope.runtime.encode.OutputFormat;
import dev.zoetrope.runtime.encode.SoundTrack;
import dev.zoetrope.runtime.encode.VideoEncoder;
import dev.zoetrope.runtime.frame.FrameSink;
import dev.zoetrope.runtime.latent.LatentReel;
import dev.zoetrope.runtime.pipeline.Checkpoint;
import dev.zoetrope.runtime.pipeline.LatentsFile;
import dev.zoetrope.runtime.pipeline.RenderListener;
import dev.zoetrope.runtime.pipeline.RenderPlan;
import dev.zoetrope.runtime.pipeline.RenderResult;
import dev.zoetrope.runtime.pipeline.Stage;
import dev.zoetrope.runtime.text.UnknownWord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A rendered clip, held as latents. Each save decodes them anew, as a stream: memory does not grow with the clip's
 * length. Owns its latents; close it before its engine. Thread-safe as its engine is.
 */
public final class Clip implements AutoCloseable {
    private final Zoetrope engine;
    private final RequestResolver.Resolved resolved;
    private final RenderPlan plan;
    private final RenderResult result;
    private final ClipRecord record;
    private final Map<Stage, Duration> timings;
    private final Optional<Path> checkpoint;
    /** SHA-256 of the files it was saved to; of these its latents say that they go with them. */
    private final Map<Path, String> saved = new LinkedHashMap<>();
    /** Files of latents it has written. */
    private final Set<Path> latentsFiles = new HashSet<>();

    Clip(
            Zoetrope engine,
            RequestResolver.Resolved resolved,
            RenderResult result,
            ClipRecord record,
            Optional<Path> checkpoint) {
        this.checkpoint = checkpoint;
        this.engine = engine;
        this.resolved = resolved;
        this.plan = resolved.plan();
        this.result = result;
        this.record = record;
        this.timings = new EnumMap<>(Stage.class);
        this.timings.putAll(result.timings());
    }

    public int widthPx() {
        return plan.grid().widthPx();
    }

    public int heightPx() {
        return plan.grid().heightPx();
    }

    public int frames() {
        return plan.grid().frames();
    }

    public double fps() {
        return plan.fps();
    }

    /** The request with every default filled in. */
    public RenderRequest request() {
        return resolved.request();
    }

    /** What made the clip; also written into every file. */
    public ClipRecord record() {
        return record;
    }

    /** How long each stage took; decoding appears after the first save. */
    public Map<Stage, Duration> timings() {
        synchronized (timings) {
            return Map.copyOf(timings);
        }
    }

    /** What the user should know about this clip, one line each; empty when all is well. */
    public List<String> warnings() {
        return result.warnings();
    }

    /**
     * Words of the prompt that the model was not trained on, each with the nearest that it was; empty when it knows all, and
     * when the model does not say what it knows. Words of the negative prompt are not looked at.
     */
    public List<UnknownWord> unknownWords() {
        return result.unknownWords();
    }

    /** Counters of the denoise loop. */
    public RenderResult result() {
        return result;
    }

    /** The latents {@code [latents, rows, columns, channels]}; owned by the clip. */
    public LatentReel latents() {
        return result.latents();
    }

    /** Writes the clip; the extension says which format. Nothing appears under the name before the file is whole. */
    public void save(Path file) {
        save(file, OutputFormat.forPath(file), RenderListener.NONE);
    }

    /**
     * Writes the clip in a format.
     *
     * @param listener told of each frame, asked for cancellation
     * @throws dev.zoetrope.runtime.error.OutputException when the file cannot be written
     */
    public void save(Path file, OutputFormat format, RenderListener listener) {
        // Opened inside decode: encoder and decoder share one thread and one lifetime.
        decode(
                listener,
                () -> VideoEncoder.open(
                        file, format, widthPx(), heightPx(), Zoetrope.frameRate(plan), record.tags(), sound()));
        if (Files.isRegularFile(file)) { // and not a pattern of numbered pictures
            noteSaved(file);
        }
    }

    /** Latents that were written first learn what they go with. */
    private void noteSaved(Path file) {
        String digest = MeasuredClip.digestOf(file);
        Path latents = LatentsFile.beside(file);
        synchronized (saved) {
            saved.put(file.toAbsolutePath().normalize(), digest);
            if (latentsFiles.contains(latents.toAbsolutePath().normalize()) && Files.exists(latents)) {
                LatentsFile.write(latents, latents(), record.toJson(), saved.values());
            }
        }
    }

    /** The sound of what it was made from, where the picture is kept; it goes into files of formats that have sound. */
    public List<SoundTrack> sound() {
        return resolved.sounds().stream()
                .map(piece -> new SoundTrack(
                        plan.inputs().get(piece.input()).file(), 0, piece.frames() / fps(), piece.atFrame() / fps()))
                .toList();
    }

    /** Hands every frame to a sink on one of the engine's threads, in order; the sink is not closed. */
    public void decodeTo(FrameSink sink) {
        decode(RenderListener.NONE, () -> new Unowned(sink));
    }

    /**
     * Hands every frame to a sink that is opened, finished and closed on one of the engine's threads, as encoders of this
     * library need it; a sink that was not finished is closed all the same.
     *
     * @param listener told of each frame, asked for cancellation
     */
    public void decodeTo(Supplier<? extends FrameSink> opener, RenderListener listener) {
        decode(listener, opener::get);
    }

    /**
     * Writes the latents as safetensors, so that later edits need not decode and encode again. They are taken for a clip
     * beside them ({@link LatentsFile#beside}) as long as that is one of the files this clip was saved to, byte for byte.
     */
    public void saveLatents(Path file) {
        synchronized (saved) {
            LatentsFile.write(file, latents(), record.toJson(), saved.values());
            latentsFiles.add(file.toAbsolutePath().normalize());
        }
    }

    private void decode(RenderListener listener, dev.zoetrope.runtime.pipeline.RenderPipeline.SinkOpener opener) {
        long start = System.nanoTime();
        engine.decode(latents(), plan, listener, opener);
        checkpoint.ifPresent(Checkpoint::delete); // not before: a save that fails can be tried again after a restart
        synchronized (timings) {
            timings.put(Stage.DECODE, Duration.ofNanos(System.nanoTime() - start));
        }
    }

    /** Frees the latents. A second call does nothing. */
    @Override
    public void close() {
        result.latents().close();
    }

    /** A caller's sink, which the caller closes. */
    private record Unowned(FrameSink sink) implements FrameSink {
        @Override
        public void accept(dev.zoetrope.runtime.frame.Frame frame) {
            sink.accept(frame);
        }

        @Override
        public void finish() {
            sink.finish();
        }

        @Override
        public void close() {
            // The caller's to close.
        }
    }
}
