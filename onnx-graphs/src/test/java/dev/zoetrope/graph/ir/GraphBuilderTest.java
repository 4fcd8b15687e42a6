package dev.zoetrope.graph.ir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.zoetrope.graph.GraphException;
import dev.zoetrope.graph.op.Operators;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GraphBuilderTest {
    private final GraphBuilder graph = GraphBuilder.create("test");
    private final Operators op = Operators.of(graph, ElementType.FLOAT);
    private final Value x = graph.input("x", ElementType.FLOAT, Shape.parse("[S, 4]"));

    @Test
    void valuesOfTwoGraphsNeverMix() {
        Value foreign = GraphBuilder.create("other").input("y", ElementType.FLOAT, Shape.parse("[S, 4]"));
        GraphException refused = assertThrows(GraphException.class, () -> op.add(x, foreign));
        assertEquals(
                "node Add: expected values of graph test, found y FLOAT[S, 4] of graph other", refused.getMessage());
        GraphException output = assertThrows(GraphException.class, () -> graph.output("z", foreign));
        assertEquals(
                "output z: expected values of graph test, found y FLOAT[S, 4] of graph other", output.getMessage());
    }

    @Test
    void outputsAreResultsOfNodesAndKeepTheirNames() {
        Value sum = op.add(x, x);
        Value twice = op.add(sum, sum);
        graph.output("doubled", sum);
        graph.output("fourfold", twice);
        Graph built = graph.build();
        assertEquals(
                List.of("doubled", "fourfold"),
                built.outputs().stream().map(TensorInfo::name).toList());
        assertEquals(List.of("doubled"), built.nodes().getFirst().outputs());
        assertEquals(List.of("doubled", "doubled"), built.nodes().getLast().inputs());
    }

    @Test
    void outputsThatCannotBeAreRefused() {
        assertEquals(
                "output y: expected the result of a node, found x FLOAT[S, 4]",
                assertThrows(GraphException.class, () -> graph.output("y", x)).getMessage());
        Value sum = op.add(x, x);
        graph.output("y", sum);
        assertThrows(GraphException.class, () -> graph.output("z", sum));
        Value other = op.add(x, sum);
        assertEquals(
                "graph test: expected a new name, found 'x' again",
                assertThrows(GraphException.class, () -> graph.output("x", other))
                        .getMessage());
        assertEquals(
                "graph none: expected at least one output, found none",
                assertThrows(
                                GraphException.class,
                                () -> GraphBuilder.create("none").build())
                        .getMessage());
    }

    @Test
    void equalConstantsAreKeptOnce() {
        assertSame(op.constant(1, 2), op.constant(1, 2));
        assertNotSame(op.constant(1, 2), op.constant(2, 1));
        assertNotSame(op.constant(1), op.scalar(1L));
        assertThrows(GraphException.class, () -> op.constant(new float[3], 2, 2));
    }

    @Test
    void everyNameIsUsedOnce() {
        Value sum = x;
        for (int i = 0; i < 20; i++) {
            sum = op.in("layer").add(sum, op.scalar((float) i));
        }
        graph.output("y", sum);
        Graph built = graph.build();
        Set<String> names = new HashSet<>();
        built.nodes().forEach(node -> names.add(node.name()));
        built.initializers().forEach(initializer -> names.add(initializer.name()));
        assertEquals(40, names.size());
    }
}
