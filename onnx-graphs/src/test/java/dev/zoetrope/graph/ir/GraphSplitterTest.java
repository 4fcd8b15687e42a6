package dev.zoetrope.graph.ir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.graph.GraphException;
import dev.zoetrope.graph.op.Operators;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is cut where; that the parts compute the same is for tests which can run them. */
class GraphSplitterTest {
    private static final int WIDTH = 4;
    private static final long BLOCK_BYTES = 2L * WIDTH * WIDTH * Float.BYTES;

    private final GraphBuilder graph = GraphBuilder.create("test");
    private final Operators op = Operators.of(graph, ElementType.FLOAT);
    private final Value x = graph.input("x", ElementType.FLOAT, Shape.parse("[S, 4]"));

    /** Blocks of two matrices, the input of the block added in the middle and at its end: one value is handed on between blocks only. */
    private Graph blocks(int count) {
        Value shared = op.multiply(x, x); // depends on no weight
        Value hidden = x;
        for (int block = 0; block < count; block++) {
            Value first = op.add(op.multiply(hidden, weight(2 * block)), shared);
            hidden = op.add(op.multiply(first, weight(2 * block + 1)), hidden);
        }
        graph.output("y", hidden);
        return graph.build();
    }

    private Value weight(int number) {
        long bytes = BLOCK_BYTES / 2;
        return graph.initializer(new Initializer.External(
                "w" + number, ElementType.FLOAT, List.of(1L, (long) WIDTH), "w.safetensors", number * bytes, bytes));
    }

    private static long bytes(Graph part) {
        return part.initializers().stream()
                .filter(Initializer.External.class::isInstance)
                .mapToLong(initializer -> ((Initializer.External) initializer).byteSize())
                .sum();
    }

    private static List<String> names(List<TensorInfo> values) {
        return values.stream().map(TensorInfo::name).toList();
    }

    @Test
    void aGraphIsCutBetweenItsBlocks() {
        Graph whole = blocks(6);
        List<Graph> parts = GraphSplitter.split(whole, 2 * BLOCK_BYTES + BLOCK_BYTES / 2, GraphSplitterTest::bytes);
        assertEquals(
                List.of(2 * BLOCK_BYTES, 2 * BLOCK_BYTES, 2 * BLOCK_BYTES),
                parts.stream().map(GraphSplitterTest::bytes).toList());
        assertEquals(List.of("y"), names(parts.getLast().outputs()));
        for (int i = 1; i < parts.size(); i++) {
            List<String> given = names(parts.get(i - 1).outputs());
            assertEquals(1, given.size(), given::toString);
            assertEquals(
                    List.of("x", given.getFirst()),
                    names(parts.get(i).inputs()),
                    "what no weight is part of is computed again");
        }
        assertTrue(parts.stream()
                .allMatch(part ->
                        part.nodes().stream().anyMatch(node -> node.inputs().equals(List.of("x", "x")))));
    }

    @Test
    void aGraphThatFitsStaysWhole() {
        Graph whole = blocks(2);
        List<Graph> parts = GraphSplitter.split(whole, 2 * BLOCK_BYTES, GraphSplitterTest::bytes);
        assertEquals(1, parts.size());
        assertEquals(whole.nodes(), parts.getFirst().nodes());
        assertEquals(whole.outputs(), parts.getFirst().outputs());
    }

    @Test
    void noPartIsSmallerThanANode() {
        List<Graph> parts = GraphSplitter.split(blocks(2), 1, GraphSplitterTest::bytes);
        assertTrue(parts.stream().allMatch(part -> bytes(part) <= BLOCK_BYTES / 2), parts::toString);
        assertEquals(
                2 * BLOCK_BYTES,
                parts.stream().mapToLong(GraphSplitterTest::bytes).sum());
    }

    @Test
    void anOutputWithoutWeightsIsRefused() {
        graph.output("y", op.multiply(x, x));
        Graph whole = graph.build();
        GraphException refused =
                assertThrows(GraphException.class, () -> GraphSplitter.split(whole, 1, GraphSplitterTest::bytes));
        assertEquals(
                "graph test: expected outputs that depend on inputs and on weights, found y", refused.getMessage());
    }
}
