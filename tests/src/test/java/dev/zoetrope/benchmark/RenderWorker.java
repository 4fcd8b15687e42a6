package dev.zoetrope.benchmark;

import dev.zoetrope.runtime.Clip;
import dev.zoetrope.runtime.EngineOptions;
import dev.zoetrope.runtime.RenderOptions;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.Zoetrope;
import dev.zoetrope.runtime.frame.Frame;
import dev.zoetrope.runtime.frame.FrameSink;
import dev.zoetrope.runtime.pipeline.RenderListener;
import dev.zoetrope.runtime.pipeline.Stage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Renders what it is asked to and says what that took; {@code tests/benchmark/render_vs_pytorch.py} asks. The clock runs
 * from the end of the text encoder to the last decoded frame.
 *
 * <p>Arguments: model folder, threads. Each line of the input is a file for the raw RGB frames, or {@code -} for a timed
 * run without one, a tab, and a request as JSON. Each answer is one line of JSON.
 */
public final class RenderWorker {
    private RenderWorker() {}

    /** Runs until the input ends. */
    public static void main(String[] arguments) throws IOException {
        EngineOptions options = EngineOptions.defaults()
                .withModelFolder(Path.of(arguments[0]))
                .withThreads(Integer.parseInt(arguments[1]))
                .withSpinning(false);
        try (Zoetrope zoetrope = Zoetrope.open(options);
                BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                int tab = line.indexOf('\t');
                System.out.println(render(zoetrope, line.substring(0, tab), line.substring(tab + 1)));
            }
        }
    }

    private static String render(Zoetrope zoetrope, String file, String json) throws IOException {
        DenoiseStart start = new DenoiseStart();
        try (Clip clip = zoetrope.render(
                RenderRequest.fromJson(json), RenderOptions.defaults().withListener(start))) {
            ProcessClock denoised = ProcessClock.now();
            if (file.equals("-")) {
                clip.decodeTo(new Counter());
            } else {
                try (OutputStream output = Files.newOutputStream(Path.of(file))) {
                    clip.decodeTo(new RawFrames(output));
                }
            }
            ProcessClock decoded = ProcessClock.now();
            return String.format(
                    Locale.ROOT,
                    "{\"denoise_cpu\": %.4f, \"denoise_wall\": %.4f, \"decode_cpu\": %.4f, \"decode_wall\": %.4f,"
                            + " \"overhead\": %.6f}",
                    start.clock.cpuSecondsTo(denoised),
                    start.clock.wallSecondsTo(denoised),
                    denoised.cpuSecondsTo(decoded),
                    denoised.wallSecondsTo(decoded),
                    clip.result().times().overhead());
        }
    }

    /** Notes when the text is encoded. */
    private static final class DenoiseStart implements RenderListener {
        private volatile ProcessClock clock = ProcessClock.now();

        @Override
        public void stage(Stage stage) {
            if (stage == Stage.DENOISE) {
                clock = ProcessClock.now();
            }
        }
    }

    /** Takes frames and keeps none. */
    private static final class Counter implements FrameSink {
        private long frames;

        @Override
        public void accept(Frame frame) {
            frames++;
        }

        @Override
        public void finish() {
            if (frames == 0) {
                throw new IllegalStateException("frames: expected at least 1, found 0");
            }
        }

        @Override
        public void close() {
            // Nothing is held.
        }
    }

    /** Writes frames as packed RGB bytes. */
    private record RawFrames(OutputStream output) implements FrameSink {
        @Override
        public void accept(Frame frame) {
            byte[] row = new byte[frame.widthPx() * Frame.PIXEL_BYTES];
            try {
                for (int y = 0; y < frame.heightPx(); y++) {
                    frame.pixels()
                            .asSlice((long) y * frame.strideBytes(), row.length)
                            .asByteBuffer()
                            .get(row);
                    output.write(row);
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            // The caller's stream.
        }
    }
}
