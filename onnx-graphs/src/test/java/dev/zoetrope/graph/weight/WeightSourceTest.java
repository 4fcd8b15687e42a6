package dev.zoetrope.graph.weight;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightSourceTest {
    @TempDir
    Path folder;

    @Test
    void oneFileIsFound() {
        new TestSafetensors().add("a", "F32", 4, 2).write(folder.resolve("anything.safetensors"));
        try (WeightSource source = WeightSource.open(folder)) {
            assertEquals(Set.of("a"), source.names());
            assertEquals(
                    folder.resolve("anything.safetensors"), source.tensor("a").file());
            WeightScope scope = WeightScope.root(source);
            assertEquals("a", scope.tensor("a", 2).name());
            assertTrue(assertThrows(WeightException.class, () -> scope.at("b").tensor("a", 2))
                    .getMessage()
                    .contains("weight b.a"));
        }
    }

    @Test
    void shardsAreJoined() throws IOException {
        shards();
        index("{\"a\":\"m-1.safetensors\",\"b\":\"m-2.safetensors\",\"c\":\"m-2.safetensors\"}");
        try (WeightSource source = WeightSource.open(folder)) {
            assertEquals(Set.of("a", "b", "c"), source.names());
            assertEquals(folder.resolve("m-2.safetensors"), source.tensor("c").file());
            assertEquals(12, source.bytes(source.tensor("c")).byteSize());
            assertThrows(WeightException.class, () -> source.tensor("d"));
        }
    }

    @Test
    void wrongIndexesAreRefused() throws IOException {
        shards();
        assertIndexRefused("{\"a\":\"m-1.safetensors\",\"b\":\"m-2.safetensors\"}", "tensor c: expected to be listed");
        assertIndexRefused("{\"a\":\"m-1.safetensors\",\"x\":\"m-2.safetensors\"}", "weight x: expected to be there");
        assertIndexRefused(
                "{\"a\":\"m-3.safetensors\"}",
                "shard m-3.safetensors: expected a file beside the index, found none (copy it again)");
        assertIndexRefused("{\"a\":\"../m-1.safetensors\"}", "the name of a .safetensors beside the index");
        assertIndexRefused("{\"a\":\"/etc/passwd\"}", "the name of a .safetensors beside the index");
        assertIndexRefused("{\"a\":\"sub/m.safetensors\"}", "the name of a .safetensors beside the index");
        assertIndexRefused("{\"a\":1}", "the name of a .safetensors beside the index");
        assertIndexRefused("[]", "an object of tensor and file names, found ARRAY");
        assertIndexRefused("{\"a\":\"m-1.safetensors\",\"a\":\"m-1.safetensors\"}", "a readable JSON object");
    }

    @Test
    void foldersWithoutOneAnswerAreRefused() throws IOException {
        assertOpenRefused("one *.safetensors or one *.safetensors.index.json, found none");
        new TestSafetensors().add("a", "F32", 4, 2).write(folder.resolve("m-00001-of-00002.safetensors"));
        assertOpenRefused("found 1 shards without an index (copy it, too)");
        shards();
        assertOpenRefused("found m-1.safetensors and m-2.safetensors");
        index("{}");
        Files.writeString(folder.resolve("other.safetensors.index.json"), "{}");
        assertOpenRefused("found m.safetensors.index.json and other.safetensors.index.json");
    }

    @Test
    void variantsAreTakenWhereThereIsNoOther() throws IOException {
        new TestSafetensors().add("a", "F16", 2, 2).write(folder.resolve("m.fp16.safetensors"));
        assertEquals("m.fp16.safetensors", fileOfA());
        new TestSafetensors().add("a", "F16", 2, 2).write(folder.resolve("m.fp16-00001-of-00001.safetensors"));
        Files.writeString(
                folder.resolve("m.safetensors.index.fp16.json"),
                "{\"weight_map\":{\"a\":\"m.fp16-00001-of-00001.safetensors\"}}");
        assertEquals("m.fp16-00001-of-00001.safetensors", fileOfA());
        new TestSafetensors().add("a", "F32", 4, 2).write(folder.resolve("m.safetensors"));
        assertEquals("m.safetensors", fileOfA());
    }

    private String fileOfA() {
        try (WeightSource source = WeightSource.open(folder)) {
            return String.valueOf(source.tensor("a").file().getFileName());
        }
    }

    @Test
    @SuppressWarnings("MustBeClosed") // opening fails
    void missingFoldersAreRefused() {
        Path missing = folder.resolve("none");
        WeightException refused = assertThrows(WeightException.class, () -> WeightSource.open(missing));
        assertTrue(refused.getMessage().startsWith(missing + ": expected a readable folder of weights, found none"));
    }

    private void shards() {
        new TestSafetensors().add("a", "F32", 4, 2).write(folder.resolve("m-1.safetensors"));
        new TestSafetensors().add("b", "F16", 2, 2).add("c", "F32", 4, 3).write(folder.resolve("m-2.safetensors"));
    }

    private void index(String weightMap) throws IOException {
        Files.writeString(folder.resolve("m.safetensors.index.json"), "{\"weight_map\":" + weightMap + "}");
    }

    private void assertIndexRefused(String weightMap, String message) throws IOException {
        index(weightMap);
        assertOpenRefused(message);
    }

    @SuppressWarnings("MustBeClosed") // opening fails
    private void assertOpenRefused(String message) {
        WeightException refused = assertThrows(WeightException.class, () -> WeightSource.open(folder));
        assertTrue(
                refused.getMessage().contains(message),
                "expected a message with '" + message + "', found '" + refused.getMessage() + "'");
        assertEquals(1, refused.getMessage().lines().count());
    }
}
