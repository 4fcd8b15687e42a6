package dev.zoetrope.benchmark;

import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.pipeline.RenderListener;
import dev.zoetrope.runtime.pipeline.Stage;
import java.time.Duration;

/**
 * A process that renders the default clip up to its first step and says, after each part of the way, what this process has
 * spent so far; {@code tests/benchmark/first_step.py} adds the wall time since the process was started.
 *
 * <p>Argument: threads.
 */
public final class FirstStep {
    private FirstStep() {}

    /** Stops at the first step. */
    public static void main(String[] arguments) {
        say("main");
        EngineOptions options = EngineOptions.defaults().withThreads(Integer.parseInt(arguments[0]));
        RenderListener listener = new RenderListener() {
            @Override
            public void stage(Stage stage) {
                say(stage.name().toLowerCase(java.util.Locale.ROOT));
            }

            @Override
            public void step(int step, int steps, Duration remaining) {
                say("step");
                // The way is measured; a halt spares the end of the render.
                Runtime.getRuntime().halt(0);
            }
        };
        try (Zoetrope zoetrope = Zoetrope.open(options)) {
            say("open");
            try (Clip clip = zoetrope.render(
                    RenderRequest.of("a red ball bounces over the sea at night"),
                    RenderOptions.defaults().withListener(listener))) {
                throw new IllegalStateException(
                        "render: expected to stop at the first step, found " + clip.frames() + " frames");
            }
        }
    }

    private static void say(String part) {
        System.out.println(part + ' ' + ProcessClock.now().cpuNanos() / 1e9);
        System.out.flush();
    }
}
