package dev.zoetrope.runtime.model;

import dev.zoetrope.ffm.ort.Binding;
import dev.zoetrope.ffm.ort.ElementType;
import dev.zoetrope.ffm.ort.Environment;
import dev.zoetrope.ffm.ort.Session;
import dev.zoetrope.ffm.ort.SessionOptions;
import dev.zoetrope.ffm.ort.Tensor;
import dev.zoetrope.graph.ir.GraphBuilder;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.op.Operators;
import dev.zoetrope.graph.write.OnnxWriter;
import dev.zoetrope.runtime.tensor.TensorMemory;
import java.lang.foreign.Arena;

/** How fast the CPU multiplies matrices now, beside all that else runs on it: nearly all that a large transformer does. */
final class MatrixSpeed {
    private static final int SIDE = 1024;

    private static final int PRODUCTS = 8;

    private MatrixSpeed() {}

    /** Multiplications a second, of the fastest of some products of {@value #SIDE} each way. */
    static double perSecond(Environment environment) {
        String shape = "[" + SIDE + ", " + SIDE + "]";
        GraphBuilder graph = GraphBuilder.create("matrix-speed");
        var type = dev.zoetrope.graph.ir.ElementType.FLOAT;
        Operators op = Operators.of(graph, type);
        graph.output(
                "product",
                op.matrixProduct(
                        graph.input("a", type, Shape.parse(shape)), graph.input("b", type, Shape.parse(shape))));
        byte[] model = OnnxWriter.write(graph.build());
        try (Session session = Session.open(environment, SessionOptions.of("matrix speed"), model);
                Binding binding = session.createBinding();
                Arena arena = Arena.ofShared()) {
            binding.bindInput("a", matrix(arena));
            binding.bindInput("b", matrix(arena));
            binding.bindOutput("product", matrix(arena));
            long fastest = Long.MAX_VALUE;
            for (int i = 0; i < PRODUCTS; i++) {
                long start = System.nanoTime();
                binding.run();
                fastest = Math.min(fastest, System.nanoTime() - start);
            }
            return 1e9 * SIDE * SIDE * SIDE / fastest;
        }
    }

    private static Tensor matrix(Arena arena) {
        return Tensor.view(TensorMemory.floats(arena, (long) SIDE * SIDE), ElementType.FLOAT32, SIDE, SIDE);
    }
}
