package dev.zoetrope.runtime.model;

import dev.zoetrope.ffm.library.CudaLibraries;
import dev.zoetrope.ffm.ort.Binding;
import dev.zoetrope.ffm.ort.CudaOptions;
import dev.zoetrope.ffm.ort.ElementType;
import dev.zoetrope.ffm.ort.Environment;
import dev.zoetrope.ffm.ort.EnvironmentOptions;
import dev.zoetrope.ffm.ort.LogLevel;
import dev.zoetrope.ffm.ort.NodePlacement;
import dev.zoetrope.ffm.ort.Provider;
import dev.zoetrope.ffm.ort.Session;
import dev.zoetrope.ffm.ort.SessionOptions;
import dev.zoetrope.ffm.ort.Tensor;
import dev.zoetrope.graph.ir.GraphBuilder;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.Value;
import dev.zoetrope.graph.op.Operators;
import dev.zoetrope.graph.write.OnnxWriter;
import dev.zoetrope.runtime.tensor.TensorMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A small graph of one of the operators that matter, run by the CUDA provider in 16 bits and by the CPU in 32: does the
 * provider load, does it have the kernel, and is the result right?
 */
public enum GpuTrial {
    /** Transformers are made of these; needs cuBLAS. */
    MATRIX_PRODUCT("matrix product", new long[] {512, 512}, new long[] {512, 512}) {
        @Override
        Value compute(Operators op, List<Value> inputs) {
            return op.matrixProduct(inputs.get(0), inputs.get(1));
        }
    },
    /** Fused, of 8 heads of 64. */
    ATTENTION("attention", new long[] {1, 256, 512}, new long[] {1, 256, 512}, new long[] {1, 256, 512}) {
        @Override
        Value compute(Operators op, List<Value> inputs) {
            return op.multiHeadAttention(inputs.get(0), inputs.get(1), inputs.get(2), 8, Value.none());
        }
    },
    /** Decoders are made of these; needs cuDNN. */
    CONVOLUTION("convolution", new long[] {1, 64, 64, 64}, new long[] {64, 64, 3, 3}) {
        @Override
        Value compute(Operators op, List<Value> inputs) {
            return op.convolution(inputs.get(0), inputs.get(1), Value.none());
        }
    };

    /** Most that a result in 16 bits may differ: the bar for a whole transformer step in fp16, which is far more work. */
    public static final double TOLERANCE = 0.01;

    private static final int RUNS = 5;

    private final String label;

    @SuppressWarnings("ImmutableEnumChecker") // nobody writes to it
    private final long[][] shapes;

    GpuTrial(String label, long[]... shapes) {
        this.label = label;
        this.shapes = shapes;
    }

    /** The graph's heart: values to the value that is its result, which has the shape of the first of them. */
    abstract Value compute(Operators op, List<Value> inputs);

    /** What it tries, in words. */
    public String label() {
        return label;
    }

    /**
     * How it went.
     *
     * @param error root mean square of the difference to the CPU's result, as a share of that of the result itself
     * @param milliseconds shortest run after the first, copies of inputs and result included
     * @param nodesOnCpu nodes that the provider left to the CPU
     */
    public record Outcome(double error, double milliseconds, int nodesOnCpu) {}

    /**
     * A library of NVIDIA's that the provider uses.
     *
     * @param fileName its name, with the version wanted
     * @param required whether the provider does not load without it
     * @param use what it is for
     * @param place the file; empty if it is not there
     * @param otherVersion a file of another version that was found instead, if one was
     * @param cure what helps where it is not there
     */
    public record Library(
            String fileName, boolean required, String use, String place, String otherVersion, String cure) {}

    /** NVIDIA's libraries, loaded where they are found; empty for an ONNX Runtime without CUDA. */
    public static List<Library> libraries() {
        return SessionSlot.translated(() -> {
            CudaLibraries.Report report = CudaLibraries.load(NativeReport.read().path());
            return report.libraries().stream()
                    .map(library -> new Library(
                            library.fileName(),
                            library.required(),
                            library.use(),
                            library.place(),
                            library.otherVersion(),
                            library.isLoaded() ? "" : report.cure(List.of(library))))
                    .toList();
        });
    }

    /**
     * Runs it on the first GPU.
     *
     * @throws dev.zoetrope.runtime.error.ModelException if it cannot be; the message says what is missing and what helps
     */
    public Outcome run() {
        return SessionSlot.translated(() -> {
            try (Environment environment = Environment.open(new EnvironmentOptions(1, false, LogLevel.ERROR))) {
                return run(
                        environment,
                        new Provider.Cuda(0, CudaOptions.defaults()),
                        dev.zoetrope.graph.ir.ElementType.FLOAT16);
            }
        });
    }

    Outcome run(Environment environment, Provider provider, dev.zoetrope.graph.ir.ElementType type) {
        try (Arena arena = Arena.ofShared()) {
            List<MemorySegment> inputs = new ArrayList<>();
            var random = new Random(8);
            for (long[] shape : shapes) {
                MemorySegment input = TensorMemory.floats(arena, elements(shape));
                for (long i = 0; i < elements(shape); i++) {
                    input.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
                }
                inputs.add(input);
            }
            MemorySegment expected = TensorMemory.floats(arena, elements(shapes[0]));
            MemorySegment found = TensorMemory.floats(arena, elements(shapes[0]));
            measure(environment, new Provider.Cpu(), dev.zoetrope.graph.ir.ElementType.FLOAT, inputs, expected);
            Outcome measured = measure(environment, provider, type, inputs, found);
            return new Outcome(error(expected, found), measured.milliseconds(), measured.nodesOnCpu());
        }
    }

    /** Fills the result; the outcome's error is not known yet. */
    private Outcome measure(
            Environment environment,
            Provider provider,
            dev.zoetrope.graph.ir.ElementType type,
            List<MemorySegment> inputs,
            MemorySegment result) {
        SessionOptions options = SessionOptions.of(label).withProvider(provider).withNodePlacement();
        try (Session session = Session.open(environment, options, OnnxWriter.write(graph(type)));
                Binding binding = session.createBinding()) {
            for (int i = 0; i < shapes.length; i++) {
                binding.bindInput("input" + i, Tensor.view(inputs.get(i), ElementType.FLOAT32, shapes[i]));
            }
            binding.bindOutput("result", Tensor.view(result, ElementType.FLOAT32, shapes[0]));
            binding.run();
            long fastest = Long.MAX_VALUE;
            for (int i = 0; i < RUNS; i++) {
                binding.run();
                fastest = Math.min(fastest, binding.runNanos());
            }
            int onCpu = (int) session.nodePlacement().stream()
                    .filter(NodePlacement::isOnCpu)
                    .count();
            return new Outcome(0, fastest / 1e6, onCpu);
        }
    }

    /** Inputs and result are float32, the work between is not. */
    private dev.zoetrope.graph.ir.Graph graph(dev.zoetrope.graph.ir.ElementType type) {
        GraphBuilder graph = GraphBuilder.create("gpu-trial");
        Operators op = Operators.of(graph, type);
        List<Value> inputs = new ArrayList<>();
        for (int i = 0; i < shapes.length; i++) {
            Shape shape = Shape.of(shapes[i]);
            inputs.add(op.cast(graph.input("input" + i, dev.zoetrope.graph.ir.ElementType.FLOAT, shape), type));
        }
        graph.output("result", op.cast(compute(op, inputs), dev.zoetrope.graph.ir.ElementType.FLOAT));
        return graph.build();
    }

    private static long elements(long[] shape) {
        long elements = 1;
        for (long length : shape) {
            elements *= length;
        }
        return elements;
    }

    private static double error(MemorySegment expected, MemorySegment found) {
        double difference = 0;
        double size = 0;
        for (long i = 0; i < expected.byteSize() / Float.BYTES; i++) {
            double wanted = expected.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            double gap = found.getAtIndex(ValueLayout.JAVA_FLOAT, i) - wanted;
            difference += gap * gap;
            size += wanted * wanted;
        }
        return Math.sqrt(difference / size);
    }
}
