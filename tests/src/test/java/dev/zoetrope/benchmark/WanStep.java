package dev.zoetrope.benchmark;

import dev.zoetrope.ffm.ort.Environment;
import dev.zoetrope.ffm.ort.EnvironmentOptions;
import dev.zoetrope.ffm.ort.LogLevel;
import dev.zoetrope.ffm.ort.Session;
import dev.zoetrope.ffm.ort.SessionOptions;
import dev.zoetrope.graph.component.NetworkForm;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.model.wan.WanTransformer;
import dev.zoetrope.graph.model.wan.WanTransformerConfig;
import dev.zoetrope.graph.weight.SafetensorsFile;
import dev.zoetrope.runtime.latent.PackedSegment;
import dev.zoetrope.runtime.latent.PackedSequence;
import dev.zoetrope.runtime.latent.PackingOptions;
import dev.zoetrope.runtime.model.Network;
import dev.zoetrope.runtime.model.wan.WanDenoiser;
import dev.zoetrope.runtime.sample.BoundDenoiser;
import dev.zoetrope.runtime.tensor.TensorMemory;
import dev.zoetrope.runtime.text.TextEmbedding;
import dev.zoetrope.runtime.timeline.ClipLayout;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * One call of Wan's transformer, each time a line comes in; {@code tests/benchmark/wan_step.py} makes the model and the inputs,
 * and takes turns with diffusers. Says the process's CPU seconds and the wall seconds of each call.
 *
 * <p>Arguments: the transformer's folder, the inputs ({@code latent [tokens, numbers]}, {@code text [rows, width]}), latents, rows and
 * columns of tokens, threads, the file for the velocity.
 */
public final class WanStep {
    private static final int SLOTS = 8;
    private static final int TEXT_TOKENS = 512;
    private static final float TIMESTEP = 700;

    private WanStep() {}

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        int latents = Integer.parseInt(arguments[2]);
        ClipLayout layout =
                ClipLayout.ofRun(Integer.parseInt(arguments[3]), Integer.parseInt(arguments[4]), latents, 16, 4);
        int threads = Integer.parseInt(arguments[5]);
        WanTransformerConfig config = WanTransformerConfig.read(folder.resolve("config.json"));
        OnnxModel velocity = WanTransformer.denoiser(folder, NetworkForm.cpu(SLOTS));
        OnnxModel keysAndValues = WanTransformer.keysAndValues(folder, ElementType.FLOAT);
        try (Environment environment = Environment.open(new EnvironmentOptions(threads, false, LogLevel.ERROR));
                Session denoiser = Session.open(environment, options(velocity), velocity.bytes());
                Session texts = Session.open(environment, options(keysAndValues), keysAndValues.bytes());
                SafetensorsFile inputs = SafetensorsFile.open(Path.of(arguments[1]));
                PackedSequence sequence = PackedSequence.pack(
                        List.of(new PackedSegment(text(inputs), layout, 0)),
                        new PackingOptions(config.tokenNumbers(), config.textWidth(), SLOTS, false));
                BoundDenoiser bound = new WanDenoiser(
                                Network.of(() -> denoiser), Network.of(() -> texts), config, TEXT_TOKENS)
                        .bind(sequence)) {
            sequence.load(0, inputs.bytes(inputs.tensor("latent")));
            for (int latent = 0; latent < latents; latent++) {
                sequence.setTimestep(0, latent, TIMESTEP);
            }
            System.out.println("ready");
            BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            while (lines.readLine() != null) {
                ProcessClock before = ProcessClock.now();
                bound.run();
                ProcessClock after = ProcessClock.now();
                System.out.println(before.cpuSecondsTo(after) + " " + before.wallSecondsTo(after));
            }
            Files.write(Path.of(arguments[6]), sequence.velocity().toArray(ValueLayout.JAVA_BYTE));
        }
    }

    private static SessionOptions options(OnnxModel model) {
        return SessionOptions.of(model.name()).withMemoryPattern(false).withExternalDataFolder(model.weightFolder());
    }

    private static TextEmbedding text(SafetensorsFile inputs) {
        var tensor = inputs.tensor("text");
        int rows = Math.toIntExact(tensor.sizes().getFirst());
        int width = Math.toIntExact(tensor.sizes().getLast());
        MemorySegment states = TensorMemory.floats(Arena.ofAuto(), (long) rows * width);
        states.copyFrom(inputs.bytes(tensor));
        return TextEmbedding.of(states, rows, width);
    }
}
