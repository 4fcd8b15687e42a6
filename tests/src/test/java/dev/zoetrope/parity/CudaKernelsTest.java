package dev.zoetrope.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.graph.component.NetworkForm;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Graph;
import dev.zoetrope.graph.ir.Node;
import dev.zoetrope.graph.model.flipbook.FlipbookTransformer;
import dev.zoetrope.graph.write.OnnxWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Every node of every graph for a GPU has a kernel there, by a table of facts: none falls back to the CPU in silence, and nothing is
 * copied between host and device in the middle of a graph. Whether the kernels do what they promise only a GPU can tell.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CudaKernelsTest {
    /**
     * Operators on shapes. ONNX Runtime computes those on the CPU on purpose: sizes are wanted there, to allocate the results, and
     * a kernel that takes one (Reshape, Expand, …) reads it in host memory.
     */
    private static final Set<String> SHAPE_ARITHMETIC = Set.of("Concat", "Mul", "Div", "Add", "Sub", "Squeeze");

    /** @param hostInputs which inputs the kernel reads in host memory */
    private record Kernel(long since, Set<String> types, Set<Integer> hostInputs) {}

    private final Map<String, Kernel> kernels = new HashMap<>();

    @SuppressWarnings("NullAway.Init") // before all tests
    private Map<String, OnnxModel> graphs;

    @BeforeAll
    void read() throws IOException {
        graphs = GpuGraphs.all();
        try (InputStream table = Objects.requireNonNull(getClass().getResourceAsStream("/cuda-kernels.tsv"))) {
            String text = new String(table.readAllBytes(), StandardCharsets.UTF_8);
            for (String line :
                    text.lines().filter(each -> !each.startsWith("#")).toList()) {
                String[] cells = line.split("\t", -1);
                assertTrue(cells[1].endsWith("+"), line);
                Set<Integer> host = cells.length < 4
                        ? Set.of()
                        : Arrays.stream(cells[3].split(" ", -1))
                                .map(Integer::valueOf)
                                .collect(Collectors.toSet());
                long since = Long.parseLong(cells[1].substring(0, cells[1].length() - 1));
                kernels.put(cells[0], new Kernel(since, Set.of(cells[2].split(" ", -1)), host));
            }
        }
    }

    @Test
    void everyNodeHasAKernel() {
        Map<String, String> missing = new TreeMap<>(); // what → where first
        Set<String> used = new HashSet<>();
        graphs.forEach((name, model) -> {
            Map<String, ElementType> types = types(model.graph());
            for (Node node : model.graph().nodes()) {
                String operator = operator(node);
                used.add(operator);
                Kernel kernel = kernels.get(operator);
                for (String type : typesOf(node, types)) {
                    boolean has = kernel != null
                            && kernel.since() <= OnnxWriter.OPSET
                            && kernel.types().contains(type);
                    if (!has) {
                        missing.putIfAbsent(operator + " of " + type, name + ", " + node.name());
                    }
                }
            }
        });
        assertEquals(Map.of(), missing);
        Set<String> unused = new HashSet<>(kernels.keySet());
        unused.removeAll(used);
        assertEquals(Set.of("com.microsoft:MatMulNBits"), unused, "rows of the table without a node");
    }

    @Test
    void nothingIsCopiedBetweenHostAndDeviceInside() {
        List<String> copies = new ArrayList<>();
        graphs.forEach((name, model) -> copies(model.graph()).forEach(copy -> copies.add(name + ": " + copy)));
        assertEquals(List.of(), copies);
    }

    /** Values in host memory that a kernel wants in the device's, and the other way round. */
    private List<String> copies(Graph graph) {
        Set<String> host = new HashSet<>();
        Set<String> constants =
                graph.initializers().stream().map(each -> each.name()).collect(Collectors.toSet());
        List<String> copies = new ArrayList<>();
        for (Node node : graph.nodes()) {
            boolean onHost = node.operator().equals("Shape")
                    || (SHAPE_ARITHMETIC.contains(node.operator())
                            && node.inputs().stream().anyMatch(host::contains)
                            && node.inputs().stream()
                                    .allMatch(each -> host.contains(each) || constants.contains(each)));
            if (onHost) {
                host.addAll(node.outputs());
                continue;
            }
            Set<Integer> hostInputs = Objects.requireNonNull(kernels.get(operator(node)), node.operator())
                    .hostInputs();
            IntStream.range(0, node.inputs().size())
                    .filter(i -> !node.inputs().get(i).isEmpty()
                            && !constants.contains(node.inputs().get(i)))
                    .filter(i -> host.contains(node.inputs().get(i)) != hostInputs.contains(i))
                    .forEach(i -> copies.add(node.name() + " input " + i));
        }
        return copies;
    }

    /** The slots of the CPU's form would be filled on the host: the rule above sees such things. */
    @Test
    void theCpusFormIsNotForAGpu() {
        OnnxModel split = FlipbookTransformer.build(Golden.transformer(), NetworkForm.cpu(2));
        assertTrue(copies(split.graph()).stream().anyMatch(copy -> copy.contains("Split input 1")));
    }

    private static Map<String, ElementType> types(Graph graph) {
        Map<String, ElementType> types = new HashMap<>();
        graph.inputs().forEach(input -> types.put(input.name(), input.type()));
        graph.initializers().forEach(initializer -> types.put(initializer.name(), initializer.type()));
        graph.results().values().forEach(result -> types.put(result.name(), result.type()));
        return types;
    }

    /** The types that a kernel is chosen by: of what it works on and of what it makes, not of indices and conditions. */
    private static Set<String> typesOf(Node node, Map<String, ElementType> types) {
        int main = node.operator().equals("Where") ? 1 : 0;
        Set<String> names = new HashSet<>();
        names.add(name(types, node.inputs().get(main)));
        boolean answers = Set.of("Equal", "Shape").contains(node.operator());
        if (!answers) {
            node.outputs().forEach(output -> names.add(name(types, output)));
        }
        return names;
    }

    private static String name(Map<String, ElementType> types, String value) {
        return Objects.requireNonNull(types.get(value), value).name().toLowerCase(Locale.ROOT);
    }

    private static String operator(Node node) {
        return node.domain().isEmpty() ? node.operator() : node.domain() + ":" + node.operator();
    }
}
