package dev.zoetrope.ffm.ort;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes ONNX models of a few nodes, as bytes: just the protobuf fields that the tests need. */
final class TinyModel {
    private static final int FLOAT = 1;

    private final List<byte[]> nodes = new ArrayList<>();
    private final List<byte[]> inputs = new ArrayList<>();
    private final List<byte[]> outputs = new ArrayList<>();
    private final List<byte[]> initializers = new ArrayList<>();
    private final ByteArrayOutputStream properties = new ByteArrayOutputStream();
    private int irVersion = 10;
    private int opset = 20;

    /** {@code y = x}, FLOAT32 [rows, 4]. */
    static byte[] identity() {
        return new TinyModel()
                .input("x", FLOAT, "rows", 4)
                .output("y", FLOAT, "rows", 4)
                .node("Identity", List.of("x"), "y")
                .property("made", "for a test")
                .bytes();
    }

    /** {@code total = left + right}, FLOAT32 [length]. */
    static byte[] add() {
        return new TinyModel()
                .input("left", FLOAT, "length")
                .input("right", FLOAT, "length")
                .output("total", FLOAT, "length")
                .node("Add", List.of("left", "right"), "total")
                .bytes();
    }

    /** {@code y = x · w} as often as asked, FLOAT32 [rows, width] and [width, width]. */
    static byte[] matrixChain(int products) {
        var model = new TinyModel().input("x", FLOAT, "rows", "width").input("w", FLOAT, "width", "width");
        for (int i = 0; i < products; i++) {
            model.node("MatMul", List.of(i == 0 ? "x" : "h" + i, "w"), i == products - 1 ? "y" : "h" + (i + 1));
        }
        return model.output("y", FLOAT, "rows", "width").bytes();
    }

    /** As above, with several matrices w0, w1, … taken in turn. */
    static byte[] matrixChain(int products, int weights) {
        var model = new TinyModel().input("x", FLOAT, "rows", "width");
        for (int i = 0; i < weights; i++) {
            model.input("w" + i, FLOAT, "width", "width");
        }
        for (int i = 0; i < products; i++) {
            List<String> from = List.of(i == 0 ? "x" : "h" + i, "w" + i % weights);
            model.node("MatMul", from, i == products - 1 ? "y" : "h" + (i + 1));
        }
        return model.output("y", FLOAT, "rows", "width").bytes();
    }

    /** {@code total = x0 + x1 + …}, FLOAT32 [length]. */
    static byte[] sum(int count) {
        var model = new TinyModel();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add("x" + i);
            model.input("x" + i, FLOAT, "length");
        }
        return model.node("Sum", names, "total")
                .output("total", FLOAT, "length")
                .bytes();
    }

    /** {@code y = x + w}, FLOAT32 [4], with w in a file beside the model. */
    static byte[] withExternalWeights(String location, long offset) {
        return new TinyModel()
                .input("x", FLOAT, 4)
                .output("y", FLOAT, 4)
                .node("Add", List.of("x", "w"), "y")
                .externalInitializer("w", location, offset, 4)
                .bytes();
    }

    /** {@code y = x}, with an IR version and an opset of one's own. */
    static byte[] identityOf(int irVersion, int opset) {
        var model = new TinyModel()
                .input("x", FLOAT, "rows", 4)
                .output("y", FLOAT, "rows", 4)
                .node("Identity", List.of("x"), "y");
        model.irVersion = irVersion;
        model.opset = opset;
        return model.bytes();
    }

    /** {@code y = a · b} with lengths that the library can check only when it runs. */
    static byte[] looseProduct() {
        return new TinyModel()
                .input("a", FLOAT, "p", "q")
                .input("b", FLOAT, "r", "s")
                .output("y", FLOAT, "p", "s")
                .node("MatMul", List.of("a", "b"), "y")
                .bytes();
    }

    private TinyModel input(String name, int type, Object... dimensions) {
        inputs.add(value(name, type, dimensions));
        return this;
    }

    private TinyModel output(String name, int type, Object... dimensions) {
        outputs.add(value(name, type, dimensions));
        return this;
    }

    private TinyModel node(String operator, List<String> from, String to) {
        var message = new Message();
        from.forEach(name -> message.text(1, name));
        nodes.add(message.text(2, to).text(3, to + "_node").text(4, operator).bytes());
        return this;
    }

    private TinyModel property(String key, String value) {
        properties.writeBytes(new Message()
                .message(14, new Message().text(1, key).text(2, value).bytes())
                .bytes());
        return this;
    }

    private TinyModel externalInitializer(String name, String location, long offset, int length) {
        var message = new Message().number(1, length).number(2, FLOAT).text(8, name);
        Map<String, String> entries =
                Map.of("location", location, "offset", Long.toString(offset), "length", Long.toString(4L * length));
        entries.forEach((key, value) ->
                message.message(13, new Message().text(1, key).text(2, value).bytes()));
        initializers.add(message.number(14, 1).bytes());
        return this;
    }

    private byte[] bytes() {
        var graph = new Message();
        nodes.forEach(node -> graph.message(1, node));
        graph.text(2, "tiny");
        initializers.forEach(tensor -> graph.message(5, tensor));
        inputs.forEach(value -> graph.message(11, value));
        outputs.forEach(value -> graph.message(12, value));
        return new Message()
                .number(1, irVersion)
                .text(2, "zoetrope-test")
                .text(4, "dev.zoetrope")
                .number(5, 7)
                .text(6, "a model for tests")
                .message(7, graph.bytes())
                .message(8, new Message().text(1, "").number(2, opset).bytes())
                .raw(properties.toByteArray())
                .bytes();
    }

    private static byte[] value(String name, int type, Object... dimensions) {
        var shape = new Message();
        for (Object dimension : dimensions) {
            var message = new Message();
            if (dimension instanceof String symbol) {
                message.text(2, symbol);
            } else if (dimension instanceof Integer length) {
                message.number(1, length);
            }
            shape.message(1, message.bytes());
        }
        byte[] tensor = new Message().number(1, type).message(2, shape.bytes()).bytes();
        return new Message()
                .text(1, name)
                .message(2, new Message().message(1, tensor).bytes())
                .bytes();
    }

    /** Little-endian bytes of floats, as weight files hold them. */
    static byte[] floatBytes(float... values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            buffer.putFloat(value);
        }
        return buffer.array();
    }

    /** One protobuf message under construction. */
    private static final class Message {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Message number(int field, long value) {
            variableLength((long) field << 3);
            variableLength(value);
            return this;
        }

        Message text(int field, String value) {
            return message(field, value.getBytes(StandardCharsets.UTF_8));
        }

        Message message(int field, byte[] value) {
            variableLength(((long) field << 3) | 2);
            variableLength(value.length);
            out.writeBytes(value);
            return this;
        }

        Message raw(byte[] value) {
            out.writeBytes(value);
            return this;
        }

        private void variableLength(long value) {
            long rest = value;
            while ((rest & ~0x7FL) != 0) {
                out.write((int) ((rest & 0x7F) | 0x80));
                rest >>>= 7;
            }
            out.write((int) rest);
        }

        byte[] bytes() {
            return out.toByteArray();
        }
    }
}
