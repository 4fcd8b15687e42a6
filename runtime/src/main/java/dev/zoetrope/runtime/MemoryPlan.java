package dev.zoetrope.runtime;

import dev.zoetrope.runtime.error.RequestException;
import dev.zoetrope.runtime.model.MemoryBudget;
import dev.zoetrope.runtime.model.ModelStage;
import dev.zoetrope.runtime.model.VideoModel;
import dev.zoetrope.runtime.pipeline.RenderPlan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * What a render keeps in memory at each of its stages, where they are loaded in turn. All numbers are estimates from
 * above.
 *
 * @param stages in order
 * @param limit what the process may take; empty = no limit
 */
public record MemoryPlan(List<Stage> stages, OptionalLong limit) {
    /** The process without a model: the JVM, the library, FFmpeg, the graphs. Measured 190 to 330 MiB. */
    public static final long BASE_BYTES = 384L << 20;

    private static final long MEBIBYTE = 1L << 20;

    public MemoryPlan {
        stages = List.copyOf(stages);
    }

    /**
     * One stage.
     *
     * @param use when
     * @param part component folder, such as {@code text_encoder}
     * @param parameters of the component
     * @param fileBytes of the component
     * @param loadedBytes of its sessions
     * @param workingBytes of what it works with
     */
    public record Stage(
            ModelStage.Use use, String part, long parameters, long fileBytes, long loadedBytes, long workingBytes) {
        /** All that the process takes meanwhile. */
        public long totalBytes() {
            return BASE_BYTES + loadedBytes + workingBytes;
        }
    }

    /** What a model's sessions and what they work with may take of an engine's memory. */
    static MemoryBudget budget(EngineOptions options) {
        return options.memoryBytes().isPresent()
                ? MemoryBudget.of(options.memoryBytes().getAsLong() - BASE_BYTES)
                : MemoryBudget.unlimited();
    }

    static MemoryPlan of(VideoModel model, RenderPlan plan, OptionalLong limit) {
        Estimate.Working working =
                Estimate.working(plan, model.compressor(), model.denoiser().cost());
        List<Stage> stages = new ArrayList<>();
        for (ModelStage stage : model.stages()) {
            long bytes = switch (stage.use()) {
                case TEXT -> 0L;
                case DENOISE -> working.latentBytes() + working.denoiseBytes();
                case ENCODE -> working.latentBytes() + working.encodeBytes();
                case DECODE -> working.latentBytes() + working.decodeBytes();
            };
            boolean needed = stage.use() != ModelStage.Use.ENCODE || Estimate.takesInput(plan);
            if (needed) {
                stages.add(new Stage(
                        stage.use(),
                        stage.part().name(),
                        stage.part().parameters(),
                        stage.part().bytes(),
                        stage.loadedBytes(),
                        stage.workingBytes() + bytes));
            }
        }
        return new MemoryPlan(stages, limit);
    }

    /** The stage that takes most. */
    public Stage largest() {
        return stages.stream().max(Comparator.comparingLong(Stage::totalBytes)).orElseThrow();
    }

    /** What sessions work with, at most. */
    long workingBytes() {
        return stages.stream().mapToLong(Stage::workingBytes).max().orElse(0);
    }

    /** @throws RequestException when a stage does not fit in the limit */
    void check() {
        if (limit.isPresent() && largest().totalBytes() > limit.getAsLong()) {
            Stage stage = largest();
            throw new RequestException("memory: expected no stage to take more than "
                    + mebibytes(limit.getAsLong()) + ", found " + mebibytes(stage.totalBytes()) + " for "
                    + stage.part() + " (" + mebibytes(stage.loadedBytes()) + " loaded, "
                    + mebibytes(stage.workingBytes()) + " to work with, " + mebibytes(BASE_BYTES)
                    + " for the process; nearest that works: " + Math.ceilDiv(stage.totalBytes(), MEBIBYTE) + "m,"
                    + " or a smaller or shorter clip where it is what is worked with)");
        }
    }

    private static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%d MiB", Math.ceilDiv(bytes, MEBIBYTE));
    }
}
