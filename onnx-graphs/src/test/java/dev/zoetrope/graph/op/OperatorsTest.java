package dev.zoetrope.graph.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.zoetrope.graph.GraphException;
import dev.zoetrope.graph.ir.Attribute;
import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Graph;
import dev.zoetrope.graph.ir.GraphBuilder;
import dev.zoetrope.graph.ir.Initializer;
import dev.zoetrope.graph.ir.Node;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.Value;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class OperatorsTest {
    private final GraphBuilder graph = GraphBuilder.create("test");
    private final Operators op = Operators.of(graph, ElementType.FLOAT);

    @Test
    void broadcastingFollowsNumPy() {
        Value image = input("image", "[N, 3, 8*rows, 8*columns]");
        assertShape("[N, 3, 8*rows, 8*columns]", op.multiply(image, input("gain", "[3, 1, 1]")));
        assertShape("[N, 3, 8*rows, 8*columns]", op.multiply(input("row", "[1, 8*columns]"), image));
        assertShape("[S, 16]", op.multiply(input("column", "[S, 1]"), input("waves", "[1, 16]")));
        assertRefused(
                "Add: expected a shape that broadcasts with image FLOAT[N, 3, 8*rows, 8*columns], found four FLOAT[4, 1, 1]",
                () -> op.add(image, input("four", "[4, 1, 1]")));
        assertRefused(
                "Add: expected a value of type FLOAT, found whole INT64[3, 1, 1]",
                () -> op.add(image, input("whole", ElementType.INT64, "[3, 1, 1]")));
    }

    @Test
    void linearUsesOutInWeights() {
        Value x = input("x", "[S, 192]");
        Value weight = input("weight", "[768, 192]");
        assertShape("[S, 768]", op.linear(x, weight, Value.none()));
        assertShape("[S, 768]", op.linear(x, weight, input("bias", "[768]")));
        assertRefused(
                "Gemm: expected size 768 on axis 1, found x FLOAT[S, 192]",
                () -> op.linear(x, input("turned", "[192, 768]"), Value.none()));
        assertRefused(
                "Gemm: expected size 768 on axis 0, found short FLOAT[767]",
                () -> op.linear(x, weight, input("short", "[767]")));
        assertRefused(
                "Gemm: expected a value with 2 axes, found cube FLOAT[1, S, 192]",
                () -> op.linear(input("cube", "[1, S, 192]"), weight, Value.none()));
    }

    @Test
    void convolutionKeepsHeightAndWidth() {
        Value x = input("x", "[4, 48, 2*rows, 2*columns]");
        Value kernel = input("kernel", "[64, 48, 3, 3]");
        assertShape("[4, 64, 2*rows, 2*columns]", op.convolution(x, kernel, Value.none()));
        assertRefused(
                "Conv: expected a square kernel of odd size, found even FLOAT[64, 48, 2, 2]",
                () -> op.convolution(x, input("even", "[64, 48, 2, 2]"), Value.none()));
        assertRefused(
                "Conv: expected size 32 on axis 1, found x FLOAT[4, 48, 2*rows, 2*columns]",
                () -> op.convolution(x, input("narrow", "[64, 32, 3, 3]"), Value.none()));
    }

    @Test
    void reshapeKeepsTheNumberOfElements() {
        Value x = input("x", "[S, 192]");
        assertShape("[S, 6, 32]", op.reshape(x, Shape.parse("[S, 6, 32]")));
        assertSame(x, op.reshape(x, Shape.parse("[S, 192]")));
        assertRefused(
                "Reshape: expected as many elements as [S, 6, 31] has, found x FLOAT[S, 192]",
                () -> op.reshape(x, Shape.parse("[S, 6, 31]")));
        assertRefused(
                "Reshape: expected as many elements as [T, 192] has, found x FLOAT[S, 192]",
                () -> op.reshape(x, Shape.parse("[T, 192]")));
    }

    @Test
    void reshapeTargetsKeepWholeAndUnknownAxesApart() {
        Value x = input("x", "[1, 12, 8*rows, 8*columns]");
        Value frames = op.reshape(x, Shape.parse("[4, 3, 8*rows, 8*columns]"));
        graph.output("frames", frames);
        assertEquals(List.of(4L, 3L, 0L, 0L), target(graph.build(), 0));
    }

    @Test
    void reshapeComputesSizesThatNoRuleGives() {
        Value x = input("x", "[3, 8*rows, 8*columns]");
        graph.output("y", op.reshape(x, Shape.parse("[3, rows, 8, columns, 8]")));
        List<String> operators =
                graph.build().nodes().stream().map(Node::operator).toList();
        assertEquals(List.of("Shape", "Div", "Shape", "Div", "Concat", "Reshape"), operators);
    }

    @Test
    void transposeMovesAxes() {
        Value x = input("x", "[rows, columns, 48]");
        assertShape("[48, rows, columns]", op.transpose(x, 2, 0, 1));
        assertRefused(
                "Transpose: expected a value with the axes [0, 1], found x FLOAT[rows, columns, 48]",
                () -> op.transpose(x, 0, 1));
        assertRefused(
                "Transpose: expected a value with the axes [0, 1, 1], found x FLOAT[rows, columns, 48]",
                () -> op.transpose(x, 0, 1, 1));
        assertShape("[1, rows, columns, 48]", op.unsqueeze(x, 0));
        assertShape("[rows, columns, 48]", op.squeeze(op.unsqueeze(x, 3), 3));
        assertRefused("Squeeze: expected size 1 on axis 0, found x FLOAT[rows, columns, 48]", () -> op.squeeze(x, 0));
    }

    @Test
    void concatAndSplitAreOpposites() {
        Value text = input("text", "[T, 192]");
        Value latent = input("latent", "[V, 192]");
        assertShape("[T + V, 192]", op.concat(0, List.of(text, latent)));
        assertRefused(
                "Concat: expected the sizes of text FLOAT[T, 192] except on axis 0, found narrow FLOAT[V, 96]",
                () -> op.concat(0, List.of(text, input("narrow", "[V, 96]"))));
        List<Value> parts = op.split(text, 1, 64, 128);
        assertShape("[T, 64]", parts.get(0));
        assertShape("[T, 128]", parts.get(1));
        assertRefused("Split: expected size 191 on axis 1, found text FLOAT[T, 192]", () -> op.split(text, 1, 64, 127));
    }

    @Test
    void partsOfRunTimeLengthsJoinToTheWhole() {
        Value x = input("x", "[1, S, 192]");
        Value lengths = input("lengths", ElementType.INT64, "[3]");
        Shaping.Parts parts = op.split(x, 1, lengths);
        assertEquals(3, parts.values().size());
        assertShape("[1, lengths_1, 192]", parts.values().get(1));
        assertShape("[1, S, 192]", op.join(parts, parts.values()));
        List<Value> swapped = List.of(
                parts.values().get(1), parts.values().get(0), parts.values().get(2));
        assertRefused(
                "Concat: expected size lengths_0 on axis 1, found Split:1 FLOAT[1, lengths_1, 192]",
                () -> op.join(parts, swapped));
        assertRefused(
                "Concat: expected 3 values, one for each part, found Split:0 FLOAT[1, lengths_0, 192]",
                () -> op.join(parts, parts.values().subList(0, 2)));
    }

    @Test
    void gatherTakesRows() {
        Value table = input("table", "[G, 192]");
        assertShape("[S, 192]", op.gatherRows(table, input("group", ElementType.INT64, "[S]")));
        assertRefused(
                "Gather: expected a value of type INT64, found real FLOAT[S]",
                () -> op.gatherRows(table, input("real", "[S]")));
    }

    @Test
    void pixelShuffleNeedsWholeBlocks() {
        assertShape("[4, 3, 8*rows, 8*columns]", op.pixelShuffle(input("x", "[4, 48, 2*rows, 2*columns]"), 4));
        assertRefused(
                "dimension: expected a multiple of 16, found 40",
                () -> op.pixelShuffle(input("y", "[4, 40, 2*rows, 2*columns]"), 4));
    }

    @Test
    void normalisationsNeedGainsOfTheLastAxis() {
        Value x = input("x", "[S, 6, 32]");
        assertShape("[S, 6, 32]", op.rmsNormalization(x, input("gain", "[32]"), 1e-6f));
        assertShape("[S, 6, 1]", op.mean(x, -1));
        assertRefused(
                "LayerNormalization: expected size 6 on axis -1, found x FLOAT[S, 6, 32]",
                () -> op.layerNormalization(x, input("wrong", "[6]"), Value.none(), 1e-6f));
    }

    @Test
    void attentionNeedsMatchingOperands() {
        Value query = input("query", "[1, S, 192]");
        Value key = input("key", "[1, T, 192]");
        assertShape("[1, S, 192]", op.multiHeadAttention(query, key, key, 6, Value.none()));
        assertShape("[1, S, 192]", op.multiHeadAttention(query, key, key, 6, input("bias", "[1, 1, S, T]")));
        assertRefused(
                "MultiHeadAttention: expected size T on axis 3, found square FLOAT[1, 1, S, S]",
                () -> op.multiHeadAttention(query, key, key, 6, input("square", "[1, 1, S, S]")));
        assertRefused(
                "MultiHeadAttention: expected the shape of the key key FLOAT[1, T, 192], found query FLOAT[1, S, 192]",
                () -> op.multiHeadAttention(query, key, query, 6, Value.none()));
        assertRefused(
                "dimension: expected a multiple of 7, found 192",
                () -> op.multiHeadAttention(query, key, key, 7, Value.none()));
    }

    @Test
    void packedAttentionNeedsOneMoreEndThanSegments() {
        Value x = input("x", ElementType.FLOAT16, "[S, 192]");
        Value offsets = input("offsets", ElementType.INT32, "[B, longest]");
        Value ends = input("ends", ElementType.INT32, "[B + 1]");
        assertShape("[S, 192]", op.packedMultiHeadAttention(x, x, x, 6, offsets, ends));
        assertRefused(
                "PackedMultiHeadAttention: expected size 1 + B on axis 0, found few INT32[B]",
                () -> op.packedMultiHeadAttention(x, x, x, 6, offsets, input("few", ElementType.INT32, "[B]")));
    }

    @Test
    void rotaryTablesHoldHalfAHead() {
        Value x = input("x", "[1, S, 192]");
        Value table = input("table", "[S, 16]");
        assertShape("[1, S, 192]", op.rotaryEmbedding(x, table, table, 6, false));
        assertRefused(
                "RotaryEmbedding: expected shape [S, 16], found whole FLOAT[S, 32]",
                () -> op.rotaryEmbedding(x, input("whole", "[S, 32]"), table, 6, false));
    }

    @Test
    void castToTheSameTypeIsNothing() {
        Value x = input("x", "[S]");
        assertSame(x, op.cast(x, ElementType.FLOAT));
        Value half = op.cast(x, ElementType.FLOAT16);
        assertEquals(ElementType.FLOAT16, half.type());
        graph.output("half", half);
        assertEquals(
                Attribute.of(10), graph.build().nodes().getFirst().attributes().get("to"));
    }

    @Test
    void sizesComeFromTheInputsThatHaveThem() {
        input("x", "[rows, 8*columns]");
        assertShape("[1]", op.size(Dimension.parse("3*rows*columns + 2")));
        assertRefused(
                "size of depth: expected an input with an axis of this size, found none",
                () -> op.size(Dimension.symbol("depth")));
    }

    @Test
    void clipTakesScalars() {
        Value x = input("x", "[S]");
        assertShape("[S]", op.clip(x, op.scalar(-1f), Value.none()));
        assertRefused("Clip: expected a value with 0 axes, found x FLOAT[S]", () -> op.clip(x, x, Value.none()));
        assertRefused(
                "Round: expected a floating-point value, found n INT64[S]",
                () -> op.round(input("n", ElementType.INT64, "[S]")));
    }

    private Value input(String name, String shape) {
        return input(name, ElementType.FLOAT, shape);
    }

    private Value input(String name, ElementType type, String shape) {
        return graph.input(name, type, Shape.parse(shape));
    }

    private static void assertShape(String expected, Value value) {
        assertEquals(Shape.parse(expected), value.shape());
    }

    private static void assertRefused(String message, Executable executable) {
        assertEquals(message, assertThrows(GraphException.class, executable).getMessage());
    }

    /** The constant that the given node has as second operand. */
    private static List<Long> target(Graph built, int node) {
        String name = built.nodes().get(node).inputs().get(1);
        for (Initializer initializer : built.initializers()) {
            if (initializer.name().equals(name) && initializer instanceof Initializer.Inline inline) {
                ByteBuffer bytes = ByteBuffer.wrap(inline.bytes().toArray()).order(ByteOrder.LITTLE_ENDIAN);
                long[] values = new long[bytes.remaining() / Long.BYTES];
                bytes.asLongBuffer().get(values);
                return Arrays.stream(values).boxed().toList();
            }
        }
        throw new AssertionError("no constant " + name);
    }
}
