package dev.zoetrope.law;

import dev.zoetrope.runtime.encode.OutputFormat;
import dev.zoetrope.runtime.encode.VideoEncoder;
import dev.zoetrope.runtime.frame.FrameRate;
import dev.zoetrope.runtime.latent.LatentReel;
import dev.zoetrope.runtime.latent.NoiseKind;
import dev.zoetrope.runtime.model.ModelFolder;
import dev.zoetrope.runtime.model.NativeRuntime;
import dev.zoetrope.runtime.model.VideoModel;
import dev.zoetrope.runtime.pipeline.RenderListener;
import dev.zoetrope.runtime.pipeline.RenderPipeline;
import dev.zoetrope.runtime.pipeline.RenderPlan;
import dev.zoetrope.runtime.pipeline.Sampling;
import dev.zoetrope.runtime.sample.SamplerKind;
import dev.zoetrope.runtime.sample.StepScheduler;
import dev.zoetrope.runtime.schedule.SigmaSchedule;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.timeline.LatentGrid;
import dev.zoetrope.runtime.timeline.LinePlan;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** A process that decodes and encodes a clip of random latents and says the most memory it ever had in use. */
final class DecodeMemoryChild {
    private static final int SIZE_PX = 256;
    private static final int FPS = 8;

    private DecodeMemoryChild() {}

    /** Arguments: model folder, seconds, file to write. Prints the peak resident set in KiB, less what the latents themselves take. */
    public static void main(String[] arguments) throws IOException {
        long latentsKibibytes;
        int frames = Integer.parseInt(arguments[1]) * FPS + 1;
        Path file = Path.of(arguments[2]);
        try (NativeRuntime runtime = NativeRuntime.open(2, false);
                VideoModel model = runtime.openModel(ModelFolder.open(Path.of(arguments[0])), false);
                StepScheduler steps = new StepScheduler(model.denoiser(), model.packing(), 2048)) {
            open(model);
            var geometry = model.compressor().geometry();
            LatentGrid grid = new LatentGrid(SIZE_PX, SIZE_PX, frames, geometry.spatial(), geometry.temporal());
            try (LatentReel latents = LatentReel.create(plan(grid).line().reel(), geometry.channels())) {
                latentsKibibytes = latents.data().byteSize() >> 10;
                fill(TensorMemory.buffer(latents.data()));
                new RenderPipeline(model, steps)
                        .decode(
                                latents,
                                plan(grid),
                                RenderListener.NONE,
                                () -> VideoEncoder.open(
                                        file,
                                        OutputFormat.forPath(file),
                                        SIZE_PX,
                                        SIZE_PX,
                                        FrameRate.of(FPS),
                                        Map.of()));
            }
        }
        String peak = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .findFirst()
                .orElseThrow();
        System.out.println(Long.parseLong(peak.replaceAll("\\D", "")) - latentsKibibytes);
    }

    /** Draws latents without garbage, which would count as the memory of decoding. */
    private static void fill(FloatBuffer latents) {
        Random random = new Random(1);
        for (int i = 0; i < latents.limit(); i++) {
            latents.put(i, (float) random.nextGaussian());
        }
    }

    /** Opens what an engine holds open whenever it decodes: text encoder, transformer and decoder. */
    private static void open(VideoModel model) {
        model.warm(Runnable::run);
        var _ = model.textEncoder().encode("noise");
    }

    /** Decoding reads the grid and the rate alone; the rest says how the latents would have been made. */
    private static RenderPlan plan(LatentGrid grid) {
        return new RenderPlan(
                List.of("noise"),
                "",
                grid,
                FPS,
                LinePlan.ofRun(grid, FPS),
                List.of(),
                List.of(),
                Optional.empty(),
                SamplerKind.FLOW_EULER,
                new Sampling(SigmaSchedule.linear(1), 1),
                new Sampling(SigmaSchedule.linear(1), 1),
                1,
                NoiseKind.PHILOX);
    }
}
