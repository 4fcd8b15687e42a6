package dev.zoetrope.runtime;

import dev.zoetrope.runtime.encode.MeasuredFiles;
import dev.zoetrope.runtime.model.ModelFolder;
import dev.zoetrope.runtime.model.ModelStage;
import dev.zoetrope.runtime.model.NativeRuntime;
import dev.zoetrope.runtime.model.ShippedModel;
import dev.zoetrope.runtime.model.VideoModel;
import dev.zoetrope.runtime.pipeline.RenderPlan;
import java.time.Duration;

/**
 * What a request would take of a model, however large, without loading any of its weights.
 *
 * @param name of the model
 * @param work windows, tokens and steps
 * @param memory of each stage
 * @param denoise time of all steps on this CPU, from how fast it multiplies matrices: what attention and all else take beside the
 *     products is not in it, nor are decoding and loading
 */
public record ModelPlan(String name, WorkPlan work, MemoryPlan memory, Duration denoise) {
    static ModelPlan of(EngineOptions options, RenderRequest request) {
        ModelFolder folder = ModelFolder.open(options.modelFolder().orElseGet(ShippedModel::folder), options.loras());
        int threads = options.threads() == 0 ? Runtime.getRuntime().availableProcessors() : options.threads();
        try (NativeRuntime runtime = NativeRuntime.open(threads, options.spinning());
                VideoModel model = runtime.openModel(folder, false, MemoryPlan.budget(options))) {
            RequestResolver.Resolved resolved = new RequestResolver(model, new MeasuredFiles()).resolve(request);
            MemoryPlan memory = MemoryPlan.of(model, resolved.plan(), options.memoryBytes());
            double multiplications = work(model, resolved.plan()) * parameters(memory);
            return new ModelPlan(
                    model.name(),
                    WorkPlan.of(resolved),
                    memory,
                    Duration.ofMillis(Math.round(1e3 * multiplications / runtime.multiplicationsPerSecond())));
        }
    }

    private static double work(VideoModel model, RenderPlan plan) {
        return Estimate.allWork(plan, model.denoiser().cost());
    }

    /** Of one transformer: where there are two, a step takes one of them. */
    private static long parameters(MemoryPlan memory) {
        return memory.stages().stream()
                .filter(stage -> stage.use() == ModelStage.Use.DENOISE)
                .mapToLong(MemoryPlan.Stage::parameters)
                .max()
                .orElse(0);
    }
}
