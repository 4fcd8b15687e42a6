package dev.zoetrope.endtoend;

import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.pipeline.RenderListener;
import dev.zoetrope.runtime.sample.SamplerKind;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A process that renders with a checkpoint and is killed, or resumes; writes raw frames. */
final class CheckpointChild {
    static final int STEPS = 60;

    private CheckpointChild() {}

    /** What it renders: stochastic, so that the noise state counts too. */
    static RenderRequest request(SamplerKind sampler) {
        return RenderRequest.of("a red ball bounces over the sea at night")
                .withSize(64, 64)
                .withFrames(9)
                .withSteps(STEPS)
                .withSampler(sampler)
                .withSeed(77);
    }

    /** Arguments: model folder, {@code render} or {@code resume}, checkpoint, raw frames to write, sampler. */
    public static void main(String[] arguments) throws IOException {
        Path checkpoint = Path.of(arguments[2]);
        RenderOptions options = RenderOptions.defaults()
                .withCheckpoint(checkpoint)
                .withCheckpointInterval(Duration.ZERO)
                .withListener(new RenderListener() {
                    @Override
                    public void step(int step, int steps, Duration remaining) {
                        System.out.println("step " + step);
                    }
                });
        try (Zoetrope zoetrope = Zoetrope.open(EngineOptions.defaults().withModelFolder(Path.of(arguments[0])));
                Clip clip = arguments[1].equals("resume")
                        ? zoetrope.resume(checkpoint, options)
                        : zoetrope.render(request(SamplerKind.parse(arguments[4])), options)) {
            FrameCollector frames = new FrameCollector();
            clip.decodeTo(frames);
            try (OutputStream output = Files.newOutputStream(Path.of(arguments[3]))) {
                for (byte[] frame : frames.frames()) {
                    output.write(frame);
                }
            }
        }
    }
}
