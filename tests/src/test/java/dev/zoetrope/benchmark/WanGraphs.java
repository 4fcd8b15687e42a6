package dev.zoetrope.benchmark;

import dev.zoetrope.graph.component.NetworkForm;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.model.wan.Umt5Encoder;
import dev.zoetrope.graph.model.wan.WanTransformer;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/**
 * Builds the graphs of a Wan component and says how long each took; {@code tests/benchmark/wan_graphs.py} makes the folder, bounds
 * the heap and checks what is written.
 *
 * <p>Arguments: {@code transformer} or {@code text_encoder}, the folder. The graphs are written there.
 */
public final class WanGraphs {
    private static final int SLOTS = 8;
    private static final int TEXT_TOKENS = 512;

    private WanGraphs() {}

    public static void main(String[] arguments) {
        Path folder = Path.of(arguments[1]);
        List<Supplier<OnnxModel>> builds = arguments[0].equals("transformer")
                ? List.of(
                        () -> WanTransformer.denoiser(folder, NetworkForm.cpu(SLOTS)),
                        () -> WanTransformer.keysAndValues(folder, ElementType.FLOAT))
                : List.of(() -> Umt5Encoder.build(folder, TEXT_TOKENS));
        for (int i = 0; i < builds.size(); i++) {
            long start = System.nanoTime();
            OnnxModel model = builds.get(i).get();
            double seconds = (System.nanoTime() - start) / 1e9;
            Path file = folder.resolve("graph" + i + ".onnx");
            model.save(file);
            System.out.printf("%s %.3f %d%n", file.getFileName(), seconds, model.bytes().length);
        }
    }
}
