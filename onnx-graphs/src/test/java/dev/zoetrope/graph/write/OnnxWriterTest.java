package dev.zoetrope.graph.write;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.zoetrope.graph.GraphException;
import dev.zoetrope.graph.component.AttentionForm;
import dev.zoetrope.graph.component.NetworkForm;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.graph.ir.Attribute;
import dev.zoetrope.graph.ir.Bytes;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Graph;
import dev.zoetrope.graph.ir.Initializer;
import dev.zoetrope.graph.ir.Node;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.TensorInfo;
import dev.zoetrope.graph.model.FrameForm;
import dev.zoetrope.graph.model.flipbook.FlipbookCodec;
import dev.zoetrope.graph.model.flipbook.FlipbookTransformer;
import dev.zoetrope.graph.model.flipbook.TinyFlipbook;
import dev.zoetrope.graph.write.generated.OnnxFormat.ModelProto;
import dev.zoetrope.graph.write.generated.OnnxFormat.TensorProto;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxWriterTest {
    private static final List<String> SHAPES =
            List.of("[]", "[0]", "[S, 192]", "[4, 3, 8*rows, 8*columns]", "[T + V]", "[1 + B]");

    @Test
    void parseUndoesWrite() {
        for (long seed = 0; seed < 200; seed++) {
            Graph graph = random(new Random(seed));
            byte[] bytes = OnnxWriter.write(graph);
            assertEquals(graph, OnnxWriter.parse(bytes), "seed " + seed);
            assertArrayEquals(bytes, OnnxWriter.write(OnnxWriter.parse(bytes)), "seed " + seed);
        }
    }

    @Test
    void parseUndoesWriteForTheModels(@TempDir Path folder) {
        TinyFlipbook.write(folder, "F16");
        List<OnnxModel> models = new ArrayList<>();
        for (AttentionForm form : AttentionForm.values()) {
            models.add(FlipbookTransformer.build(folder.resolve("transformer"), NetworkForm.of(form, 16)));
        }
        models.add(FlipbookCodec.encoder(folder.resolve("vae")));
        models.add(FlipbookCodec.decoder(folder.resolve("vae"), FrameForm.RGB8));
        for (OnnxModel model : models) {
            assertArrayEquals(model.bytes(), OnnxWriter.write(OnnxWriter.parse(model.bytes())), model.name());
        }
    }

    @Test
    void headerNamesVersionsAndWeightsStayOutside() throws IOException {
        Graph graph = new Graph(
                "g",
                List.of(),
                List.of(),
                List.of(new Initializer.External("w", ElementType.FLOAT16, List.of(2L, 3L), "a/b.safetensors", 17, 12)),
                List.of());
        ModelProto model = ModelProto.parseFrom(OnnxWriter.write(graph));
        assertEquals(11, model.getIrVersion());
        assertEquals(23, model.getOpsetImport(0).getVersion());
        assertEquals("com.microsoft", model.getOpsetImport(1).getDomain());
        TensorProto weight = model.getGraph().getInitializer(0);
        assertEquals(TensorProto.DataLocation.EXTERNAL, weight.getDataLocation());
        assertEquals(0, weight.getRawData().size());
        Map<String, String> entries = new HashMap<>();
        weight.getExternalDataList().forEach(entry -> entries.put(entry.getKey(), entry.getValue()));
        assertEquals(Map.of("location", "a/b.safetensors", "offset", "17", "length", "12"), entries);
    }

    @Test
    void otherBytesAreRefused() {
        assertThrows(GraphException.class, () -> OnnxWriter.parse(new byte[] {-1, -1, -1}));
    }

    private static Graph random(Random random) {
        return new Graph(
                "graph" + random.nextInt(),
                tensors("input", random),
                tensors("output", random),
                IntStream.range(0, random.nextInt(4))
                        .mapToObj(i -> initializer("weight" + i, random))
                        .toList(),
                IntStream.range(0, random.nextInt(6))
                        .mapToObj(i -> node("node" + i, random))
                        .toList());
    }

    private static List<TensorInfo> tensors(String name, Random random) {
        return IntStream.range(0, random.nextInt(4))
                .mapToObj(i -> new TensorInfo(name + i, type(random), Shape.parse(pick(SHAPES, random))))
                .toList();
    }

    private static Initializer initializer(String name, Random random) {
        List<Long> sizes = random.nextBoolean() ? List.of() : List.of((long) random.nextInt(4), 2L);
        if (random.nextBoolean()) {
            byte[] bytes = new byte[random.nextInt(9)];
            random.nextBytes(bytes);
            return new Initializer.Inline(name, type(random), sizes, Bytes.of(bytes));
        }
        return new Initializer.External(
                name, type(random), sizes, "model-é.safetensors", random.nextLong() >>> 1, random.nextInt(1000));
    }

    private static Node node(String name, Random random) {
        Map<String, Attribute> attributes = Map.of(
                "whole", Attribute.of(random.nextLong()),
                "zero", Attribute.of(0),
                "real", Attribute.of(random.nextFloat() - 0.5f),
                "text", Attribute.of("mode " + random.nextInt() + " é"),
                "wholes", Attribute.of(List.of(random.nextLong(), 0L, -1L)),
                "nothing", Attribute.of(List.of()));
        String domain = random.nextBoolean() ? "" : "com.microsoft";
        return new Node(name, domain, "Operator", List.of("a", "", "b"), List.of(name + ":out"), attributes);
    }

    private static ElementType type(Random random) {
        return pick(List.of(ElementType.values()), random);
    }

    private static <T> T pick(List<T> choices, Random random) {
        return choices.get(random.nextInt(choices.size()));
    }
}
